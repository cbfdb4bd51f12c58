//! One figure of one speaker, over its rounds.

use super::figure::Quantity;
use crate::churn::report::{Ending, PhaseReport};
use serde::Serialize;

/// What the rounds of a speaker say of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Cell {
    /// It was measured in at least half of the rounds that tried.
    #[serde(rename_all = "camelCase")]
    Measured {
        /// In the middle of the rounds.
        median: f64,
        /// The lowest.
        least: f64,
        /// The highest.
        most: f64,
        /// The median divided by that of the first speaker, if there is one.
        ratio: Option<f64>,
    },
    /// The phase was given up after so many seconds.
    TimedOut(f64),
    /// The speaker ended a session in the phase.
    SessionLost,
}

impl Cell {
    /// Of the phases of all rounds; `None` if none of them says anything.
    pub(super) fn new(quantity: Quantity, phases: &[&PhaseReport]) -> Option<Self> {
        let of = |ending| phases.iter().filter(move |phase| phase.ending == ending);
        let mut values: Vec<f64> = of(Ending::Complete).filter_map(|phase| quantity.value(phase)).collect();
        values.sort_by(f64::total_cmp);
        let given_up = of(Ending::TimedOut).map(|phase| phase.wall_seconds).reduce(f64::min);
        let failed = of(Ending::TimedOut).count() + of(Ending::SessionLost).count();
        match (median(&values), values.first(), values.last(), given_up) {
            (Some(median), Some(&least), Some(&most), _) if values.len() >= failed => {
                Some(Self::Measured { median, least, most, ratio: None })
            }
            (.., Some(seconds)) => Some(Self::TimedOut(seconds)),
            (.., None) => (failed > 0).then_some(Self::SessionLost),
        }
    }

    /// With its ratio to the first speaker's.
    pub(super) fn over(self, base: Option<Self>) -> Self {
        match (self, base) {
            (Self::Measured { median, least, most, .. }, Some(Self::Measured { median: base, .. })) => {
                let ratio = (base > 0.0).then(|| median / base);
                Self::Measured { median, least, most, ratio }
            }
            (cell, _) => cell,
        }
    }
}

/// The middle one of sorted values, or the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 { Some(upper) } else { Some(f64::midpoint(*values.get(middle - 1)?, upper)) }
}

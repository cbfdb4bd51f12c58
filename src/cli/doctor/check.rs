//! One thing that was looked at, and all of them below each other.

use crate::cli::table::{Column, Listing, Look, Tone, cell, printable, toned};
use serde::Serialize;

/// What was looked at, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What kind of thing.
    #[serde(rename = "check")]
    pub(super) what: &'static str,
    /// Which one: an address, an attachment.
    pub(super) subject: String,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// How good what was found is; what is not good has a remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "camelCase")]
pub(super) enum Outcome {
    /// As it should be.
    Ok { found: String },
    /// Not looked at, and why.
    LeftOut { found: String },
    /// It works, and probably not as it is meant.
    Warning { found: String, remedy: String },
    /// Something that is configured cannot work.
    Failed { found: String, remedy: String },
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers pass words, addresses and names that they have just made"
)]
impl Check {
    pub(super) fn ok(what: &'static str, subject: impl ToString, found: impl Into<String>) -> Self {
        Self { what, subject: subject.to_string(), outcome: Outcome::Ok { found: found.into() } }
    }

    pub(super) fn left_out(what: &'static str, subject: impl ToString, found: impl Into<String>) -> Self {
        Self { what, subject: subject.to_string(), outcome: Outcome::LeftOut { found: found.into() } }
    }

    pub(super) fn warning(
        what: &'static str,
        subject: impl ToString,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let outcome = Outcome::Warning { found: found.into(), remedy: remedy.into() };
        Self { what, subject: subject.to_string(), outcome }
    }

    pub(super) fn failed(
        what: &'static str,
        subject: impl ToString,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let outcome = Outcome::Failed { found: found.into(), remedy: remedy.into() };
        Self { what, subject: subject.to_string(), outcome }
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed { .. })
    }

    fn remedy(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Ok { .. } | Outcome::LeftOut { .. } => None,
            Outcome::Warning { remedy, .. } | Outcome::Failed { remedy, .. } => Some(remedy),
        }
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Result"), Column::Text("Check"), Column::Text("Of"), Column::Text("Found")];

/// Checks as a table, the remedies below it.
pub(super) fn text(checks: &[Check], look: Look) -> String {
    let table = Listing::new(look, COLUMNS).rows(checks.iter().map(|check| {
        let (word, tone, found) = match &check.outcome {
            Outcome::Ok { found } => ("ok", Tone::Good, found),
            Outcome::LeftOut { found } => ("left out", Tone::Neutral, found),
            Outcome::Warning { found, .. } => ("warning", Tone::Warning, found),
            Outcome::Failed { found, .. } => ("failed", Tone::Bad, found),
        };
        vec![toned(word, tone), cell(check.what), cell(&check.subject), cell(found)]
    }));
    let remedies = checks.iter().filter_map(|check| {
        Some(format!("\n{} {}: {}", check.what, check.subject, printable(check.remedy()?)))
    });
    let remedies: String = remedies.collect();
    let end = if remedies.is_empty() { "" } else { "\n" };
    table + &remedies + end
}

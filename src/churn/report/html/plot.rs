//! A plot with axes as SVG text.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
/// Room for the numbers to the left, above, to the right and below.
const LEFT: f64 = 70.0;
const TOP: f64 = 10.0;
const RIGHT: f64 = 90.0;
const BOTTOM: f64 = 30.0;
/// Colours that differ for colour-blind people too (Okabe and Ito).
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// How values become heights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero.
    Linear,
    /// By powers of ten.
    Logarithmic,
}

/// One line of a plot.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// Lines over a common axis.
#[derive(Clone, Debug)]
pub(super) struct Plot<'a> {
    pub(super) lines: Vec<Line>,
    pub(super) vertical: Scale,
    /// Of the vertical axis.
    pub(super) unit: &'a str,
    /// Names of places on the horizontal axis; `None`: its numbers.
    pub(super) marks: Option<&'a [(&'a str, f64)]>,
    /// What the horizontal axis is.
    pub(super) horizontal: &'a str,
}

impl Plot<'_> {
    pub(super) fn svg(&self) -> String {
        let mut svg = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut svg);
        svg
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let right = points().map(|(x, _)| *x).fold(f64::MIN_POSITIVE, f64::max);
        let highest = points().map(|(_, y)| *y).fold(f64::MIN_POSITIVE, f64::max);
        let lowest = points().map(|(_, y)| *y).filter(|y| *y > 0.0).fold(highest, f64::min);
        let (bottom, top) = match self.vertical {
            Scale::Linear => (0.0, highest),
            Scale::Logarithmic => (10_f64.powf(lowest.log10().floor()), 10_f64.powf(highest.log10().ceil())),
        };
        let x_at = |x: f64| LEFT + x / right * (WIDTH - LEFT - RIGHT);
        let y_at = |y: f64| {
            let share = match self.vertical {
                Scale::Linear => y / top,
                Scale::Logarithmic if top > bottom => {
                    (y.max(bottom) / bottom).log10() / (top / bottom).log10()
                }
                Scale::Logarithmic => 0.5,
            };
            HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
        };
        write!(out, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-size=\"11\" fill=\"#555\" role=\"img\">")?;
        for value in self.heights(bottom, top) {
            let (y, end) = (y_at(value), WIDTH - RIGHT);
            write!(out, "<path d=\"M{LEFT} {y:.1}H{end}\" stroke=\"#ddd\"/>")?;
            let (x, y) = (LEFT - 6.0, y + 4.0);
            write!(
                out,
                "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\">{} {}</text>",
                short(value),
                self.unit
            )?;
        }
        let quarters = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (short(share * right), share * right));
        let marks: Vec<(&str, f64)> = match self.marks {
            Some(marks) => marks.iter().filter(|(_, x)| *x <= right).copied().collect(),
            None => quarters.iter().map(|(name, x)| (name.as_str(), *x)).collect(),
        };
        for (name, x) in marks {
            let (x, y) = (x_at(x), HEIGHT - 12.0);
            write!(out, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{name}</text>")?;
        }
        let (x, y) = (WIDTH - RIGHT + 14.0, HEIGHT - 12.0);
        write!(out, "<text x=\"{x}\" y=\"{y}\">{}</text>", self.horizontal)?;
        for (number, (line, colour)) in self.lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
            let points: Vec<_> =
                line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", x_at(*x), y_at(*y))).collect();
            let points = points.join(" ");
            write!(
                out,
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
            )?;
            let (x, y) = (WIDTH - RIGHT + 8.0, TOP + 12.0 + 16.0 * small(number));
            write!(out, "<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{}</text>", line.name)?;
        }
        write!(out, "</svg>")
    }

    /// Where the horizontal lines are.
    fn heights(&self, bottom: f64, top: f64) -> Vec<f64> {
        match self.vertical {
            Scale::Linear => [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| share * top).to_vec(),
            Scale::Logarithmic => {
                let decades = std::iter::successors(Some(bottom), |decade| Some(decade * 10.0));
                // A little more than the top, because powers of ten are not exact.
                decades.take_while(|decade| *decade <= top * 1.001).take(12).collect()
            }
        }
    }
}

fn small(number: usize) -> f64 {
    u32::try_from(number).map_or(0.0, f64::from)
}

/// A number of at most three digits, with k or M.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.1}M", value / 1e6),
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 10.0 || value == 0.0 => format!("{value:.0}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (0.01, "0.010"),
            (0.5, "0.50"),
            (42.0, "42"),
            (9_999.0, "9999"),
            (450_000.0, "450k"),
            (2_500_000.0, "2.5M"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn a_logarithmic_axis_has_a_line_per_power_of_ten() {
        let line = Line { name: "x".to_owned(), points: vec![(0.0, 0.02), (1.0, 7.0)] };
        let plot = Plot {
            lines: vec![line],
            vertical: Scale::Logarithmic,
            unit: "ms",
            marks: Some(&[("90 %", 1.0)]),
            horizontal: "",
        };
        let svg = plot.svg();
        for label in ["0.010 ms", "0.10 ms", "1.00 ms", "10 ms", "90 %"] {
            assert!(svg.contains(&format!(">{label}<")), "{label} in {svg}");
        }
    }
}

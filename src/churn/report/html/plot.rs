//! A plot with axes as SVG text. Colours are those of the page's style, so that they follow light and dark.

use std::fmt::Write;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 210.0;
/// Room for the numbers to the left and below, and for half a number above and to the right.
const LEFT: f64 = 46.0;
const BOTTOM: f64 = 22.0;
const TOP: f64 = 8.0;
const RIGHT: f64 = 22.0;
/// Room for the names of several lines, to the right.
const NAMES: f64 = 56.0;
/// Colours that the style has.
pub(super) const COLOURS: usize = 4;
/// Lines across an axis, about.
const STEPS: f64 = 4.0;

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
    /// Names of places on the horizontal axis; `None`: its numbers.
    pub(super) marks: Option<&'a [(&'a str, f64)]>,
}

impl Plot<'_> {
    /// `title` is for those who cannot see it; it stands in the text as it is.
    pub(super) fn svg(&self, title: &str) -> String {
        let mut svg = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(title, &mut svg);
        svg
    }

    fn write(&self, title: &str, out: &mut String) -> std::fmt::Result {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let farthest = points().map(|(x, _)| *x).fold(f64::MIN_POSITIVE, f64::max);
        let highest = points().map(|(_, y)| *y).fold(f64::MIN_POSITIVE, f64::max);
        let lowest = points().map(|(_, y)| *y).filter(|y| *y > 0.0).fold(highest, f64::min);
        let heights = match self.vertical {
            Scale::Linear => linear(highest),
            Scale::Logarithmic => decades(lowest, highest),
        };
        let (bottom, top) = ends(&heights);
        let across: Vec<(String, f64)> = match self.marks {
            Some(marks) => {
                let seen = marks.iter().filter(|(_, x)| *x <= farthest * 1.001);
                seen.map(|(name, x)| ((*name).to_owned(), *x)).collect()
            }
            None => linear(farthest),
        };
        let right = WIDTH - RIGHT - if self.lines.len() > 1 { NAMES } else { 0.0 };
        let x_at = |x: f64| LEFT + x / farthest * (right - LEFT);
        let y_at = |y: f64| {
            let share = match self.vertical {
                Scale::Linear => y / top,
                Scale::Logarithmic => (y.max(bottom) / bottom).log10() / (top / bottom).log10(),
            };
            HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
        };
        write!(out, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><title>{title}</title>")?;
        for (name, value) in &heights {
            let (x, y) = (LEFT - 6.0, y_at(*value));
            write!(out, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>")?;
            write!(out, "<text x=\"{x}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>", y + 4.0)?;
        }
        for (name, x) in across.iter().filter(|(_, x)| *x <= farthest * 1.001) {
            let (x, y) = (x_at(*x), HEIGHT - 6.0);
            write!(out, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{name}</text>")?;
        }
        for (number, line) in self.lines.iter().enumerate() {
            let points: Vec<_> =
                line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", x_at(*x), y_at(*y))).collect();
            let (points, colour) = (points.join(" "), number % COLOURS);
            write!(out, "<polyline class=\"c{colour}\" points=\"{points}\"/>")?;
            if self.lines.len() > 1 {
                let (x, y) = (right + RIGHT, TOP + 12.0 + 17.0 * small(number));
                write!(out, "<text class=\"c{colour}\" x=\"{x}\" y=\"{y}\">{}</text>", line.name)?;
            }
        }
        write!(out, "</svg>")
    }
}

/// Round numbers from 0 to at least the highest value, and their names.
fn linear(highest: f64) -> Vec<(String, f64)> {
    let rough = highest / STEPS;
    let decade = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * decade >= rough * 0.999).unwrap_or(10.0);
    let step = factor * decade;
    let numbers = std::iter::successors(Some(0.0), |number| Some(number + 1.0));
    // One line is at or above the highest value, and rounding makes no further one.
    let below = numbers.take_while(|number| (number - 1.0) * step < highest * 0.999).take(12);
    below.map(|number| (short(number * step, step), number * step)).collect()
}

/// The powers of ten around values, and their names.
fn decades(lowest: f64, highest: f64) -> Vec<(String, f64)> {
    let first = 10_f64.powf(lowest.log10().floor());
    let powers = std::iter::successors(Some(first), |power| Some(power * 10.0));
    // At least two; a little less than the highest value counts as it, because powers of ten are not exact.
    let mut reached = 0;
    let around = powers.take_while(|power| {
        let wanted = reached < 2 || power / 10.0 < highest * 0.999;
        reached += 1;
        wanted && reached <= 12
    });
    around.map(|power| (short(power, power), power)).collect()
}

fn ends(heights: &[(String, f64)]) -> (f64, f64) {
    let end = |height: Option<&(String, f64)>| height.map_or(1.0, |(_, value)| *value);
    (end(heights.first()), end(heights.last()))
}

fn small(number: usize) -> f64 {
    u32::try_from(number).map_or(0.0, f64::from)
}

/// A number with k or M, and as many digits as tell it from its neighbours at this distance.
fn short(value: f64, step: f64) -> String {
    let (divisor, unit) = match value {
        value if value >= 1e9 => (1e9, "G"),
        value if value >= 1e6 => (1e6, "M"),
        value if value >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let digits = (0..8).zip(std::iter::successors(Some(step / divisor), |left| Some(left * 10.0)));
    let is_whole = |left: f64| (left - left.round()).abs() < 1e-6 * left.max(1.0) && left > 0.5;
    let decimals = digits.into_iter().find(|(_, left)| is_whole(*left)).map_or(0, |(digits, _)| digits);
    if value == 0.0 { "0".to_owned() } else { format!("{:.decimals$}{unit}", value / divisor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(places: &[(String, f64)]) -> Vec<&str> {
        places.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_linear_axis_has_round_numbers_around_all_values() {
        for (highest, want) in [
            (1.0, &["0", "0.5", "1.0"][..]),
            (98_000.0, &["0", "50k", "100k"]),
            (901_899.0, &["0", "500k", "1.0M"]),
            (3.9, &["0", "1", "2", "3", "4"]),
            (0.27, &["0", "0.1", "0.2", "0.3"]),
            (0.013, &["0", "0.005", "0.010", "0.015"]),
            (7_300_000_000.0, &["0", "2G", "4G", "6G", "8G"]),
        ] {
            assert_eq!(names(&linear(highest)), want, "{highest}");
        }
    }

    #[test]
    fn a_logarithmic_axis_has_a_line_per_power_of_ten() {
        for (lowest, highest, want) in [
            (0.02, 7.0, &["0.01", "0.1", "1", "10"][..]),
            (3.0, 4.0, &["1", "10"]),
            (1.0, 1.0, &["1", "10"]),
            (12.0, 40_000.0, &["10", "100", "1000", "10k", "100k"]),
        ] {
            assert_eq!(names(&decades(lowest, highest)), want, "{lowest} to {highest}");
        }
    }

    #[test]
    fn lines_have_names_only_where_there_are_several() {
        let line = |name: &str| Line { name: name.to_owned(), points: vec![(0.0, 0.02), (1.0, 7.0)] };
        let plot = |lines| Plot {
            lines,
            vertical: Scale::Logarithmic,
            marks: Some(&[("90 %", 1.0), ("99 %", 2.0)]),
        };
        let one = plot(vec![line("idle")]).svg("one");
        assert!(one.contains(">90 %<") && !one.contains(">99 %<") && !one.contains(">idle<"), "{one}");
        let two = plot(vec![line("idle"), line("flood")]).svg("two");
        assert!(two.contains(">idle<") && two.contains(">flood<"), "{two}");
        assert!(two.contains("<title>two</title>"), "{two}");
    }

    #[test]
    fn a_line_of_nothing_is_drawn_at_the_bottom() {
        let line = Line { name: "nothing".to_owned(), points: vec![(0.0, 0.0), (0.0, 0.0)] };
        for vertical in [Scale::Linear, Scale::Logarithmic] {
            let svg = Plot { lines: vec![line.clone()], vertical, marks: None }.svg("");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}

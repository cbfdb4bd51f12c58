//! The report as one HTML file that needs nothing else: a table, and plots as inline SVG.

mod plot;

use super::{Ending, Phase, PhaseReport, Report, approximately};
use plot::{Line, Plot, Scale};
use std::fmt::Write;

const STYLE: &str = include_str!("html/style.css");

/// The whole page.
pub fn html(report: &Report) -> String {
    let mut page = String::new();
    // Writing to a String cannot fail.
    let _ = write_page(report, &mut page);
    page
}

fn write_page(report: &Report, out: &mut String) -> std::fmt::Result {
    let label = escaped(&report.label);
    writeln!(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width\">")?;
    writeln!(out, "<title>{label}: msee churn</title><style>{STYLE}</style></head><body>")?;
    writeln!(out, "<h1>{label}</h1>")?;
    if let Some(scenario) = &report.scenario {
        writeln!(out, "<p>{}</p>", escaped(scenario))?;
    }
    writeln!(
        out,
        "<p>{}. Measured by msee {} on {}; {}.</p>",
        report.load,
        escaped(&report.msee_version),
        escaped(&report.started_at),
        escaped(&report.machine.to_string())
    )?;
    if let Some(why) = &report.ended_early {
        writeln!(out, "<p class=\"early\">Ended early: {}.</p>", escaped(why))?;
    }
    if report.phases.is_empty() {
        writeln!(out, "<p>Nothing was measured.</p>")?;
    } else {
        write_table(&report.phases, out)?;
    }
    writeln!(out, "<div class=\"plots\">")?;
    write_latencies(&report.phases, out)?;
    report.phases.iter().try_for_each(|phase| write_course(phase, out))?;
    writeln!(out, "</div></body></html>")
}

fn write_table(phases: &[PhaseReport], out: &mut String) -> std::fmt::Result {
    writeln!(out, "<div class=\"wide\"><table><thead><tr>")?;
    let columns =
        ["phase", "s", "CPU-s", "MiB", "events", "events/s", "p50 ms", "p99 ms", "limit", "generator CPU-s"];
    columns.iter().try_for_each(|column| write!(out, "<th>{column}</th>"))?;
    writeln!(out, "</tr></thead><tbody>")?;
    for phase in phases {
        let ending = match phase.ending {
            Ending::Complete => String::new(),
            other => format!(" ({})", other.name()),
        };
        let number = |value: Option<f64>, decimals: usize| {
            value.map_or_else(|| "–".to_owned(), |value| grouped(&format!("{value:.decimals$}")))
        };
        let mebioctets = phase.speaker_resident_octets.map(|octets| approximately(octets) / 1_048_576.0);
        let latency = phase.latency.as_ref();
        let cells = [
            format!("{}{ending}", phase.phase),
            number(Some(phase.wall_seconds), 3),
            number(phase.speaker_cpu_seconds, 3),
            number(mebioctets, 0),
            grouped(&phase.events.to_string()),
            number(phase.events_per_second(), 0),
            number(latency.map(|latency| latency.p50_microseconds / 1e3), 3),
            number(latency.map(|latency| latency.p99_microseconds / 1e3), 3),
            phase.limit().map_or("–", super::Limit::name).to_owned(),
            number(Some(phase.generator.send_cpu_seconds + phase.generator.receive_cpu_seconds), 3),
        ];
        write!(out, "<tr>")?;
        cells.iter().try_for_each(|cell| write!(out, "<td>{}</td>", escaped(cell)))?;
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// The curves of all phases that timed changes, in one plot.
fn write_latencies(phases: &[PhaseReport], out: &mut String) -> std::fmt::Result {
    let lines: Vec<Line> = phases
        .iter()
        .filter_map(|phase| {
            let curve = &phase.latency.as_ref()?.curve;
            // Each further nine is as wide as the one before.
            let nines = |percentile: f64| -(1.0 - percentile.min(99.999) / 100.0).log10();
            let points =
                curve.iter().map(|(percentile, microseconds)| (nines(*percentile), microseconds / 1e3));
            Some(Line { name: phase.phase.name().to_owned(), points: points.collect() })
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let marks =
        [("50 %", 0.301), ("90 %", 1.0), ("99 %", 2.0), ("99.9 %", 3.0), ("99.99 %", 4.0), ("all", 5.0)];
    let plot = Plot { lines, vertical: Scale::Logarithmic, marks: Some(&marks) };
    figure("Latency of one change", "ms, by the share of the changes that took no longer", &plot, out)
}

/// How one phase went: its progress over time, and the speaker's CPU time.
fn write_course(phase: &PhaseReport, out: &mut String) -> std::fmt::Result {
    if phase.samples.len() < 2 {
        return Ok(());
    }
    let progress = phase.samples.iter().map(|sample| (sample.seconds, approximately(sample.progress)));
    let (counts, start) = match phase.phase {
        Phase::Up => ("sessions", 0.0),
        Phase::Table => ("prefixes at the last receiver", 0.0),
        Phase::Paced | Phase::Churn => ("prefixes in their last version at the last receiver", 0.0),
        Phase::Loss => ("prefixes left", approximately(phase.events)),
        // Their progress is how many changes were timed, which is how long it has lasted.
        Phase::Idle | Phase::Flood => ("", 0.0),
    };
    if !counts.is_empty() {
        course(&phase.phase.to_string(), counts, start, progress.collect(), out)?;
    }
    let cpu = phase.samples.iter().filter_map(|sample| Some((sample.seconds, sample.cpu_seconds?)));
    course(&format!("{}, CPU", phase.phase), "CPU-s of the speaker", 0.0, cpu.collect(), out)
}

/// One line over time, from its start on.
fn course(title: &str, unit: &str, start: f64, after: Vec<(f64, f64)>, out: &mut String) -> std::fmt::Result {
    if after.is_empty() {
        return Ok(());
    }
    let points = std::iter::once((0.0, start)).chain(after).collect();
    let lines = vec![Line { name: String::new(), points }];
    figure(
        title,
        &format!("{unit}, over seconds"),
        &Plot { lines, vertical: Scale::Linear, marks: None },
        out,
    )
}

fn figure(title: &str, unit: &str, plot: &Plot<'_>, out: &mut String) -> std::fmt::Result {
    let svg = plot.svg(&format!("{title}: {unit}"));
    writeln!(out, "<figure><figcaption><b>{title}</b> {unit}</figcaption>{svg}</figure>")
}

/// A number with a comma before every three digits.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.find('.').map_or((number, ""), |point| number.split_at(point));
    let mut out = String::with_capacity(number.len() + 4);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// Text as HTML shows it.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::churn::report::{Latencies, Sample, samples::report};
    use std::time::Duration;

    #[test]
    fn a_page_holds_all_that_it_shows_and_nothing_from_elsewhere() {
        let mut phase = PhaseReport::new(Phase::Paced, 2.0, 1_234_567);
        let mut latencies = Latencies::default();
        (1..200).for_each(|number| latencies.record(Duration::from_micros(number * 7)));
        phase.latency = latencies.summary();
        phase.samples = (0_u32..5)
            .map(|number| Sample {
                seconds: f64::from(number) / 10.0,
                progress: u64::from(number) * 100,
                cpu_seconds: Some(f64::from(number) / 20.0),
                resident_octets: None,
            })
            .collect();
        let mut report = report("<b>\"FRR\" & co</b>", vec![phase]);
        report.ended_early = Some("churn: interrupted".to_owned());
        let page = html(&report);
        assert_eq!(page.matches("<svg").count(), 3, "latency, progress, CPU");
        assert!(page.contains("&lt;b&gt;&quot;FRR&quot; &amp; co"), "the label is text");
        assert!(page.contains("<td>paced</td><td>2.000</td>"), "{page}");
        assert!(page.contains("<td>1,234,567</td>"), "{page}");
        assert!(page.contains("Ended early: churn: interrupted."));
        for outside in ["http:", "https:", "src=", "href=", "@import"] {
            assert!(!page.contains(outside), "{outside} in a page that stands alone");
        }
        assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    }

    #[test]
    fn numbers_are_grouped_before_the_point() {
        for (number, want) in [
            ("7", "7"),
            ("123", "123"),
            ("1234", "1,234"),
            ("1234567.123", "1,234,567.123"),
            ("0.001", "0.001"),
        ] {
            assert_eq!(grouped(number), want);
        }
    }

    #[test]
    fn a_page_without_a_phase_says_so() {
        let page = html(&report("bird", Vec::new()));
        assert!(page.contains("Nothing was measured") && !page.contains("<table"), "{page}");
    }
}

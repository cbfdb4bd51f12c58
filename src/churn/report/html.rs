//! The report as one HTML file that needs nothing else: a table, and plots as inline SVG.

mod plot;

use super::{PhaseReport, Report, approximately};
use plot::{Line, Plot, Scale};
use std::fmt::Write;

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;border-bottom:1px solid #ddd;text-align:right}\
th:first-child,td:first-child{text-align:left}svg{width:100%;height:auto;margin:.5rem 0 1.5rem}\
figcaption{font-weight:600}figure{margin:1.5rem 0 0}.early{color:#a00}";

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
    let (load, machine) = (&report.load, &report.machine);
    writeln!(
        out,
        "<p>{} senders, {} receivers, {} prefixes in {} attribute sets, {:.1} MB of UPDATEs. Measured by msee {} on {}; \
         {} CPUs ({}), Linux {}.</p>",
        load.senders,
        load.receivers,
        load.prefixes,
        load.attribute_sets,
        approximately(load.table_octets) / 1e6,
        escaped(&report.msee_version),
        escaped(&report.started_at),
        machine.cpus,
        escaped(&machine.cpu_model),
        escaped(&machine.kernel)
    )?;
    if let Some(why) = &report.ended_early {
        writeln!(out, "<p class=\"early\">Ended early: {}.</p>", escaped(why))?;
    }
    write_table(&report.phases, out)?;
    write_latencies(&report.phases, out)?;
    report.phases.iter().try_for_each(|phase| write_course(phase, out))?;
    writeln!(out, "</body></html>")
}

fn write_table(phases: &[PhaseReport], out: &mut String) -> std::fmt::Result {
    writeln!(out, "<table><thead><tr>")?;
    let columns =
        ["phase", "s", "CPU-s", "MiB", "events", "events/s", "p50 ms", "p99 ms", "limit", "generator CPU-s"];
    columns.iter().try_for_each(|column| write!(out, "<th>{column}</th>"))?;
    writeln!(out, "</tr></thead><tbody>")?;
    for phase in phases {
        let name = if phase.complete { "" } else { " (not complete)" };
        let number = |value: Option<f64>, decimals: usize| {
            value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
        };
        let mebioctets = phase.speaker_resident_octets.map(|octets| approximately(octets) / 1_048_576.0);
        let latency = phase.latency.as_ref();
        let cells = [
            format!("{}{name}", phase.phase),
            number(Some(phase.wall_seconds), 3),
            number(phase.speaker_cpu_seconds, 3),
            number(mebioctets, 0),
            phase.events.to_string(),
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
    writeln!(out, "</tbody></table>")
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
    let marks = [("0", 0.0), ("90 %", 1.0), ("99 %", 2.0), ("99.9 %", 3.0), ("99.99 %", 4.0)];
    let plot = Plot {
        lines,
        vertical: Scale::Logarithmic,
        unit: "ms",
        marks: Some(&marks),
        horizontal: "of the changes",
    };
    figure("Latency of one change", &plot, out)
}

/// How one phase went: its progress over time, and the speaker's CPU time.
fn write_course(phase: &PhaseReport, out: &mut String) -> std::fmt::Result {
    if phase.samples.len() < 2 {
        return Ok(());
    }
    let line = |name: &str, points: Vec<(f64, f64)>| Line { name: name.to_owned(), points };
    let progress: Vec<_> =
        phase.samples.iter().map(|sample| (sample.seconds, approximately(sample.progress))).collect();
    let plot = Plot {
        lines: vec![line("progress", progress)],
        vertical: Scale::Linear,
        unit: phase.phase.counts(),
        marks: None,
        horizontal: "s",
    };
    figure(&format!("{}: progress", phase.phase), &plot, out)?;
    let cpu: Vec<_> =
        phase.samples.iter().filter_map(|sample| Some((sample.seconds, sample.cpu_seconds?))).collect();
    if cpu.len() < 2 {
        return Ok(());
    }
    let plot = Plot {
        lines: vec![line("the speaker", cpu)],
        vertical: Scale::Linear,
        unit: "CPU-s",
        marks: None,
        horizontal: "s",
    };
    figure(&format!("{}: CPU time", phase.phase), &plot, out)
}

fn figure(title: &str, plot: &Plot<'_>, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<figure><figcaption>{}</figcaption>{}</figure>", escaped(title), plot.svg())
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
    use crate::churn::report::{Latencies, Phase, Sample, samples::report};
    use std::time::Duration;

    #[test]
    fn a_page_holds_all_that_it_shows_and_nothing_from_elsewhere() {
        let mut phase = PhaseReport::new(Phase::Flood, 2.0, 1_000);
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
        assert!(page.contains("<td>flood</td><td>2.000</td>"), "{page}");
        assert!(page.contains("Ended early: churn: interrupted."));
        for outside in ["http:", "https:", "src=", "href=", "@import"] {
            assert!(!page.contains(outside), "{outside} in a page that stands alone");
        }
        assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    }
}

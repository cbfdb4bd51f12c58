use super::*;
use crate::churn::report::{Ending, Latencies, Phase, PhaseReport, samples::report};
use proptest::prelude::*;
use std::time::Duration;

fn table(label: &str, seconds: f64) -> Report {
    let mut phase = PhaseReport::new(Phase::Table, seconds, 900_000);
    phase.generator.idle_seconds = seconds / 2.0;
    report(label, vec![phase])
}

fn ended(label: &str, ending: Ending, seconds: f64) -> Report {
    let mut report = table(label, seconds);
    report.phases[0].ending = ending;
    report
}

fn of(scenario: &str, report: Report) -> Report {
    Report { scenario: Some(scenario.to_owned()), ..report }
}

fn seconds(title: &str, scenario: Option<&str>) -> Figure {
    let (title, scenario) = (title.to_owned(), scenario.map(str::to_owned));
    Figure { title, scenario, phase: Phase::Table, quantity: Quantity::Seconds, goal: None }
}

fn compared(reports: &[Report]) -> Comparison {
    Comparison::new(reports, &Figure::all(reports))
}

#[test]
fn rounds_of_one_label_become_one_median_and_the_first_label_is_the_base() {
    let reports =
        [table("bird", 3.0), table("msee", 0.5), table("bird", 2.0), table("bird", 9.0), table("msee", 1.0)];
    let comparison = compared(&reports);
    let speaker = |label: &str, rounds| Speaker { label: label.to_owned(), rounds };
    assert_eq!(comparison.speakers, [speaker("bird", 3), speaker("msee", 2)]);
    let bird = Cell::Measured { median: 3.0, least: 2.0, most: 9.0, ratio: Some(1.0) };
    let msee = Cell::Measured { median: 0.75, least: 0.5, most: 1.0, ratio: Some(0.25) };
    let cells = vec![Some(bird), Some(msee)];
    assert_eq!(comparison.rows, [Row { figure: seconds("table", None), cells }]);
    assert_eq!(comparison.doubts, Vec::<String>::new());
}

#[test]
fn scenarios_have_rows_of_their_own_and_rounds_are_those_of_one_scenario() {
    let reports = [
        of("one sender", table("bird", 2.0)),
        of("many", table("bird", 6.0)),
        of("one sender", table("bird", 2.0)),
        of("many", table("msee", 3.0)),
    ];
    let comparison = compared(&reports);
    assert_eq!(comparison.speakers.iter().map(|speaker| speaker.rounds).collect::<Vec<_>>(), [2, 1]);
    let titles: Vec<&str> = comparison.rows.iter().map(|row| row.figure.title.as_str()).collect();
    assert_eq!(titles, ["one sender: table", "many: table"]);
    assert_eq!(comparison.rows[0].cells[1], None, "nobody measured it");
    assert!(matches!(comparison.rows[1].cells[1], Some(Cell::Measured { ratio: Some(0.5), .. })));
    let chosen = Comparison::new(&reports, &[seconds("many senders", Some("many")), seconds("none", None)]);
    let titles: Vec<&str> = chosen.rows.iter().map(|row| row.figure.title.as_str()).collect();
    assert_eq!(titles, ["many senders"], "a figure that nobody has is left out");
}

#[test]
fn a_phase_without_an_end_has_no_time_but_says_how_long_it_was_waited_for() {
    for (name, reports, want) in [
        (
            "all timed out",
            &[(Ending::TimedOut, 61.0), (Ending::TimedOut, 60.0)][..],
            Some(Cell::TimedOut(60.0)),
        ),
        (
            "as many with an end",
            &[(Ending::TimedOut, 60.0), (Ending::Complete, 50.0)],
            Some(Cell::Measured { median: 50.0, least: 50.0, most: 50.0, ratio: Some(1.0) }),
        ),
        (
            "fewer with an end",
            &[(Ending::TimedOut, 60.0), (Ending::Complete, 50.0), (Ending::SessionLost, 1.0)],
            Some(Cell::TimedOut(60.0)),
        ),
        ("a session ended", &[(Ending::SessionLost, 1.0)], Some(Cell::SessionLost)),
    ] {
        let reports: Vec<_> =
            reports.iter().map(|(ending, seconds)| ended("gobgp", *ending, *seconds)).collect();
        assert_eq!(compared(&reports).rows[0].cells, [want], "{name}");
    }
    assert_eq!(compared(&[ended("gobgp", Ending::Interrupted, 1.0)]).rows, [], "the user is no result");
}

#[test]
fn the_latencies_of_a_flood_that_does_not_drain_are_known_if_changes_were_timed() {
    let flooded = |came: u32| {
        let mut latencies = Latencies::default();
        for _ in 0..came {
            latencies.record(Duration::from_millis(60));
        }
        let mut phase = PhaseReport::new(Phase::Flood, 180.0, 1);
        (phase.latency, phase.ending) = (latencies.summary(), Ending::TimedOut);
        compared(&[report("frr", vec![phase])]).rows[0].cells[0]
    };
    assert!(matches!(flooded(9), Some(Cell::Measured { median: 59.9..60.1, .. })), "{:?}", flooded(9));
    assert_eq!(flooded(0), Some(Cell::TimedOut(180.0)));
}

#[test]
fn what_makes_a_comparison_doubtful_is_said() {
    let mut other = report("frr", Vec::new());
    other.load.withdrawals_percent = 10;
    other.machine.cpus += 1;
    other.ended_early = Some("table: interrupted".to_owned());
    let mut busy = table("msee", 1.0);
    busy.phases[0].generator.receive_cpu_seconds = 0.9;
    let comparison = compared(&[report("bird", Vec::new()), other, busy.clone(), busy]);
    assert_eq!(
        comparison.doubts,
        [
            "the loads differ: sessions, prefixes, attribute sets or withdrawals",
            "the machines differ",
            "frr ended early, table: interrupted",
            "the generator was the limit of msee in phase table in 2 rounds",
        ]
    );
    let other = of(
        "fanout",
        Report { load: Load { receivers: 50, ..table("bird", 1.0).load }, ..table("bird", 1.0) },
    );
    assert_eq!(
        compared(&[table("bird", 1.0), other.clone()]).doubts,
        Vec::<String>::new(),
        "scenarios differ"
    );
    let facts = compared(&[other.clone(), other]).facts;
    assert_eq!(facts.len(), 2, "{facts:?}");
    assert!(facts[1].starts_with("fanout: 1 sender, 50 receivers, 1000 prefixes"), "{facts:?}");
}

#[test]
fn figures_are_what_a_file_says() {
    #[derive(serde::Deserialize)]
    struct File {
        figure: Vec<Figure>,
    }
    let text = r#"[[figure]]
title = "full table"
scenario = "table"
phase = "table"
quantity = "seconds"
goal = { at_most = 0.35 }
"#;
    let file: File = toml::from_str(text).unwrap();
    let want = Figure { goal: Some(Goal::AtMost(0.35)), ..seconds("full table", Some("table")) };
    assert_eq!(file.figure, [want]);
    assert!(toml::from_str::<File>(&text.replace("goal", "gaol")).is_err(), "an unknown key");
}

proptest! {
    #[test]
    fn half_of_the_values_are_on_each_side_of_the_median(mut values in prop::collection::vec(-1e6_f64..1e6, 1..50)) {
        values.sort_by(f64::total_cmp);
        let median = cell::median(&values).unwrap();
        let below = values.iter().filter(|value| **value < median).count();
        let above = values.iter().filter(|value| **value > median).count();
        prop_assert!(below <= values.len() / 2 && above <= values.len() / 2);
    }
}

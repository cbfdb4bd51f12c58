//! The table against `msee`, BIRD and FRR side by side, so that a row that is wrong is seen: nobody else meets it either.

use super::{
    GROUPS, Group,
    case::Case,
    run::{Reaction, Table},
    speaker::Kind,
};
use crate::lab::{
    failure::{Failure, Outcome},
    needs,
};
use std::{
    fmt::Write as _,
    io::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

const KINDS: [Kind; 3] = [Kind::Msee, Kind::Bird, Kind::Frr];
/// Groups that are played against a daemon at the same time, each with a process of its own.
const AT_ONCE: usize = 3;
/// Octets of what a daemon did instead that are shown.
const SHOWN: usize = 110;

/// What one daemon did in all cases of all groups.
struct Column {
    kind: Kind,
    version: String,
    groups: Vec<Vec<Reaction>>,
}

impl Column {
    fn count(&self, counted: fn(&Reaction) -> bool) -> usize {
        self.groups.iter().flatten().filter(|reaction| counted(reaction)).count()
    }
}

/// Plays all groups against one daemon, a few of them at the same time.
fn column(kind: Kind) -> Outcome<Column> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = GROUPS.get(number) else { return Ok(done) };
            let reactions = reactions(kind, &(group.cases)());
            let named = |failure| Failure::from(format!("{kind}, {}: {failure}", group.name));
            done.push((number, reactions.map_err(named)?));
        }
    };
    let mut groups = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| joined(worker.join()));
        joined.collect::<Outcome<Vec<_>>>().map(|done| done.concat())
    })?;
    groups.sort_by_key(|(number, _)| *number);
    Ok(Column {
        kind,
        version: kind.version()?,
        groups: groups.into_iter().map(|(_, group)| group).collect(),
    })
}

/// What a thread returned.
fn joined<T>(joined: thread::Result<Outcome<T>>) -> Outcome<T> {
    joined.unwrap_or_else(|_| Err("a thread of the comparison panicked".into()))
}

/// Plays all cases at once. Where the daemon ended, or a watching peer's session, it is not known which case was the cause:
/// those that did not go as expected are played again, each alone.
fn reactions(kind: Kind, cases: &[Case]) -> Outcome<Vec<Reaction>> {
    let table = Table::set(kind, cases)?;
    let mut reactions = table.play(cases);
    if table.is_well().is_ok() {
        return Ok(reactions);
    }
    drop(table);
    let mut table = None;
    for (number, (case, reaction)) in cases.iter().zip(&mut reactions).enumerate() {
        if *reaction == Reaction::AsExpected {
            continue;
        }
        let alone = match table.take() {
            Some(table) => table,
            None => Table::set(kind, cases)?,
        };
        *reaction = alone.play_alone(number, case)?;
        table = Some(alone).filter(|table| table.is_well().is_ok());
    }
    Ok(reactions)
}

fn cell(reaction: &Reaction) -> &'static str {
    match reaction {
        Reaction::AsExpected => "as expected",
        Reaction::Other(_) => "other",
        Reaction::Died(_) => "DIED",
    }
}

/// A line for each case, and one below it for each daemon that did something else.
fn lines(groups: &[Group], columns: &[Column]) -> String {
    let mut out = format!("{:78} {:16}", "case", "rule");
    for column in columns {
        let _ = write!(out, " {:12}", column.kind);
    }
    for (number, group) in groups.iter().enumerate() {
        let _ = write!(out, "\n{}", group.name);
        for (at, case) in (group.cases)().iter().enumerate() {
            let _ = write!(out, "\n  {:76} {:16}", case.name, case.rule);
            for column in columns {
                let _ = write!(out, " {:12}", cell(&column.groups[number][at]));
            }
            for column in columns {
                if let Reaction::Other(what) | Reaction::Died(what) = &column.groups[number][at] {
                    let shown: String = what.chars().take(SHOWN).collect();
                    let _ = write!(out, "\n      {}: {shown}", column.kind);
                }
            }
        }
    }
    out
}

fn totals(columns: &[Column]) -> String {
    let mut out = String::new();
    for column in columns {
        let passed = column.count(|reaction| *reaction == Reaction::AsExpected);
        let died = column.count(|reaction| matches!(reaction, Reaction::Died(_)));
        let all = column.count(|_| true);
        let other = all - passed - died;
        let _ = writeln!(
            out,
            "{}: {passed} of {all} as expected, {other} other reactions, ended by {died}",
            column.version
        );
    }
    out
}

/// The whole comparison. `msee` must meet every row; what the others meet is printed.
#[test]
fn the_table_against_bird_and_frr_side_by_side() {
    let begun = Instant::now();
    let (run, left_out): (Vec<_>, Vec<_>) = KINDS.into_iter().partition(|kind| kind.missing().is_none());
    for kind in left_out {
        let missing = kind.missing().unwrap_or_default();
        assert!(!needs::all_required(), "{kind} cannot be compared: {missing}");
        // Not eprintln!: the test harness would swallow it, and an omission must be seen.
        let _ = writeln!(std::io::stderr(), "left out: {kind} in the comparison: {missing}");
    }
    let columns = thread::scope(|scope| {
        let running: Vec<_> = run.into_iter().map(|kind| scope.spawn(move || column(kind))).collect();
        running.into_iter().map(|column| joined(column.join())).collect::<Outcome<Vec<_>>>()
    });
    let columns = match columns {
        Ok(columns) => columns,
        Err(failure) => panic!("{failure}"),
    };
    println!("{}", lines(&GROUPS, &columns));
    let _ = write!(std::io::stderr(), "\n{}", totals(&columns));
    let _ = writeln!(std::io::stderr(), "compared in {} s", begun.elapsed().as_secs());
    let Some(msee) = columns.first() else { panic!("no column") };
    assert_eq!(msee.count(|reaction| *reaction != Reaction::AsExpected), 0, "msee: see the table");
}

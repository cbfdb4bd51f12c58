//! What a peering wants of BGP beyond what every session has.

use super::settings::seconds;
use crate::{
    config::{
        error::ProtocolFault,
        file::{GracefulRestartTable, PeeringTable, ScalarOr},
        plan::Protocol,
        report::Report,
    },
    session::{Announce, GracefulRestart, Part},
    wire::RestartTime,
};
use toml::Spanned;

pub(super) fn protocol(table: &PeeringTable, report: &mut Report) -> Protocol {
    Protocol {
        graceful_restart: table.graceful_restart.as_ref().and_then(|wanted| graceful_restart(wanted, report)),
    }
}

fn graceful_restart(
    written: &Spanned<ScalarOr<String, GracefulRestartTable>>,
    report: &mut Report,
) -> Option<GracefulRestart> {
    let table = match written.get_ref() {
        ScalarOr::Scalar(word) => return Some(GracefulRestart::new(part(word, written, report)?)),
        ScalarOr::Table(table) => table,
    };
    let Some(word) = &table.part else {
        report.missing(written.span(), "graceful_restart", "part", "part = \"helper\"");
        return None;
    };
    let default = GracefulRestart::new(part(word.get_ref(), word, report)?);
    if default.part == Part::Helper
        && let Some((key, value)) = [("restart_s", &table.restart_s), ("deferral_s", &table.deferral_s)]
            .into_iter()
            .find_map(|(key, value)| Some((key, value.as_ref()?)))
    {
        report.refuse(value.span(), ProtocolFault::OfFullRestart(key));
    }
    let restart_time = table.restart_s.as_ref().and_then(|value| {
        let time = super::number(value).filter(|seconds| *seconds > 0).and_then(RestartTime::new);
        if time.is_none() {
            report.refuse(value.span(), ProtocolFault::RestartTime(value.get_ref().0));
        }
        time
    });
    Some(GracefulRestart {
        restart_time: restart_time.unwrap_or(default.restart_time),
        stale_time: seconds(table.stale_s.as_ref(), "stale_s", 1, report).unwrap_or(default.stale_time),
        deferral_time: seconds(table.deferral_s.as_ref(), "deferral_s", 1, report)
            .unwrap_or(default.deferral_time),
        notifications: match table.notifications {
            Some(false) => Announce::No,
            Some(true) | None => Announce::Yes,
        },
        ..default
    })
}

fn part<T>(word: &str, at: &Spanned<T>, report: &mut Report) -> Option<Part> {
    match word {
        "helper" => Some(Part::Helper),
        "full" => Some(Part::Full),
        other => {
            report.refuse(at.span(), ProtocolFault::Part(other.to_owned()));
            None
        }
    }
}

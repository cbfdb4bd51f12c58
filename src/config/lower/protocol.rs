//! What a peering wants of BGP beyond what every session has.

use super::{number, settings::seconds};
use crate::{
    azure::RulesProfile,
    config::{
        error::ProtocolFault,
        file::{GracefulRestartTable, Integer, PeeringTable, RoleTable, ScalarOr},
        plan::Protocol,
        report::Report,
    },
    session::{Announce, GracefulRestart, LocalRole, Part, RoleMode},
    wire::{
        RestartTime, Role,
        attribute::{AsSets, Bounds},
    },
};
use toml::Spanned;

pub(super) fn protocol(table: &PeeringTable, rules: RulesProfile, report: &mut Report) -> Protocol {
    Protocol {
        bounds: bounds(table, rules, report),
        graceful_restart: table.graceful_restart.as_ref().and_then(|wanted| graceful_restart(wanted, report)),
        role: table.bgp_role.as_ref().and_then(|wanted| local_role(wanted, report)),
    }
}

fn bounds(table: &PeeringTable, rules: RulesProfile, report: &mut Report) -> Bounds {
    let default = Bounds::default();
    let limits = &table.attribute_limits;
    let mut bound = |value: &Option<Spanned<Integer>>, key, default| {
        let Some(value) = value else { return default };
        number(value).filter(|max| *max > 0).unwrap_or_else(|| {
            report.refuse(value.span(), ProtocolFault::AttributeLimit { key, found: value.get_ref().0 });
            default
        })
    };
    Bounds {
        as_path: bound(&limits.as_path, "as_path", default.as_path),
        communities: bound(&limits.communities, "communities", default.communities),
        attributes: bound(&limits.attributes, "attributes", default.attributes),
        as_sets: as_sets(table, rules, report),
    }
}

/// AS_SETs were deprecated in May 2025 (RFC 9774).
fn as_sets(table: &PeeringTable, rules: RulesProfile, report: &mut Report) -> AsSets {
    let default = match rules {
        RulesProfile::Year2015 => AsSets::Accept,
        RulesProfile::Current => AsSets::Refuse,
    };
    let Some(word) = &table.as_sets else { return default };
    match word.get_ref().as_str() {
        "refuse" => AsSets::Refuse,
        "accept" => AsSets::Accept,
        other => {
            report.refuse(word.span(), ProtocolFault::AsSets(other.to_owned()));
            default
        }
    }
}

fn local_role(written: &Spanned<ScalarOr<String, RoleTable>>, report: &mut Report) -> Option<LocalRole> {
    let table = match written.get_ref() {
        ScalarOr::Scalar(word) => {
            return Some(LocalRole { role: role(word, written, report)?, mode: RoleMode::Lenient });
        }
        ScalarOr::Table(table) => table,
    };
    let Some(word) = &table.role else {
        report.missing(written.span(), "bgp_role", "role", "role = \"provider\"");
        return None;
    };
    let mode = if table.strict { RoleMode::Strict } else { RoleMode::Lenient };
    Some(LocalRole { role: role(word.get_ref(), word, report)?, mode })
}

fn role<T>(word: &str, at: &Spanned<T>, report: &mut Report) -> Option<Role> {
    let role = Role::ALL.into_iter().find(|role| role.word() == word);
    if role.is_none() {
        report.refuse(at.span(), ProtocolFault::Role(word.to_owned()));
    }
    role
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
        let time = number(value).filter(|seconds| *seconds > 0).and_then(RestartTime::new);
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

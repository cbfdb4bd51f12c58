//! Keys, limits and timers of a peering.

use super::{number, peering::Owner, secret_file};
use crate::{
    azure::{PeeringKind, SharedKey, limits},
    config::{
        error::{Concern, PeeringFault, SessionFault},
        file::{Integer, LimitTable, PeeringTable, ScalarOr, TimersTable},
        plan::{Timers, Transit},
        report::Report,
    },
    family::{Family, PerFamily},
    rib::PrefixLimit,
    wire::open::HoldTime,
};
use std::{num::NonZeroU32, path::Path, time::Duration};
use toml::Spanned;

pub(super) fn shared_key(table: &PeeringTable, directory: &Path, report: &mut Report) -> Option<SharedKey> {
    let written = table.shared_key.as_ref().and_then(|text| {
        text.get_ref()
            .parse()
            .map_err(|fault| report.refuse(text.span(), PeeringFault::SharedKey(fault)))
            .ok()
    });
    let Some(path) = &table.shared_key_file else { return written };
    if let Some(key) = &table.shared_key {
        report.refuse_beside(path.span(), key.span(), PeeringFault::TwoKeys);
    }
    let file = directory.join(path.get_ref());
    let fault = match secret_file::read(&file, path.span(), report) {
        Ok(text) => match text.parse() {
            Ok(key) => return Some(key),
            Err(fault) => PeeringFault::SharedKeyFile { path: file, fault },
        },
        Err(error) => PeeringFault::UnreadableKey { path: file, kind: error.kind() },
    };
    report.refuse(path.span(), fault);
    written
}

pub(super) fn limits(
    table: &PeeringTable,
    kind: PeeringKind,
    owner: &Owner<'_>,
    report: &mut Report,
) -> PerFamily<PrefixLimit> {
    let default = |family| match owner.around.transit {
        Transit::Open => PrefixLimit::Unlimited,
        Transit::Azure => limits::prefixes(kind, owner.tier, family, owner.around.rules)
            .map_or(PrefixLimit::Unlimited, azure_limit),
    };
    PerFamily {
        ipv4: limit(table.prefix_limit.as_ref(), default(Family::Ipv4), report),
        ipv6: limit(table.ipv6_prefix_limit.as_ref(), default(Family::Ipv6), report),
    }
}

fn limit(
    written: Option<&Spanned<ScalarOr<Integer, LimitTable>>>,
    default: PrefixLimit,
    report: &mut Report,
) -> PrefixLimit {
    let Some(written) = written else { return default };
    match written.get_ref() {
        ScalarOr::Scalar(max) => {
            let max = Spanned::new(written.span(), *max);
            most_prefixes(&max, report).map_or(default, azure_limit)
        }
        ScalarOr::Table(table) => {
            let Some(max) = &table.max else {
                report.missing(written.span(), "the prefix limit", "max", "max = 4000");
                return default;
            };
            most_prefixes(max, report).map_or(default, |max| limit_of(table, max, report))
        }
    }
}

fn limit_of(table: &LimitTable, max: NonZeroU32, report: &mut Report) -> PrefixLimit {
    let action = table.action.as_ref();
    match action.map_or("drop", |action| action.get_ref().as_str()) {
        "drop" => PrefixLimit::Drop {
            max,
            restart: match seconds(table.restart_s.as_ref(), "restart_s", 0, report) {
                None => Some(limits::RESTART_AFTER),
                Some(Duration::ZERO) => None,
                after => after,
            },
        },
        "warn" => {
            if let Some(restart) = &table.restart_s {
                report.refuse(restart.span(), PeeringFault::RestartOfWarning);
            }
            PrefixLimit::Warn { max }
        }
        other => {
            let fault = PeeringFault::LimitAction(other.to_owned());
            report.refuse(action.map_or(0..0, Spanned::span), fault);
            azure_limit(max)
        }
    }
}

/// The limit that Azure enforces with that number.
const fn azure_limit(max: NonZeroU32) -> PrefixLimit {
    PrefixLimit::Drop { max, restart: Some(limits::RESTART_AFTER) }
}

fn most_prefixes(value: &Spanned<Integer>, report: &mut Report) -> Option<NonZeroU32> {
    let max = number(value).and_then(NonZeroU32::new);
    if max.is_none() {
        report.refuse(value.span(), PeeringFault::PrefixLimit(value.get_ref().0));
    }
    max
}

pub(super) fn timers(table: &TimersTable, report: &mut Report) -> Timers {
    let hold = table.hold_s.as_ref().and_then(|value| {
        let hold = number(value).and_then(HoldTime::from_seconds);
        if hold.is_none() {
            report.refuse(value.span(), SessionFault::HoldTime(value.get_ref().0));
        }
        hold
    });
    let hold = hold.unwrap_or(Timers::AZURE.hold);
    let wait = |value: Option<&Spanned<Integer>>, key, default, report: &mut Report| {
        seconds(value, key, 1, report).unwrap_or(default)
    };
    Timers {
        hold,
        keepalive: keepalive(table, hold, report),
        connect_retry: wait(
            table.connect_retry_s.as_ref(),
            "connect_retry_s",
            Timers::AZURE.connect_retry,
            report,
        ),
        idle_hold: wait(table.idle_hold_s.as_ref(), "idle_hold_s", Timers::AZURE.idle_hold, report),
        send_hold: send_hold(table, hold, report),
    }
}

/// A third of the hold time at most, unless the file says otherwise (RFC 4271 section 4.4).
fn keepalive(table: &TimersTable, hold: HoldTime, report: &mut Report) -> Duration {
    let third = match hold {
        HoldTime::Off => Timers::AZURE.keepalive,
        HoldTime::After(hold) => Duration::from_secs((hold.get() / 3).into()).min(Timers::AZURE.keepalive),
    };
    let Some(value) = &table.keepalive_s else { return third };
    let Some(keepalive) = seconds(Some(value), "keepalive_s", 1, report) else { return third };
    match hold {
        HoldTime::Off => report.refuse(value.span(), SessionFault::KeepaliveWithoutHold),
        HoldTime::After(hold) => {
            let (hold, keepalive) = (hold.get(), keepalive.as_secs());
            if keepalive >= hold.into() {
                report.refuse(value.span(), SessionFault::KeepaliveTooLong { keepalive, hold });
            } else if keepalive > u64::from(hold / 3) {
                report.warn(value.span(), Concern::KeepaliveIsLong { keepalive, hold });
            }
        }
    }
    keepalive
}

/// Longer than the hold time (RFC 9687 section 5).
fn send_hold(table: &TimersTable, hold: HoldTime, report: &mut Report) -> Option<Duration> {
    let value = table.send_hold_s.as_ref()?;
    let time = seconds(Some(value), "send_hold_s", 1, report)?;
    match hold {
        HoldTime::Off => report.refuse(value.span(), SessionFault::SendHoldWithoutHold),
        HoldTime::After(hold) if time.as_secs() <= hold.get().into() => {
            let (hold, send_hold) = (hold.get(), time.as_secs());
            report.refuse(value.span(), SessionFault::SendHoldTooShort { send_hold, hold });
        }
        HoldTime::After(_) => {}
    }
    Some(time)
}

pub(super) fn seconds(
    value: Option<&Spanned<Integer>>,
    key: &'static str,
    min: u16,
    report: &mut Report,
) -> Option<Duration> {
    let value = value?;
    match number::<u16>(value) {
        Some(seconds) if seconds >= min => Some(Duration::from_secs(seconds.into())),
        _ => {
            report.refuse(value.span(), SessionFault::Seconds { key, found: value.get_ref().0, min });
            None
        }
    }
}

//! `[daemon]` and `[routers]`.

use super::{RouterIds, number, secret_file};
use crate::{
    asn::Asn,
    azure::RulesProfile,
    config::{
        ControlToken,
        error::{Concern, DaemonFault},
        file::{DaemonTable, Integer, RouterTable, RoutersTable},
        plan::Daemon,
        report::Report,
    },
    wire::open::Identifier,
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::Path,
};
use toml::Spanned;

const DEFAULT_CONTROL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8179);
/// More than any command asks for: `show routes` of a full table is a hundred requests.
const DEFAULT_REQUESTS_PER_S: NonZeroU32 = NonZeroU32::new(1_000).unwrap();
const MOST_REQUESTS_PER_S: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();

pub(super) fn daemon(table: &DaemonTable, directory: &Path, report: &mut Report) -> Daemon {
    let control_token =
        table.control_token_file.as_ref().and_then(|path| control_token(path, directory, report));
    Daemon {
        rules: table.rules.as_ref().and_then(|text| rules(text, report)).unwrap_or_default(),
        asn: table
            .asn
            .as_ref()
            .and_then(|value| {
                let asn = number(value).and_then(|number: u32| Asn::try_from(number).ok());
                if asn.is_none() {
                    report.refuse(value.span(), DaemonFault::Asn(value.get_ref().0));
                }
                asn
            })
            .unwrap_or(Asn::MICROSOFT_EDGE),
        control: table
            .control
            .as_ref()
            .and_then(|text| control(text, table, report))
            .unwrap_or(DEFAULT_CONTROL),
        control_token,
        control_requests_per_s: table
            .control_requests_per_s
            .as_ref()
            .and_then(|value| requests_per_s(value, report))
            .unwrap_or(DEFAULT_REQUESTS_PER_S),
        state_dir: table.state_dir.as_ref().map(|path| directory.join(path.get_ref())),
    }
}

fn requests_per_s(value: &Spanned<Integer>, report: &mut Report) -> Option<NonZeroU32> {
    let number = number(value).and_then(NonZeroU32::new).filter(|number| *number <= MOST_REQUESTS_PER_S);
    if number.is_none() {
        report.refuse(value.span(), DaemonFault::RequestsPerSecond(value.get_ref().0));
    }
    number
}

fn rules(text: &Spanned<String>, report: &mut Report) -> Option<RulesProfile> {
    text.get_ref().parse().map_err(|fault| report.refuse(text.span(), DaemonFault::Rules(fault))).ok()
}

fn control(text: &Spanned<String>, table: &DaemonTable, report: &mut Report) -> Option<SocketAddr> {
    let Ok(control) = text.get_ref().parse::<SocketAddr>() else {
        report.refuse(text.span(), DaemonFault::Control(text.get_ref().clone()));
        return None;
    };
    match &table.control_token_file {
        _ if control.ip().is_loopback() => {}
        Some(_) => report.warn(text.span(), Concern::ControlIsReachable(control)),
        None => report.refuse(text.span(), DaemonFault::ControlIsOpen(control)),
    }
    Some(control)
}

fn control_token(path: &Spanned<String>, directory: &Path, report: &mut Report) -> Option<ControlToken> {
    let file = directory.join(path.get_ref());
    let fault = match secret_file::read(&file, path.span(), report) {
        Ok(text) => match text.parse() {
            Ok(token) => return Some(token),
            Err(fault) => DaemonFault::ControlToken { path: file, fault },
        },
        Err(error) => DaemonFault::UnreadableToken { path: file, kind: error.kind() },
    };
    report.refuse(path.span(), fault);
    None
}

pub(super) fn router_ids(table: &RoutersTable, report: &mut Report) -> RouterIds {
    let primary = router_id(&table.primary, report);
    let secondary = router_id(&table.secondary, report);
    if let (Some((id, first)), Some((other, second))) = (&primary, &secondary)
        && id == other
    {
        report.refuse_beside(second.clone(), first.clone(), DaemonFault::RouterIdsEqual(*id));
    }
    RouterIds { primary: primary.map(|(id, _)| id), secondary: secondary.map(|(id, _)| id) }
}

fn router_id(table: &RouterTable, report: &mut Report) -> Option<(Identifier, std::ops::Range<usize>)> {
    let text = table.router_id.as_ref()?;
    let id = text.get_ref().parse().ok().and_then(Identifier::new);
    if id.is_none() {
        report.refuse(text.span(), DaemonFault::RouterId(text.get_ref().clone()));
    }
    Some((id?, text.span()))
}

//! `[daemon]` and `[routers]`.

use super::{RouterIds, number};
use crate::{
    asn::Asn,
    azure::RulesProfile,
    config::{
        error::{Concern, DaemonFault},
        file::{DaemonTable, RouterTable, RoutersTable},
        plan::Daemon,
        report::Report,
    },
    wire::open::Identifier,
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};
use toml::Spanned;

const DEFAULT_CONTROL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8179);

pub(super) fn daemon(table: &DaemonTable, directory: &Path, report: &mut Report) -> Daemon {
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
        control: table.control.as_ref().and_then(|text| control(text, report)).unwrap_or(DEFAULT_CONTROL),
        state_dir: table.state_dir.as_ref().map(|path| directory.join(path.get_ref())),
    }
}

fn rules(text: &Spanned<String>, report: &mut Report) -> Option<RulesProfile> {
    text.get_ref().parse().map_err(|fault| report.refuse(text.span(), DaemonFault::Rules(fault))).ok()
}

fn control(text: &Spanned<String>, report: &mut Report) -> Option<SocketAddr> {
    let Ok(control) = text.get_ref().parse::<SocketAddr>() else {
        report.refuse(text.span(), DaemonFault::Control(text.get_ref().clone()));
        return None;
    };
    if !control.ip().is_loopback() {
        report.warn(text.span(), Concern::ControlIsReachable(control));
    }
    Some(control)
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

//! The interfaces that the daemon puts its addresses on, of a router and of a session.

use crate::{
    azure::Router,
    config::{
        error::{Concern, SessionFault},
        file::{DaemonTable, RoutersTable},
        plan::Attachment,
        report::Report,
    },
};
use toml::Spanned;

/// Characters in the name of an interface, which the kernel ends with a zero octet (IFNAMSIZ).
const NAME_LENGTH: usize = 15;
/// Characters of a tag behind a name: `.4094`.
const TAG_LENGTH: usize = 5;

/// The interfaces that the MSEE addresses are put on, if the daemon does that.
pub(super) struct Links {
    pub(super) managing: Managing,
    primary: Option<Interface>,
    secondary: Option<Interface>,
}

/// Who puts the addresses on the links.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Managing {
    /// Whoever made the links.
    Others,
    /// The daemon.
    Daemon,
}

/// A link that is there.
#[derive(Clone)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) encapsulation: Encapsulation,
}

/// How a peering's frames are told from others on the link (ARM `encapsulation` of an ExpressRoute port).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encapsulation {
    /// The link carries one peering, or somebody has made an interface of it already.
    None,
    /// By a tag (IEEE 802.1Q).
    Dot1Q,
}

impl Links {
    pub(super) fn of(daemon: &DaemonTable, routers: &RoutersTable, report: &mut Report) -> Self {
        let managing = match daemon.manage_addresses.as_ref().map(Spanned::get_ref) {
            Some(true) => Managing::Daemon,
            Some(false) | None => Managing::Others,
        };
        let [primary, secondary] = [&routers.primary, &routers.secondary]
            .map(|table| interface(table.interface.as_ref(), table.encapsulation.as_ref(), managing, report));
        Self { managing, primary, secondary }
    }

    pub(super) const fn of_router(&self, router: Router) -> Option<&Interface> {
        match router {
            Router::Primary => self.primary.as_ref(),
            Router::Secondary => self.secondary.as_ref(),
        }
    }
}

/// The interface that both keys of a table name; its name is one that the kernel takes (dev_valid_name in net/core/dev.c).
pub(super) fn interface(
    name: Option<&Spanned<String>>,
    encapsulation: Option<&Spanned<String>>,
    managing: Managing,
    report: &mut Report,
) -> Option<Interface> {
    let tagging = match encapsulation.map(|text| (text, text.get_ref().as_str())) {
        None => Encapsulation::None,
        Some((text, _)) if name.is_none() => {
            report.refuse(text.span(), SessionFault::EncapsulationOfNothing);
            return None;
        }
        Some((_, "Dot1Q")) => Encapsulation::Dot1Q,
        Some((text, other)) => {
            report.refuse(text.span(), SessionFault::Encapsulation(other.to_owned()));
            return None;
        }
    };
    let text = name?;
    let name = text.get_ref();
    let fits = (1..=NAME_LENGTH).contains(&name.len())
        && !matches!(name.as_str(), "." | "..")
        && !name.contains(|c: char| c == '/' || c == ':' || c.is_whitespace());
    if !fits {
        report.refuse(text.span(), SessionFault::Interface(name.clone()));
        return None;
    }
    if tagging == Encapsulation::Dot1Q && name.len() + TAG_LENGTH > NAME_LENGTH {
        report.refuse(text.span(), SessionFault::NoRoomForTag(name.clone()));
        return None;
    }
    if managing == Managing::Others {
        report.warn(text.span(), Concern::InterfaceNotManaged(name.clone()));
    }
    Some(Interface { name: name.clone(), encapsulation: tagging })
}

/// Warns of addresses that shall be managed and of which there is none.
pub(super) fn nothing_managed(table: &DaemonTable, attachments: &[Attachment], report: &mut Report) {
    let mut sessions = attachments.iter().flat_map(|attachment| &attachment.sessions);
    if let Some(at) = table.manage_addresses.as_ref().filter(|wanted| *wanted.get_ref())
        && sessions.all(|session| session.managed.is_none())
    {
        report.warn(at.span(), Concern::NothingManaged);
    }
}

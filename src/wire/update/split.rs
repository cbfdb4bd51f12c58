//! What an UPDATE withdraws and announces, checked as a whole before any of it is used (RFC 7606).

use super::{Update, UpdateError};
use crate::{
    family::Family,
    wire::{
        attribute::{AttributeErrors, NextHopSource, RawAttributes, Scan, Treatment},
        negotiated::Negotiated,
        nlri::{AfiSafi, Nlri, Prefixes},
    },
};

/// What an UPDATE says, free of syntax errors as far as a session reset would follow from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    withdrawn: [Option<Nlri<'a>>; 4],
    announcements: [Option<Announcement<'a>>; 2],
    ignored: [Option<AfiSafi>; 3],
    /// The UPDATE says that all routes of this family have been sent (RFC 4724 section 2).
    pub end_of_rib: Option<Family>,
    /// Errors whose treatment has been applied already, to be logged.
    pub errors: Option<AttributeErrors>,
}

/// Prefixes that are announced together, and their attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement<'a> {
    /// The prefixes, at least one.
    pub nlri: Nlri<'a>,
    /// Their attributes. If parsing fails, the prefixes are to be treated as withdrawn.
    pub attributes: RawAttributes<'a>,
}

impl<'a> Parts<'a> {
    /// The prefixes that are withdrawn, field by field; to be applied before the announcements.
    pub fn withdrawn(&self) -> impl Iterator<Item = &Nlri<'a>> {
        self.withdrawn.iter().flatten()
    }

    /// The prefixes that are announced, field by field.
    pub fn announcements(&self) -> impl Iterator<Item = &Announcement<'a>> {
        self.announcements.iter().flatten()
    }

    /// Families whose prefixes were left out because the session does not carry them, to be logged.
    pub fn ignored(&self) -> impl Iterator<Item = AfiSafi> {
        self.ignored.into_iter().flatten()
    }

    /// Treats every announced prefix as withdrawn (RFC 7606 section 2).
    fn withdraw_all(&mut self, errors: AttributeErrors) {
        let [_, _, third, fourth] = &mut self.withdrawn;
        let [first, second] = std::mem::take(&mut self.announcements);
        *third = first.map(|announcement| announcement.nlri);
        *fourth = second.map(|announcement| announcement.nlri);
        self.errors = Some(errors);
    }
}

impl<'a> Update<'a> {
    /// Reads the UPDATE up to the values of its attributes.
    ///
    /// Every prefix has been checked when this returns, so that none is applied if the session ends. The attributes of
    /// an announcement are parsed by the caller, if he has not seen their octets before. Where an error asks for the
    /// whole UPDATE to be treated as withdrawn, that has been done already.
    ///
    /// # Errors
    /// [`UpdateError`] for what ends the session.
    pub fn split(&self, negotiated: Negotiated) -> Result<Parts<'a>, UpdateError> {
        let scan = Scan::new(self.attributes).map_err(UpdateError::Attribute)?;
        let mut parts = Parts::default();
        self.read_withdrawn(&scan, negotiated, &mut parts)?;
        self.read_announced(&scan, negotiated, &mut parts)?;
        if self.announces(&scan) {
            settle(&scan, negotiated, &mut parts);
        } else if let Some(errors) = scan.errors(negotiated.as_width) {
            if errors.treatment() > Treatment::DiscardAttribute {
                return Err(UpdateError::WithoutNlri(errors.strongest().clone()));
            }
            parts.errors = Some(errors);
        }
        Ok(parts)
    }

    fn read_withdrawn(
        &self,
        scan: &Scan<'a>,
        negotiated: Negotiated,
        parts: &mut Parts<'a>,
    ) -> Result<(), UpdateError> {
        let classic = Prefixes::check(self.withdrawn).map_err(UpdateError::WithdrawnRoutes)?;
        let ipv4 = AfiSafi::from(Family::Ipv4);
        if !classic.is_empty() {
            match ipv4.carried(negotiated.families) {
                Some(_) => parts.withdrawn[0] = Some(Nlri::Ipv4(classic)),
                None => parts.ignored[0] = Some(ipv4),
            }
        }
        if let Some(unreach) = &scan.unreach {
            match unreach.afi_safi.carried(negotiated.families) {
                Some(family) => {
                    let nlri = unreach.read(family).map_err(UpdateError::Attribute)?;
                    parts.withdrawn[1] = Some(nlri).filter(|nlri| !nlri.is_empty());
                }
                None => parts.ignored[1] = Some(unreach.afi_safi),
            }
        }
        parts.end_of_rib = self.end_of_rib(scan).and_then(|afi_safi| afi_safi.carried(negotiated.families));
        Ok(())
    }

    fn read_announced(
        &self,
        scan: &Scan<'a>,
        negotiated: Negotiated,
        parts: &mut Parts<'a>,
    ) -> Result<(), UpdateError> {
        let attributes = |next_hop| RawAttributes::new(scan, next_hop, negotiated.as_width);
        let classic = Prefixes::check(self.nlri).map_err(UpdateError::Nlri)?;
        let ipv4 = AfiSafi::from(Family::Ipv4);
        if !classic.is_empty() {
            match ipv4.carried(negotiated.families) {
                Some(_) => {
                    let attributes = attributes(NextHopSource::Attribute);
                    parts.announcements[0] = Some(Announcement { nlri: Nlri::Ipv4(classic), attributes });
                }
                None => parts.ignored[0] = Some(ipv4),
            }
        }
        if let Some(reach) = &scan.reach {
            match reach.afi_safi.carried(negotiated.families) {
                Some(family) => {
                    let (nlri, next_hop) = reach.read(family).map_err(UpdateError::Attribute)?;
                    let attributes = attributes(NextHopSource::Multiprotocol(next_hop));
                    parts.announcements[1] = Some(Announcement { nlri, attributes })
                        .filter(|announcement| !announcement.nlri.is_empty());
                }
                None => parts.ignored[2] = Some(reach.afi_safi),
            }
        }
        Ok(())
    }

    /// True if there is reachable NLRI, of whatever family.
    fn announces(&self, scan: &Scan<'_>) -> bool {
        !self.nlri.is_empty() || scan.reach.is_some_and(|reach| !reach.is_empty())
    }

    /// The family whose End-of-RIB this is: an empty UPDATE, or an empty MP_UNREACH_NLRI alone (RFC 4724 section 2).
    fn end_of_rib(&self, scan: &Scan<'_>) -> Option<AfiSafi> {
        if !self.withdrawn.is_empty() || !self.nlri.is_empty() || !scan.only_nlri() {
            return None;
        }
        match (scan.reach, scan.unreach) {
            (None, None) => Some(Family::Ipv4.into()),
            (None, Some(unreach)) => Some(unreach.afi_safi).filter(|_| unreach.is_empty()),
            (Some(_), _) => None,
        }
    }
}

/// Withdraws what was announced, where that is known before anybody looks at the attributes of one announcement:
/// the attribute field is cut off, an MP attribute has wrong flags, or one of two groups of prefixes cannot be announced and the other shares its fate.
fn settle(scan: &Scan<'_>, negotiated: Negotiated, parts: &mut Parts<'_>) {
    if scan.overrun.is_some() || scan.misflagged.is_some() {
        if let Some(errors) = scan.errors(negotiated.as_width) {
            parts.withdraw_all(errors);
        }
    } else if let [Some(first), Some(second)] = &parts.announcements {
        let errors = first.attributes.parse().and_then(|_| second.attributes.parse()).err();
        if let Some(errors) = errors {
            parts.withdraw_all(errors);
        }
    }
}

//! The routes of one attachment: what its peer announced, and what its peer should know.

use super::settings::{Advertise, Settings};
use crate::{
    family::{Families, Family, PerFamily},
    policy::{Export, Exported, Import, Reason, Verdict},
    rib::{
        AdjIn, AdjOut, Advertisement, Advertisements, Announced, Attributes, Batch, Change, Count, Crossing,
        Interner, LimitExceeded, LimitWatch, Packed, Prefix, PrefixLimit, Progress, Source,
    },
    wire::{AttributeErrors, Negotiated, Nlri, Parts, Prefixes, RawAttributes},
};
use bytes::BytesMut;
use ipnet::{Ipv4Net, Ipv6Net};
use std::collections::HashMap;

/// Both directions of both families, owned by the attachment's task.
pub(super) struct Routes {
    pub(super) ipv4: Tables<Ipv4Net>,
    pub(super) ipv6: Tables<Ipv6Net>,
    interner: Interner,
    scratch: BytesMut,
    source: Source,
    advertise: Advertise,
}

/// Both directions of one family.
pub(super) struct Tables<P: Prefix> {
    pub(super) adj_in: AdjIn<P, Reason>,
    pub(super) adj_out: AdjOut<P>,
    pub(super) limit: LimitWatch,
    /// What the export rules made of the attributes offered last.
    exported: HashMap<Attributes, Option<Attributes>>,
}

/// What an UPDATE came to, beside the changes that went into the batch.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Marks that the count crossed.
    pub(super) crossings: Vec<(Family, Crossing)>,
    /// Errors that were treated as RFC 7606 asks, for the log.
    pub(super) errors: Vec<AttributeErrors>,
}

impl<P: Prefix> Tables<P> {
    /// Results of export rules that are remembered; attribute sets beyond that are made anew.
    const REMEMBERED: usize = 4096;

    fn new(family: Family, limit: PrefixLimit) -> Self {
        Self {
            adj_in: AdjIn::new(),
            adj_out: AdjOut::new(),
            limit: LimitWatch::new(family, limit),
            exported: HashMap::new(),
        }
    }

    fn withdraw(&mut self, prefixes: Prefixes<'_, P>, batch: &mut Batch) {
        for prefix in prefixes {
            batch.extend(self.adj_in.withdraw(prefix));
        }
        self.limit.withdrawn(self.adj_in.len());
    }

    fn announce(
        &mut self,
        prefixes: Prefixes<'_, P>,
        attributes: &Attributes,
        import: &Import,
        applied: &mut Applied,
        batch: &mut Batch,
    ) -> Result<(), LimitExceeded> {
        let for_all = import.attributes(attributes);
        for prefix in prefixes {
            let verdict = match for_all {
                Verdict::Accept => import.prefix(prefix.into()),
                Verdict::Reject(_) => for_all,
            };
            let Announced { count, change } =
                self.adj_in.announce(prefix, attributes.clone(), verdict.reason());
            batch.extend(change);
            if count == Count::New
                && let Some(crossing) = self.limit.announced(prefix, self.adj_in.len())?
            {
                applied.crossings.push((P::FAMILY, crossing));
            }
        }
        Ok(())
    }

    fn forget_received(&mut self, batch: &mut Batch) {
        batch.extend(self.adj_in.clear().map(|prefix| Change { prefix, attributes: None }));
        self.limit.withdrawn(0);
    }

    fn judge_again(&mut self, import: &Import, batch: &mut Batch) {
        let changes = self.adj_in.judge_again(|prefix, attributes| {
            let verdict = match import.attributes(attributes) {
                Verdict::Accept => import.prefix(prefix.into()),
                refused @ Verdict::Reject(_) => refused,
            };
            verdict.reason()
        });
        batch.extend(changes);
    }

    fn repeat(&self, batch: &mut Batch) {
        let accepted = self.adj_in.routes_after(None).filter(|(_, route)| route.refused.is_none());
        batch.extend(
            accepted.map(|(prefix, route)| Change { prefix, attributes: Some(route.attributes.clone()) }),
        );
    }

    fn offer(&mut self, advertisements: &[Advertisement<P>], own: Source, export: &Export) {
        for Advertisement { prefix, offer } in advertisements {
            let offer = offer.as_ref().filter(|offer| offer.source != Some(own));
            let wanted = offer.and_then(|offer| self.exported(&offer.attributes, export));
            self.adj_out.set(*prefix, wanted.as_ref());
        }
    }

    fn exported(&mut self, offered: &Attributes, export: &Export) -> Option<Attributes> {
        if let Some(exported) = self.exported.get(offered) {
            return exported.clone();
        }
        let exported = match export.attributes(P::FAMILY, offered) {
            Exported::As(attributes) => Some(Attributes::from(attributes)),
            Exported::Kept => None,
        };
        if self.exported.len() >= Self::REMEMBERED {
            self.exported.clear();
        }
        self.exported.insert(offered.clone(), exported.clone());
        exported
    }

    fn forget_wanted(&mut self) {
        let wanted: Vec<P> = self.adj_out.routes_after(None).map(|(prefix, _)| prefix).collect();
        for prefix in wanted {
            self.adj_out.set(prefix, None);
        }
    }
}

impl Routes {
    pub(super) fn new(source: Source, settings: &Settings) -> Self {
        Self {
            ipv4: Tables::new(Family::Ipv4, settings.limits.ipv4),
            ipv6: Tables::new(Family::Ipv6, settings.limits.ipv6),
            interner: Interner::default(),
            scratch: BytesMut::new(),
            source,
            advertise: settings.advertise,
        }
    }

    /// Applies an UPDATE that [`Update::split`](crate::wire::Update::split) found usable.
    ///
    /// # Errors
    /// [`LimitExceeded`] if the session has to end; what came before the prefix too many has been applied.
    pub(super) fn apply(
        &mut self,
        parts: Parts<'_>,
        import: &Import,
        batch: &mut Batch,
    ) -> Result<Applied, LimitExceeded> {
        let mut applied = Applied::default();
        for nlri in parts.withdrawn() {
            self.withdraw(nlri.clone(), batch);
        }
        for announcement in parts.announcements() {
            match self.attributes(&announcement.attributes, import, &mut applied) {
                Ok(attributes) => match announcement.nlri.clone() {
                    Nlri::Ipv4(prefixes) => {
                        self.ipv4.announce(prefixes, &attributes, import, &mut applied, batch)?;
                    }
                    Nlri::Ipv6(prefixes) => {
                        self.ipv6.announce(prefixes, &attributes, import, &mut applied, batch)?;
                    }
                },
                Err(errors) => {
                    self.withdraw(announcement.nlri.clone(), batch);
                    applied.errors.push(errors);
                }
            }
        }
        applied.errors.extend(parts.errors);
        Ok(applied)
    }

    fn attributes(
        &mut self,
        raw: &RawAttributes<'_>,
        import: &Import,
        applied: &mut Applied,
    ) -> Result<Attributes, AttributeErrors> {
        let key = raw.key(&mut self.scratch);
        self.interner.intern(key, || {
            raw.parse().map(|parsed| {
                applied.errors.extend(parsed.discarded);
                import.received(parsed.attributes)
            })
        })
    }

    fn withdraw(&mut self, nlri: Nlri<'_>, batch: &mut Batch) {
        match nlri {
            Nlri::Ipv4(prefixes) => self.ipv4.withdraw(prefixes, batch),
            Nlri::Ipv6(prefixes) => self.ipv6.withdraw(prefixes, batch),
        }
    }

    /// Takes in what the backbone offers for the families of one session.
    pub(super) fn offer(&mut self, family: Family, offers: &Advertisements, export: &Export) {
        if self.advertise == Advertise::No {
            return;
        }
        match family {
            Family::Ipv4 => self.ipv4.offer(&offers.ipv4, self.source, export),
            Family::Ipv6 => self.ipv6.offer(&offers.ipv6, self.source, export),
        }
    }

    /// Applies other import rules to what a family's peer has announced.
    pub(super) fn judge_again(&mut self, family: Family, import: &Import, batch: &mut Batch) {
        match family {
            Family::Ipv4 => self.ipv4.judge_again(import, batch),
            Family::Ipv6 => self.ipv6.judge_again(import, batch),
        }
    }

    /// Hands every accepted route on once more.
    pub(super) fn repeat(&self, batch: &mut Batch) {
        self.ipv4.repeat(batch);
        self.ipv6.repeat(batch);
    }

    /// The session of these families is lost: what it announced is forgotten, what it was told it must be told again.
    pub(super) fn session_lost(&mut self, families: Families, batch: &mut Batch) {
        for family in families.iter() {
            match family {
                Family::Ipv4 => {
                    self.ipv4.forget_received(batch);
                    self.ipv4.adj_out.reset();
                }
                Family::Ipv6 => {
                    self.ipv6.forget_received(batch);
                    self.ipv6.adj_out.reset();
                }
            }
        }
        self.interner.sweep();
    }

    /// Forgets what a family's peer should know, because the export rules have changed.
    pub(super) fn forget_wanted(&mut self, family: Family) {
        match family {
            Family::Ipv4 => {
                self.ipv4.exported.clear();
                self.ipv4.forget_wanted();
            }
            Family::Ipv6 => {
                self.ipv6.exported.clear();
                self.ipv6.forget_wanted();
            }
        }
    }

    pub(super) fn set_advertise(&mut self, advertise: Advertise) {
        self.advertise = advertise;
        if advertise == Advertise::No {
            for family in Family::ALL {
                self.forget_wanted(family);
            }
        }
    }

    /// Notes that the initial table is complete, for the End-of-RIB of a family.
    pub(super) fn complete(&mut self, family: Family) {
        match family {
            Family::Ipv4 => self.ipv4.adj_out.complete(),
            Family::Ipv6 => self.ipv6.adj_out.complete(),
        }
    }

    /// Tells everything again (RFC 2918).
    pub(super) fn refresh(&mut self, family: Family) {
        match family {
            Family::Ipv4 => self.ipv4.adj_out.refresh(),
            Family::Ipv6 => self.ipv6.adj_out.refresh(),
        }
    }

    pub(super) fn progress(&self, family: Family) -> Progress {
        match family {
            Family::Ipv4 => self.ipv4.adj_out.progress(),
            Family::Ipv6 => self.ipv6.adj_out.progress(),
        }
    }

    pub(super) fn pack(
        &mut self,
        family: Family,
        negotiated: Negotiated,
        out: &mut BytesMut,
        budget: usize,
    ) -> Packed {
        match family {
            Family::Ipv4 => self.ipv4.adj_out.pack(negotiated, out, budget),
            Family::Ipv6 => self.ipv6.adj_out.pack(negotiated, out, budget),
        }
    }

    /// Replaces a limit on the running session.
    pub(super) fn set_limit(
        &mut self,
        family: Family,
        limit: PrefixLimit,
    ) -> Result<Option<Crossing>, LimitExceeded> {
        match family {
            Family::Ipv4 => self.ipv4.limit.replace(limit, self.ipv4.adj_in.len()),
            Family::Ipv6 => self.ipv6.limit.replace(limit, self.ipv6.adj_in.len()),
        }
    }

    /// Watches of both families, with the number of prefixes held.
    pub(super) fn limits(&self) -> PerFamily<(LimitWatch, usize)> {
        PerFamily {
            ipv4: (self.ipv4.limit, self.ipv4.adj_in.len()),
            ipv6: (self.ipv6.limit, self.ipv6.adj_in.len()),
        }
    }
}

//! The routes of one attachment: what its peer announced, and what its peer should know.

use super::settings::{Advertise, Settings};
use crate::{
    family::{Families, Family, PerFamily},
    policy::{Export, Exported, Import, Reason, Verdict},
    rib::{
        AdjIn, AdjOut, Advertisement, Advertisements, Announced, Attributes, AttributesId, Batch, Confirmed,
        Count, Crossing, Hashed, Interner, LimitExceeded, LimitWatch, Lost, News, Packed, Prefix,
        PrefixLimit, Progress, Since, Source, Stale, TOGETHER,
    },
    wire::{
        AttributeErrors, Message, Negotiated, Nlri, Parts, Prefixes, RawAttributes, RouteRefreshSupport,
        Update,
    },
};
use bytes::BytesMut;
use ipnet::{Ipv4Net, Ipv6Net};
use smallvec::SmallVec;
use std::collections::HashMap;

/// Both directions of both families, owned by the attachment's task.
pub(super) struct Routes {
    pub(super) ipv4: Tables<Ipv4Net>,
    pub(super) ipv6: Tables<Ipv6Net>,
    /// The attribute blocks of both families, each with what the import rules say to it.
    pub(super) blocks: Interner<Verdict>,
    scratch: BytesMut,
    source: Source,
    advertise: Advertise,
}

/// Both directions of one family.
pub(super) struct Tables<P: Prefix> {
    pub(super) adj_in: AdjIn<P, Reason>,
    pub(super) adj_out: AdjOut<P>,
    pub(super) limit: LimitWatch,
    /// What the peer has still to announce again.
    pub(super) stale: Stale<P>,
    /// What a lost session leaves to be withdrawn.
    lost: Option<Lost<P, Reason>>,
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
            stale: Stale::new(),
            lost: None,
            exported: HashMap::new(),
        }
    }

    fn withdraw(&mut self, prefixes: Prefixes<'_, P>, blocks: &mut Interner<Verdict>, batch: &mut Batch) {
        if !self.stale.is_empty() {
            for prefix in prefixes.clone() {
                self.stale.confirm(prefix);
            }
        }
        for prefix in self.hashed(prefixes, blocks) {
            self.remove(prefix, blocks, batch);
        }
        self.limit.withdrawn(self.held());
    }

    /// Reads the prefixes of an UPDATE, and has in the cache what is looked up for those of IPv6.
    fn hashed(&self, prefixes: Prefixes<'_, P>, blocks: &Interner<Verdict>) -> SmallVec<[Hashed<P>; 16]> {
        let prefixes: SmallVec<_> = prefixes.map(Hashed::from).collect();
        // Those of IPv4 have been foreseen with the UPDATEs around, but for the few that come in MP_REACH_NLRI.
        if P::FAMILY == Family::Ipv6 && prefixes.len() > 1 {
            self.adj_in.foresee(&prefixes, blocks);
        }
        prefixes
    }

    fn remove(&mut self, prefix: Hashed<P>, blocks: &mut Interner<Verdict>, batch: &mut Batch) {
        match self.adj_in.withdraw(prefix, blocks) {
            News::Withdrawal | News::Route => batch.push(prefix.prefix(), None),
            News::None => {}
        }
    }

    /// Prefixes that the peer has announced on the session that is up: what its limit counts.
    pub(super) fn held(&self) -> usize {
        self.adj_in.len() - self.stale.uncounted()
    }

    fn announce(
        &mut self,
        prefixes: Prefixes<'_, P>,
        (block, blocks): (AttributesId, &mut Interner<Verdict>),
        import: &Import,
        applied: &mut Applied,
        batch: &mut Batch,
    ) -> Result<(), LimitExceeded> {
        let Some(for_all) = blocks.note(block).copied() else { return Ok(()) };
        let refreshing = !self.stale.is_empty();
        for hashed in self.hashed(prefixes, blocks) {
            let prefix = hashed.prefix();
            let refused = match for_all {
                Verdict::Accept if import.accepts(prefix.into()) => None,
                Verdict::Accept => import.prefix(prefix.into()).reason(),
                Verdict::Reject(reason) => Some(reason),
            };
            let Announced { count, news } = self.adj_in.announce(hashed, block, refused, blocks);
            match news {
                News::None => {}
                News::Route => batch.push(prefix, blocks.attributes(block)),
                News::Withdrawal => batch.push(prefix, None),
            }
            let is_new =
                count == Count::New || (refreshing && self.stale.confirm(prefix) == Confirmed::OnNewSession);
            let held = if refreshing { self.held() } else { self.adj_in.len() };
            if is_new && let Some(crossing) = self.limit.announced(prefix, held)? {
                applied.crossings.push((P::FAMILY, crossing));
            }
        }
        Ok(())
    }

    fn forget_received(&mut self, blocks: &mut Interner<Verdict>, batch: &mut Batch) {
        // A session that is lost before the last one is forgotten had no time to announce much.
        self.lost.take().into_iter().flatten().for_each(|prefix| batch.push(prefix, None));
        self.lost = Some(self.adj_in.clear(blocks));
        self.stale.clear();
        self.limit.withdrawn(0);
    }

    /// Keeps what was received, for the time that a peer may take to announce it again.
    fn keep_stale(&mut self, since: Since) {
        self.stale.mark(self.adj_in.prefixes(), since);
        self.limit.withdrawn(self.held());
    }

    /// What depends on the attributes alone is noted beside them, and stays.
    fn judge_again(&mut self, import: &Import, blocks: &Interner<Verdict>, batch: &mut Batch) {
        let judged = self.adj_in.judge_again(|prefix, block| match blocks.note(block) {
            Some(Verdict::Accept) | None => import.prefix(prefix.into()).reason(),
            Some(refused @ Verdict::Reject(_)) => refused.reason(),
        });
        for (prefix, news) in judged {
            let block = self.adj_in.exact(prefix).map(|route| route.attributes);
            match news {
                News::Route => batch.push(prefix, block.and_then(|block| blocks.attributes(block))),
                News::Withdrawal => batch.push(prefix, None),
                News::None => {}
            }
        }
    }

    /// Withdraws what a lost session has left, and what is stale for too long, as far as there is room.
    fn hand_on_lost(&mut self, blocks: &mut Interner<Verdict>, batch: &mut Batch) {
        if self.stale.is_leaving() {
            while batch.has_room()
                && let Some(prefix) = self.stale.next_leaving()
            {
                self.remove(Hashed::from(prefix), blocks, batch);
            }
            self.limit.withdrawn(self.held());
        }
        let Some(lost) = &mut self.lost else { return };
        let room = batch.room();
        if lost.take(room).map(|prefix| batch.push(prefix, None)).count() < room {
            self.lost = None;
            // Last, as nobody waits for the memory.
            blocks.sweep();
        }
    }

    fn repeat(&self, blocks: &Interner<Verdict>, batch: &mut Batch) {
        for (prefix, block) in self.adj_in.accepted() {
            batch.push(prefix, blocks.attributes(block));
        }
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
        let exported = match export.attributes(P::FAMILY, &offered.read()) {
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
            blocks: Interner::default(),
            scratch: BytesMut::new(),
            source,
            advertise: settings.advertise,
        }
    }

    /// Has in the cache what the next UPDATEs will look up, and returns how many octets of messages it has seen.
    ///
    /// Only the fields of IPv4 prefixes are read (RFC 4271 section 4.3), for which no attribute has to be looked at.
    pub(super) fn foresee(&self, octets: &[u8], negotiated: Negotiated) -> usize {
        let mut prefixes: SmallVec<[Hashed<Ipv4Net>; 2 * TOGETHER]> = SmallVec::new();
        let mut seen = 0;
        while prefixes.len() < TOGETHER
            && let Some(rest) = octets.get(seen..)
            && let Ok(Some((message, length))) = Message::decode(rest, negotiated)
        {
            seen += length;
            if let Message::Update(Update { withdrawn, nlri, .. }) = message {
                let fields = [withdrawn, nlri].into_iter().flat_map(Prefixes::<Ipv4Net>::check);
                prefixes.extend(fields.flatten().map(Hashed::from));
            }
        }
        self.ipv4.adj_in.foresee(&prefixes, &self.blocks);
        seen
    }

    /// Applies an UPDATE that [`Update::split`](crate::wire::Update::split) found usable.
    ///
    /// # Errors
    /// [`LimitExceeded`] if the session has to end; what came before the prefix too many has been applied.
    pub(super) fn apply(
        &mut self,
        parts: &Parts<'_>,
        import: &Import,
        batch: &mut Batch,
    ) -> Result<Applied, LimitExceeded> {
        let mut applied = Applied::default();
        for nlri in parts.withdrawn() {
            self.withdraw(nlri.clone(), batch);
        }
        for announcement in parts.announcements() {
            match self.intern(&announcement.attributes, import, &mut applied) {
                Ok(block) => match announcement.nlri.clone() {
                    Nlri::Ipv4(prefixes) => {
                        let block = (block, &mut self.blocks);
                        self.ipv4.announce(prefixes, block, import, &mut applied, batch)?;
                    }
                    Nlri::Ipv6(prefixes) => {
                        let block = (block, &mut self.blocks);
                        self.ipv6.announce(prefixes, block, import, &mut applied, batch)?;
                    }
                },
                Err(errors) => {
                    self.withdraw(announcement.nlri.clone(), batch);
                    applied.errors.push(errors);
                }
            }
        }
        applied.errors.extend(parts.errors.clone());
        Ok(applied)
    }

    /// Finds the block of attributes, which is judged only if it is a new one, and read only if it must be.
    fn intern(
        &mut self,
        raw: &RawAttributes<'_>,
        import: &Import,
        applied: &mut Applied,
    ) -> Result<AttributesId, AttributeErrors> {
        let key = raw.key(&mut self.scratch);
        let fits = import.bounds.hold_any(key.len());
        self.blocks.intern(key, |canonical| {
            let attributes = if let Some(attributes) = canonical.filter(|_| fits) {
                attributes
            } else {
                let parsed = raw.parse_within(import.bounds)?;
                applied.errors.extend(parsed.discarded);
                parsed.attributes.into()
            };
            let attributes = import.received(attributes);
            let verdict = import.attributes(&attributes);
            Ok((attributes, verdict))
        })
    }

    fn withdraw(&mut self, nlri: Nlri<'_>, batch: &mut Batch) {
        match nlri {
            Nlri::Ipv4(prefixes) => self.ipv4.withdraw(prefixes, &mut self.blocks, batch),
            Nlri::Ipv6(prefixes) => self.ipv6.withdraw(prefixes, &mut self.blocks, batch),
        }
    }

    /// True while a lost session leaves something to be withdrawn; what a new one announces has to wait for that.
    pub(super) fn is_losing(&self) -> bool {
        self.ipv4.lost.is_some() || self.ipv6.lost.is_some()
    }

    /// Withdraws what lost sessions have left, as far as there is room.
    pub(super) fn hand_on_lost(&mut self, batch: &mut Batch) {
        self.ipv4.hand_on_lost(&mut self.blocks, batch);
        self.ipv6.hand_on_lost(&mut self.blocks, batch);
    }

    /// Takes in what the backbone offers for the families of one session.
    pub(super) fn offer(&mut self, family: Family, offers: &Advertisements, export: &Export) {
        if self.advertise != Advertise::Yes {
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
            Family::Ipv4 => self.ipv4.judge_again(import, &self.blocks, batch),
            Family::Ipv6 => self.ipv6.judge_again(import, &self.blocks, batch),
        }
    }

    /// Hands every accepted route on once more.
    pub(super) fn repeat(&self, batch: &mut Batch) {
        self.ipv4.repeat(&self.blocks, batch);
        self.ipv6.repeat(&self.blocks, batch);
    }

    /// The session of these families is lost: what it announced is forgotten, unless it may come back for it, and what it
    /// was told it must be told again.
    pub(super) fn session_lost(&mut self, families: Families, kept: Families, batch: &mut Batch) {
        for family in families.iter() {
            match (family, kept.contains(family)) {
                (Family::Ipv4, false) => self.ipv4.forget_received(&mut self.blocks, batch),
                (Family::Ipv4, true) => self.ipv4.keep_stale(Since::Restart),
                (Family::Ipv6, false) => self.ipv6.forget_received(&mut self.blocks, batch),
                (Family::Ipv6, true) => self.ipv6.keep_stale(Since::Restart),
            }
            match family {
                Family::Ipv4 => self.ipv4.adj_out.reset(),
                Family::Ipv6 => self.ipv6.adj_out.reset(),
            }
        }
    }

    /// Has go what the peer has not announced again, as there is room.
    pub(super) fn leave_stale(&mut self, families: Families) {
        for family in families.iter() {
            match family {
                Family::Ipv4 => self.ipv4.stale.leave(),
                Family::Ipv6 => self.ipv6.stale.leave(),
            }
        }
    }

    /// Prefixes that the peer has still to announce again.
    pub(super) fn stale(&self, family: Family) -> usize {
        match family {
            Family::Ipv4 => self.ipv4.stale.len(),
            Family::Ipv6 => self.ipv6.stale.len(),
        }
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
        if advertise != Advertise::Yes {
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

    /// What a family's peer has announced is stale until it announces it again, which it does from now on.
    pub(super) fn refreshing(&mut self, family: Family) {
        match family {
            Family::Ipv4 => self.ipv4.keep_stale(Since::Refresh),
            Family::Ipv6 => self.ipv6.keep_stale(Since::Refresh),
        }
    }

    /// Tells everything again (RFC 2918).
    pub(super) fn refresh(&mut self, family: Family, support: RouteRefreshSupport) {
        match family {
            Family::Ipv4 => self.ipv4.adj_out.refresh(support),
            Family::Ipv6 => self.ipv6.adj_out.refresh(support),
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
            Family::Ipv4 => self.ipv4.limit.replace(limit, self.ipv4.held()),
            Family::Ipv6 => self.ipv6.limit.replace(limit, self.ipv6.held()),
        }
    }

    /// Watches of both families, with the number of prefixes that they count.
    pub(super) fn limits(&self) -> PerFamily<(LimitWatch, usize)> {
        PerFamily { ipv4: (self.ipv4.limit, self.ipv4.held()), ipv6: (self.ipv6.limit, self.ipv6.held()) }
    }
}

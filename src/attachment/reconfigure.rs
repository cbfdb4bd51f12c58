//! How a running attachment becomes what a new configuration wants, touching no session that may stay.

use super::{
    event::EventKind,
    settings::{AdminState, SessionSettings, Settings},
    task::{Attachment, InitialTable},
};
use crate::{family::Family, session::Stop};
use std::time::Instant;

impl Attachment {
    /// Becomes what `wanted` says: limits, announcements and timers in place, a session only if it must.
    pub(super) fn reconfigure(&mut self, wanted: Settings, now: Instant) {
        let before = self.state();
        self.settings.state = wanted.state;
        if self.settings.held != wanted.held {
            self.settings.held = wanted.held;
            self.report_held();
        }
        let limits = std::mem::replace(&mut self.settings.limits, wanted.limits);
        let advertise = std::mem::replace(&mut self.settings.advertise, wanted.advertise);
        self.replace_sessions(&wanted.sessions, now);
        self.settings.sessions = wanted.sessions;
        if advertise != wanted.advertise {
            self.routes.set_advertise(wanted.advertise);
            self.initial_table = InitialTable::Wanted;
        }
        for family in Family::ALL {
            if limits[family] != wanted.limits[family] {
                self.replace_limit(family, now);
            }
        }
        match (before, self.state()) {
            (AdminState::Enabled, AdminState::Disabled) => self.stop_sessions(&Stop::Shutdown(None), now),
            (AdminState::Disabled, AdminState::Enabled) => self.start_sessions(now),
            (AdminState::Enabled, AdminState::Enabled) | (AdminState::Disabled, AdminState::Disabled) => {}
        }
    }

    fn replace_sessions(&mut self, wanted: &[SessionSettings], now: Instant) {
        let kept = |settings: &SessionSettings| wanted.iter().find(|other| settings.continues(other));
        let (stay, go): (Vec<_>, Vec<_>) = self
            .links
            .iter()
            .map(|link| &link.settings)
            .cloned()
            .partition(|settings| kept(settings).is_some());
        for settings in &stay {
            if let (Some(new), Some(link)) = (kept(settings), self.link(settings.transport())) {
                link.peer.replace_settings(new.bgp.clone());
                link.settings = new.clone();
                if settings.import != new.import {
                    for family in new.families().iter() {
                        self.routes.judge_again(family, &new.import, &mut self.batch);
                    }
                }
            }
        }
        for settings in &go {
            self.remove_session(settings.transport(), wanted, now);
        }
        let missing = |new: &&SessionSettings| !stay.iter().any(|old| old.transport() == new.transport());
        for new in wanted.iter().filter(missing) {
            for family in new.families().iter() {
                self.routes.forget_wanted(family);
            }
            self.initial_table = InitialTable::Wanted;
            self.begin(new.clone(), now);
        }
    }

    fn remove_session(&mut self, family: Family, wanted: &[SessionSettings], now: Instant) {
        let replaced = wanted.iter().any(|new| new.transport() == family);
        let stop = if replaced { Stop::ConfigurationChange } else { Stop::Deconfigured };
        let Some(link) = self.link(family) else { return };
        let (own, families) = (link.id, link.settings.families());
        link.peer.stop(stop, now, &mut link.actions);
        self.perform();
        if let Some(link) = self.link(family) {
            let stale = link.retention.forget();
            self.routes.leave_stale(stale);
        }
        for family in families.iter() {
            self.tripped[family] = false;
        }
        self.call_off(|of, _| of == own);
        self.links.retain(|link| link.id != own);
    }

    fn replace_limit(&mut self, family: Family, now: Instant) {
        match self.routes.set_limit(family, self.settings.limits[family]) {
            Ok(crossing) => {
                if let Some(crossing) = crossing {
                    self.crossed(family, crossing);
                }
                if std::mem::take(&mut self.tripped[family])
                    && self.state() == AdminState::Enabled
                    && let Some(link) =
                        self.links.iter_mut().find(|link| link.settings.families().contains(family))
                {
                    link.peer.start(now, &mut link.actions);
                }
            }
            Err(exceeded) => {
                let index =
                    self.links.iter().position(|link| link.settings.families().contains(exceeded.family));
                if let Some(index) = index {
                    self.exceeded(index, &exceeded, now);
                }
            }
        }
    }

    pub(super) fn report_held(&self) {
        if let Some(held) = &self.settings.held {
            let message = format!("{}; {}", held.cause, held.remedy);
            self.events.report(&self.settings.id, EventKind::ValidationNeeded, message);
        }
    }

    /// Stops the sessions on an operator's wish.
    pub(super) fn disable(&mut self, text: Option<&str>, now: Instant) {
        self.operator = AdminState::Disabled;
        self.stop_sessions(&Stop::Shutdown(text.map(str::to_owned)), now);
        let message = text.map_or_else(
            || "disabled by the operator".to_owned(),
            |text| format!("disabled by the operator: {text}"),
        );
        self.events.report(&self.settings.id, EventKind::SessionDisabled, message);
    }

    /// Starts the sessions on an operator's wish, at once, also where a prefix limit had stopped them.
    pub(super) fn enable(&mut self, now: Instant) {
        self.operator = AdminState::Enabled;
        if self.state() == AdminState::Enabled {
            self.start_sessions(now);
        }
        self.events.report(
            &self.settings.id,
            EventKind::SessionEnabled,
            "enabled by the operator".to_owned(),
        );
    }

    fn stop_sessions(&mut self, stop: &Stop, now: Instant) {
        for link in &mut self.links {
            link.peer.stop(stop.clone(), now, &mut link.actions);
        }
        self.forget_stale();
    }

    fn start_sessions(&mut self, now: Instant) {
        for link in &mut self.links {
            link.peer.start(now, &mut link.actions);
        }
    }
}

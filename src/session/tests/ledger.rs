//! What holds for the actions of any peer, whatever happens to it. The fuzz target of the machine reads this file too.

use super::{Action, ConnectionId, Outgoing, Peer, StateName};
use std::collections::BTreeMap;

/// How far a connection is, as the driver sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Being opened, or open; nothing was sent.
    Fresh,
    /// Our OPEN was sent.
    Opened,
    /// A NOTIFICATION was sent: only `Close` may follow.
    Notified,
    /// Closed, or reported as ended by the driver; its reason is still to come.
    Closed,
    /// Its reason was given: nothing may follow.
    Over,
}

/// Follows one peer's actions and fails at the first that breaks a rule.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    lives: BTreeMap<ConnectionId, Life>,
    established: Option<ConnectionId>,
}

impl Ledger {
    /// The listener handed in a connection.
    pub(super) fn accepted(&mut self, id: ConnectionId) {
        assert_eq!(self.lives.insert(id, Life::Fresh), None, "{id} is given twice");
    }

    /// The driver reports the end of a connection; false if it is over already.
    pub(super) fn lost(&mut self, id: ConnectionId) -> bool {
        let open = self.is_open(id);
        if open {
            self.lives.insert(id, Life::Closed);
        }
        open
    }

    pub(super) fn is_open(&self, id: ConnectionId) -> bool {
        matches!(self.lives.get(&id), Some(Life::Fresh | Life::Opened | Life::Notified))
    }

    pub(super) fn open(&self) -> impl Iterator<Item = ConnectionId> {
        self.lives.keys().copied().filter(|id| self.is_open(*id))
    }

    /// Takes the actions of one call.
    pub(super) fn take(&mut self, actions: &[Action], peer: &Peer) {
        for action in actions {
            self.follow(action);
        }
        assert!(self.open().count() <= Peer::INCOMING + 1, "{:?}", self.lives);
        assert!(!self.lives.values().any(|life| *life == Life::Closed), "no reason given: {:?}", self.lives);
        assert_eq!(peer.established_on(), self.established);
        assert_eq!(peer.established_since().is_some(), self.established.is_some());
        assert_eq!(peer.state() == StateName::Established, self.established.is_some());
    }

    fn follow(&mut self, action: &Action) {
        let id = action.connection();
        let life = self.lives.get(&id).copied();
        let next = match (action, life) {
            (Action::Connect(_), None) => Life::Fresh,
            (Action::Send(_, Outgoing::Open(_)), Some(Life::Fresh))
            | (Action::Send(_, Outgoing::Keepalive), Some(Life::Opened)) => Life::Opened,
            (Action::Send(_, Outgoing::Notification(_)), Some(Life::Fresh | Life::Opened)) => Life::Notified,
            (Action::Close(_), Some(Life::Fresh | Life::Opened | Life::Notified)) => Life::Closed,
            (Action::Established(..), Some(Life::Opened)) if self.established.is_none() => {
                self.established = Some(id);
                Life::Opened
            }
            (Action::Down(..), Some(Life::Closed)) if self.established == Some(id) => {
                self.established = None;
                Life::Over
            }
            (Action::Failed(..), Some(Life::Closed)) if self.established != Some(id) => Life::Over,
            (action, life) => panic!("{action:?} on a connection that is {life:?}"),
        };
        self.lives.insert(id, next);
    }
}

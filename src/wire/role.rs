//! BGP roles (RFC 9234 section 4): what one side of a session is to the other.

use std::fmt;

/// What a speaker is to its neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Gives the neighbour transit.
    Provider,
    /// A route server, whose neighbour is a client of it.
    RouteServer,
    /// A client of a route server.
    RouteServerClient,
    /// Takes transit of the neighbour.
    Customer,
    /// Neither pays the other.
    Peer,
}

/// The value of a Role capability as it stands on the wire, one that is not assigned included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoleCode(pub u8);

impl Role {
    /// All roles, in the order of their codes.
    pub const ALL: [Self; 5] =
        [Self::Provider, Self::RouteServer, Self::RouteServerClient, Self::Customer, Self::Peer];

    /// The role that the neighbour must have.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Provider => Self::Customer,
            Self::RouteServer => Self::RouteServerClient,
            Self::RouteServerClient => Self::RouteServer,
            Self::Customer => Self::Provider,
            Self::Peer => Self::Peer,
        }
    }

    /// The word for it, as configuration files have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::RouteServer => "rs",
            Self::RouteServerClient => "rs-client",
            Self::Customer => "customer",
            Self::Peer => "peer",
        }
    }

    /// The value on the wire.
    pub const fn code(self) -> RoleCode {
        RoleCode(match self {
            Self::Provider => 0,
            Self::RouteServer => 1,
            Self::RouteServerClient => 2,
            Self::Customer => 3,
            Self::Peer => 4,
        })
    }

    /// True if a route that this speaker sends is for the neighbour and its customers alone: the neighbour is a
    /// customer, a peer or a route server's client (RFC 9234 section 5, egress 1).
    pub const fn sends_only_to_customers(self) -> bool {
        matches!(self, Self::Provider | Self::RouteServer | Self::Peer)
    }

    /// True if the neighbour is told no route that is for customers alone: it is a provider, a peer or a route server
    /// (RFC 9234 section 5, egress 2).
    pub const fn withholds_only_to_customers(self) -> bool {
        matches!(self, Self::Customer | Self::RouteServerClient | Self::Peer)
    }
}

impl RoleCode {
    /// The role, unless the value is not assigned.
    pub fn role(self) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == self)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for RoleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role() {
            Some(role) => role.fmt(f),
            None => write!(f, "{} (not assigned)", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_the_codes_and_the_pairs_of_rfc_9234() {
        let rows = [
            (0, Role::Provider, Role::Customer, (true, false)),
            (1, Role::RouteServer, Role::RouteServerClient, (true, false)),
            (2, Role::RouteServerClient, Role::RouteServer, (false, true)),
            (3, Role::Customer, Role::Provider, (false, true)),
            (4, Role::Peer, Role::Peer, (true, true)),
        ];
        for (code, role, opposite, (sends, withholds)) in rows {
            assert_eq!((role.code(), RoleCode(code).role()), (RoleCode(code), Some(role)));
            assert_eq!(role.opposite(), opposite);
            assert_eq!(role.sends_only_to_customers(), sends, "{role}");
            assert_eq!(role.withholds_only_to_customers(), withholds, "{role}");
        }
        assert_eq!(RoleCode(5).role(), None);
        assert_eq!(RoleCode(255).to_string(), "255 (not assigned)");
    }
}

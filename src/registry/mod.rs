//! Who holds which prefixes and AS numbers: routing-registry objects (RPSL), and RPKI payloads.
//!
//! Pure: files are read and servers asked above, and what they say comes in here. [`Registry::prefix`] and
//! [`Registry::asn`] answer with the object that decided.

mod as_set;
pub mod ownership;
mod rpsl;
mod vrp;

pub use ownership::{Doubt, Evidence, RoutingRegistry};
pub use rpsl::Objects;
pub use vrp::{Payload, Payloads};

/// Both together, to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Registry<'a> {
    /// What databases have.
    pub objects: &'a Objects,
    /// What RPKI has validated, if it is asked and has answered.
    pub payloads: Option<&'a Payloads>,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct Malformed {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: String,
}

#[cfg(test)]
mod tests;

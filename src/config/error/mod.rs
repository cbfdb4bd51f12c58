//! What is wrong with a configuration: place, cause and remedy, all of it at once.
//!
//! A fault is a value of an enum per subject; its `Display` is the cause and [`Finding::remedy`] the next step.
//! [`Located`] ties it to its place in the file, and knows two ways to be shown: as a miette diagnostic with a caret,
//! and as one line ([`Located::plain`]).

mod address;
mod circuit;
mod daemon;
mod data;
mod file;
mod global_reach;
mod order;
mod ownership;
mod peering;
mod protocol;
mod redact;
mod session;
mod warning;

pub use address::{AddressFault, Nature};
pub use circuit::CircuitFault;
pub use daemon::DaemonFault;
pub use data::DataFault;
pub use file::{FileFault, ShapeFault};
pub use global_reach::GlobalReachFault;
pub use order::{OrderFault, Seller};
pub use ownership::OwnershipFault;
pub use peering::PeeringFault;
pub use protocol::ProtocolFault;
pub(super) use redact::holds_secrets;
pub use session::SessionFault;
pub use warning::Concern;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity};
use std::{fmt, ops::Range, sync::Arc};

/// Octets of the file, from 0, the end excluded.
pub(crate) type Span = Range<usize>;

/// A fault or a concern: its `Display` is the cause.
pub trait Finding: fmt::Debug + fmt::Display {
    /// How a diagnostic announces it.
    const SEVERITY: Severity;

    /// What to do about it, one sentence without a full stop.
    fn remedy(&self) -> String;
}

/// A reason to refuse a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub enum Fault {
    /// The file as a whole.
    File(#[from] FileFault),
    /// Keys and the types of their values.
    Shape(#[from] ShapeFault),
    /// `[daemon]` and `[routers]`.
    Daemon(#[from] DaemonFault),
    /// Circuits and virtual networks.
    Circuit(#[from] CircuitFault),
    /// Files of data, and what is chosen from them.
    Data(#[from] DataFault),
    /// Connections between circuits.
    GlobalReach(#[from] GlobalReachFault),
    /// What a customer says is its own.
    Ownership(#[from] OwnershipFault),
    /// What is bought of whom.
    Order(#[from] OrderFault),
    /// Peerings.
    Peering(#[from] PeeringFault),
    /// Sessions and their timers.
    Session(#[from] SessionFault),
    /// What a peering wants of BGP beyond what every session has.
    #[error(transparent)]
    Protocol(#[from] ProtocolFault),
    /// Subnets, addresses and endpoints.
    Address(#[from] AddressFault),
}

/// Why a configuration is refused, and where.
pub type ConfigError = Located<Fault>;

/// What is probably not meant, and where; the configuration is taken.
pub type Warning = Located<Concern>;

/// A finding at its place in a file.
#[derive(Clone)]
pub struct Located<T> {
    source: Source,
    at: Option<Span>,
    beside: Option<Span>,
    finding: T,
}

/// Everything that is wrong with a file; at least one error, in the order of the file.
#[derive(Clone, Debug)]
pub struct Errors<F: Finding> {
    errors: Vec<Located<F>>,
}

/// Everything that is wrong with a configuration.
pub type ConfigErrors = Errors<Fault>;

/// A place in a file, both counted from 1; the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Line.
    pub line: usize,
    /// Character in the line.
    pub column: usize,
}

/// One line and its remedy, without colour: `lab.toml:12:31: cause`, then `  remedy: …`.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a, T>(&'a T);

/// A file's name and its text, keys blotted out: diagnostics show lines of it.
#[derive(Clone)]
pub(crate) struct Source(Arc<NamedSource<String>>);

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self(Arc::new(NamedSource::new(name, redact::shared_keys(text))))
    }

    fn location(&self, offset: usize) -> Location {
        let text = self.0.inner();
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Location {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
        }
    }
}

impl<T> Located<T> {
    pub(crate) fn new(source: &Source, at: Option<Span>, finding: T) -> Self {
        Self { source: source.clone(), at, beside: None, finding }
    }

    /// Also marks the other place that the finding is about.
    #[must_use]
    pub(crate) fn beside(mut self, other: Span) -> Self {
        self.beside = Some(other);
        self
    }

    /// What was found.
    pub fn finding(&self) -> &T {
        &self.finding
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        self.source.0.name()
    }

    /// Where it was found; `None` when the file as a whole is meant.
    pub fn location(&self) -> Option<Location> {
        self.at.as_ref().map(|at| self.source.location(at.start))
    }

    /// One line and its remedy, for logs and replies.
    pub fn plain(&self) -> Plain<'_, Self> {
        Plain(self)
    }

    /// Sorts findings by their place; what concerns the whole file comes first.
    pub(crate) fn order(&self) -> usize {
        self.at.as_ref().map_or(0, |at| at.start)
    }
}

impl<F: Finding> Errors<F> {
    /// Puts the errors into the order of the file; `None` if there are none.
    pub(crate) fn of(mut errors: Vec<Located<F>>) -> Option<Self> {
        errors.sort_by_key(Located::order);
        (!errors.is_empty()).then_some(Self { errors })
    }

    pub(crate) fn only(error: Located<F>) -> Self {
        Self { errors: vec![error] }
    }

    /// The errors, in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Located<F>> {
        self.errors.iter()
    }

    /// One line and its remedy for each, for logs and replies.
    pub fn plain(&self) -> Plain<'_, Self> {
        Plain(self)
    }
}

impl<'a, F: Finding> IntoIterator for &'a Errors<F> {
    type Item = &'a Located<F>;
    type IntoIter = std::slice::Iter<'a, Located<F>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Fault {
    /// Azure's own code for it, where Azure documents one.
    pub const fn azure_code(&self) -> Option<&'static str> {
        match self {
            Self::Order(OrderFault::NotProvisioned { .. }) => Some("ServiceProviderNotProvisioned"),
            _ => None,
        }
    }
}

impl Finding for Fault {
    const SEVERITY: Severity = Severity::Error;

    fn remedy(&self) -> String {
        match self {
            Self::File(fault) => fault.remedy(),
            Self::Shape(fault) => fault.remedy(),
            Self::Daemon(fault) => fault.remedy(),
            Self::Circuit(fault) => fault.remedy(),
            Self::Data(fault) => fault.remedy(),
            Self::GlobalReach(fault) => fault.remedy(),
            Self::Ownership(fault) => fault.remedy(),
            Self::Order(fault) => fault.remedy(),
            Self::Peering(fault) => fault.remedy(),
            Self::Session(fault) => fault.remedy(),
            Self::Protocol(fault) => fault.remedy(),
            Self::Address(fault) => fault.remedy(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl<T: fmt::Display> fmt::Display for Located<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)
    }
}

impl<T: Finding> fmt::Debug for Located<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Located")
            .field("at", &self.location())
            .field("finding", &self.finding)
            .finish_non_exhaustive()
    }
}

impl<T: Finding> fmt::Display for Plain<'_, Located<T>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(located) = self;
        f.write_str(located.file())?;
        if let Some(location) = located.location() {
            write!(f, ":{location}")?;
        }
        f.write_str(": ")?;
        if T::SEVERITY == Severity::Warning {
            f.write_str("warning: ")?;
        }
        write!(f, "{}\n  remedy: {}", located.finding, located.finding.remedy())
    }
}

impl<F: Finding> fmt::Display for Plain<'_, Errors<F>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            error.plain().fmt(f)?;
        }
        Ok(())
    }
}

impl<T: Finding> std::error::Error for Located<T> {}

impl<T: Finding> Diagnostic for Located<T> {
    fn severity(&self) -> Option<Severity> {
        Some(T::SEVERITY)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.finding.remedy()))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.at.as_ref().map(|_| &*self.source.0 as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = LabeledSpan::new_primary_with_span(None, self.at.clone()?);
        let other = self
            .beside
            .clone()
            .map(|span| LabeledSpan::new_with_span(Some("the other one".to_owned()), span));
        Some(Box::new(std::iter::once(here).chain(other)))
    }
}

impl<F: Finding> fmt::Display for Errors<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.errors.first().map_or("the file", |error| error.file());
        match self.errors.len() {
            1 => write!(f, "{file}: 1 error"),
            several => write!(f, "{file}: {several} errors"),
        }
    }
}

impl<F: Finding> std::error::Error for Errors<F> {}

impl<F: Finding> Diagnostic for Errors<F> {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.errors.iter().map(|error| error as &dyn Diagnostic)))
    }
}

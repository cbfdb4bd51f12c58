//! What was found on the way from text to plan.

use super::error::{Concern, Errors, Fault, Finding, Located, ShapeFault, Source, Span, Warning};
use std::collections::BTreeSet;

/// Collects findings, so that one run shows them all.
pub(crate) struct Report<F = Fault> {
    source: Source,
    errors: Vec<Located<F>>,
    warnings: Vec<Warning>,
    /// Keys whose value was refused already: that they are missing now is no news.
    refused_keys: BTreeSet<String>,
}

impl<F: Finding + From<ShapeFault>> Report<F> {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, errors: Vec::new(), warnings: Vec::new(), refused_keys: BTreeSet::new() }
    }

    pub(crate) fn refuse(&mut self, at: Span, fault: impl Into<F>) {
        self.errors.push(Located::new(&self.source, Some(at), fault.into()));
    }

    /// Refuses what stands at `at` because of what stands at `other`.
    pub(crate) fn refuse_beside(&mut self, at: Span, other: Span, fault: impl Into<F>) {
        self.errors.push(Located::new(&self.source, Some(at), fault.into()).beside(other));
    }

    pub(crate) fn refuse_file(&mut self, fault: impl Into<F>) {
        self.errors.push(Located::new(&self.source, None, fault.into()));
    }

    /// Refuses a table without a key, unless the key was there and is refused for itself.
    pub(crate) fn missing(&mut self, at: Span, table: &'static str, key: &'static str, example: &str) {
        if !self.was_refused(key) {
            self.refuse(at, ShapeFault::Missing { key, table, example: example.to_owned() });
        }
    }

    pub(crate) fn warn(&mut self, at: Span, concern: Concern) {
        self.warnings.push(Located::new(&self.source, Some(at), concern));
    }

    pub(crate) fn key_is_refused(&mut self, key: &str) {
        self.refused_keys.insert(key.to_owned());
    }

    pub(crate) fn was_refused(&self, key: &str) -> bool {
        self.refused_keys.contains(key)
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The warnings, or everything that is wrong.
    pub(crate) fn conclude(self) -> Result<Vec<Warning>, Errors<F>> {
        let Self { errors, mut warnings, .. } = self;
        warnings.sort_by_key(Located::order);
        Errors::of(errors).map_or(Ok(warnings), Err)
    }
}

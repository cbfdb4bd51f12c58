//! Operations on circuits that run, and which changes are refused because of what runs.

use super::{
    events::EntryKind,
    handle::OperationRefused,
    keeper::Receipt,
    task::{Daemon, DaemonError},
};
use crate::{
    attachment::Command,
    azure::{AttachmentId, Tier},
    config::{
        Difference, Operation, Plan,
        plan::Transit,
        transition::{self, Illegal, IllegalChange},
    },
};
use std::sync::Arc;
use tokio::sync::oneshot;

impl Daemon {
    /// Carries out an operation, or says why not.
    ///
    /// # Errors
    /// [`DaemonError`] if the daemon cannot go on.
    pub(super) async fn operate(
        &mut self,
        operation: &Operation,
    ) -> Result<Result<(Difference, Option<Receipt>), OperationRefused>, DaemonError> {
        let Some(document) = &self.document else { return Ok(Err(OperationRefused::NoDocument)) };
        let next = match document.after(operation) {
            Ok(next) => next,
            Err(forbidden) => return Ok(Err(forbidden.into())),
        };
        let plan = match next.load(&self.plan) {
            Ok(loaded) => self.own_part(loaded.plan),
            Err(errors) => return Ok(Err(errors.into())),
        };
        let illegal = self.illegal(&plan).await;
        if !illegal.is_empty() {
            return Ok(Err(OperationRefused::Illegal(illegal)));
        }
        self.document = Some(Arc::new(next));
        let difference = self.reconcile(plan).await?;
        let changes: Vec<String> = difference.changes.iter().map(ToString::to_string).collect();
        self.note(None, EntryKind::OperationApplied, format!("operation applied: {}", changes.join("; ")));
        Ok(Ok((difference, self.keep())))
    }

    /// Stops the sessions of attachments until they are enabled again, also by a later start of the daemon.
    pub(super) async fn disable(&mut self, which: Vec<AttachmentId>, text: Option<&str>) -> Option<Receipt> {
        for id in which {
            if let Some(running) = self.running.get(&id) {
                let _ = running.commands.send(Command::Disable(text.map(str::to_owned))).await;
                self.stopped.insert(id, text.map(str::to_owned));
            }
        }
        self.keep()
    }

    /// Starts the sessions of attachments again.
    pub(super) async fn enable(&mut self, which: &[AttachmentId]) -> Option<Receipt> {
        for id in which {
            if let Some(running) = self.running.get(id) {
                let _ = running.commands.send(Command::Enable).await;
                self.stopped.remove(id);
            }
        }
        self.keep()
    }

    /// Every change to another plan that Azure refuses.
    pub(super) async fn illegal(&self, wanted: &Plan) -> Vec<Illegal> {
        let mut illegal = transition::illegal(&self.plan, wanted);
        if (self.plan.transit, wanted.transit) != (Transit::Azure, Transit::Azure) {
            return illegal;
        }
        for new in &wanted.attachments {
            let Some(circuit) = wanted.circuit(&new.id.circuit) else { continue };
            let was_premium =
                self.plan.circuit(&circuit.name).is_some_and(|old| old.sku.tier() == Tier::Premium);
            if !was_premium || circuit.sku.tier() == Tier::Premium {
                continue;
            }
            let Some(running) = self.running.get(&new.id) else { continue };
            let (reply, answer) = oneshot::channel();
            if running.commands.send(Command::Limits(reply)).await.is_err() {
                continue;
            }
            for view in answer.await.unwrap_or_default() {
                if let Some(limit) = new.limits[view.family].max()
                    && view.held > limit.get() as usize
                {
                    let (attachment, to) = (new.id.to_string(), circuit.sku);
                    let (held, limit) = (view.held, limit.get());
                    let change = IllegalChange::TooManyRoutes { attachment, held, to, limit };
                    illegal.push(Illegal { circuit: circuit.name.clone(), change });
                }
            }
        }
        illegal
    }
}

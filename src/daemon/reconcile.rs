//! From what runs to what a new plan wants, touching no session that may stay.

use super::{
    gateways, lower,
    task::{Daemon, DaemonError},
};
use crate::{
    attachment::{Command, Start},
    azure::AttachmentId,
    backbone,
    config::{Difference, Plan, diff},
    session::Stop,
};
use std::time::Instant;

impl Daemon {
    /// Applies the difference between the plan that runs and a new one, and returns it.
    ///
    /// # Errors
    /// [`DaemonError::UnusableKey`] before anything is touched.
    pub(super) async fn reconcile(&mut self, wanted: Plan) -> Result<Difference, DaemonError> {
        let difference = self.reconcile_sessions(wanted).await;
        // Sessions that have ended have said goodbye from their old address; those that wait for one hear of it.
        self.settle_links().await;
        self.surplus.note(Instant::now());
        difference
    }

    async fn reconcile_sessions(&mut self, wanted: Plan) -> Result<Difference, DaemonError> {
        let difference = diff(&self.plan, &wanted);
        let mut settings = Vec::with_capacity(wanted.attachments.len());
        for attachment in &wanted.attachments {
            settings.push(lower::attachment(wanted.transit, attachment)?);
        }
        let old = std::mem::replace(&mut self.plan, wanted);
        if lower::mode(&old) != lower::mode(&self.plan) {
            self.start_over().await?;
            return Ok(difference);
        }
        let gone: Vec<AttachmentId> =
            self.running.keys().filter(|id| self.plan.attachment(id).is_none()).cloned().collect();
        for id in gone {
            self.stopped.remove(&id);
            if let Some(running) = self.running.remove(&id) {
                let _ = running.commands.send(Command::End(Stop::Deconfigured)).await;
            }
        }
        self.restarts.retain(|id| self.plan.attachment(id).is_some());
        let topology = lower::topology(&self.plan);
        let _ = self.backbone.send(backbone::Command::Configure(topology)).await;
        self.note_overloaded(&gateways::overloaded(&old));
        for settings in settings {
            match self.running.get(&settings.id) {
                None => self.start(settings, Start::New).await,
                Some(_) if old.attachment(&settings.id) == self.plan.attachment(&settings.id) => {}
                Some(running) => {
                    let _ = running.commands.send(Command::Reconfigure(Box::new(settings))).await;
                }
            }
        }
        self.follow_rtr();
        self.publish();
        Ok(difference)
    }
}

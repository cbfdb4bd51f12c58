//! New settings for a session that may go on.

use super::{Peer, Settings};
use std::sync::Arc;

impl Peer {
    /// Replaces the settings; what an OPEN carries and which timers run holds from the next session on.
    pub fn replace_settings(&mut self, settings: Settings) {
        self.settings = Arc::new(settings);
        self.main.replace_settings(&self.settings);
        for machine in &mut self.incoming {
            machine.replace_settings(&self.settings);
        }
    }
}

//! A step of a scenario: what is done, what must follow and by when, what is worth showing then.

use super::{
    EdgeEnded, Lab, RouteSet,
    goal::{Goal, Observation},
};
use crate::azure::Router;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout_at};

/// Between two looks at whether a goal is reached, and so how exactly times are measured.
const POLL: Duration = Duration::from_millis(20);

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What happens, in a few words.
    pub title: &'static str,
    /// Why that is worth a look.
    pub story: &'static str,
    /// What is done, in this order.
    pub acts: &'static [Act],
    /// What must hold then, all at once.
    pub until: &'static [Goal],
    /// How long that may take.
    pub within: Duration,
    /// What to look at afterwards.
    pub show: &'static [Show],
}

/// Something that is done to the lab.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// The customer edge on this link announces routes.
    Announce(Router, RouteSet),
    /// It withdraws them.
    Withdraw(Router, RouteSet),
    /// The line to it is cut without a goodbye.
    Cut(Router),
    /// The line is repaired.
    Repair(Router),
}

/// Something to look at.
#[derive(Clone, Copy, Debug)]
pub enum Show {
    /// The answer to a command that anybody can type in a second terminal, without the program's name.
    Command(&'static str),
    /// What the customer edge on this link has learnt.
    Learnt(Router),
    /// How its last session ended in its own words.
    LastDown(Router),
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepFailed {
    /// A goal was not reached in time.
    #[error("{title}: after {} s this is still not so: {goal}; seen last: {seen}", within.as_secs())]
    NotReached {
        /// The step.
        title: &'static str,
        /// The goal.
        goal: String,
        /// The time it had.
        within: Duration,
        /// What was there instead.
        seen: String,
    },
    /// A customer edge is gone.
    #[error("{title}: {cause}")]
    EdgeEnded {
        /// The step.
        title: &'static str,
        /// Which one.
        cause: EdgeEnded,
    },
}

impl Lab {
    /// Does what a step says and waits for what must follow; how long that took from the first act on.
    ///
    /// # Errors
    /// [`StepFailed`]; the lab runs on.
    pub async fn perform(&self, step: &Step) -> Result<Duration, StepFailed> {
        let started = Instant::now();
        for act in step.acts {
            self.act(act).await.map_err(|cause| StepFailed::EdgeEnded { title: step.title, cause })?;
        }
        let deadline = started + step.within;
        while let Some((goal, seen)) = self.missing(step.until, deadline).await {
            if Instant::now() >= deadline {
                let (title, goal, within) = (step.title, goal.to_string(), step.within);
                return Err(StepFailed::NotReached { title, goal, within, seen });
            }
            sleep(POLL).await;
        }
        Ok(started.elapsed())
    }

    /// The first goal that is not reached, and what was seen instead.
    async fn missing(&self, goals: &[Goal], deadline: Instant) -> Option<(Goal, String)> {
        for goal in goals {
            match timeout_at(deadline.into(), goal.observe(self)).await {
                Ok(Observation::Reached) => {}
                Ok(Observation::NotYet(seen)) => return Some((*goal, seen)),
                Err(_) => return Some((*goal, "no answer".to_owned())),
            }
        }
        None
    }

    async fn act(&self, act: &Act) -> Result<(), EdgeEnded> {
        match act {
            Act::Announce(router, set) => self.edge(*router).announce(set).await?,
            Act::Withdraw(router, set) => self.edge(*router).withdraw(set).await?,
            Act::Cut(router) => self.edge(*router).cut(),
            Act::Repair(router) => self.edge(*router).repair(),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_goal_that_is_missed_is_named_with_what_was_there_instead() {
        let (_never_run, lab) = Lab::new(crate::lab::plan().unwrap()).unwrap();
        let step = Step {
            title: "The sessions come up",
            story: "",
            acts: &[],
            until: &[Goal::Established(Router::Secondary)],
            within: Duration::ZERO,
            show: &[],
        };
        assert_eq!(
            lab.perform(&step).await.unwrap_err().to_string(),
            "The sessions come up: after 0 s this is still not so: the secondary session is Established; \
             seen last: the daemon does not run this session"
        );
    }
}

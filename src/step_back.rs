//! How a task with much to do lets others in between.

use std::{future::poll_fn, mem::replace, task::Poll};

/// Goes to the end of the queue, where another thread may take the task up at once; tokio's own `yield_now` keeps it
/// where it is until everything else there is done. What the task has handed on is worked on first.
pub(crate) async fn step_back() {
    let mut stepped = false;
    poll_fn(|context| {
        if replace(&mut stepped, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

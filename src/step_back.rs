//! How a task with much to do lets others in between.

use std::{
    cell::Cell,
    future::poll_fn,
    mem::replace,
    task::Poll,
    thread,
    time::{Duration, Instant},
};

/// How long a busy thread keeps its processor from other threads of the machine, be they ours or those of the peers next
/// to us. Left to itself, a kernel may let it go on until its next tick, for 4 ms.
const STINT: Duration = Duration::from_micros(300);

thread_local! {
    static STINT_BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Goes to the end of the queue, where another thread may take the task up at once; tokio's own `yield_now` keeps it
/// where it is until everything else there is done. What the task has handed on is worked on first, and threads that
/// wait for a processor have theirs.
pub(crate) async fn step_back() {
    let mut stepped = false;
    poll_fn(|context| {
        if replace(&mut stepped, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        offer_processor();
        Poll::Pending
    })
    .await;
}

fn offer_processor() {
    if STINT_BEGAN.get().is_none_or(|began| began.elapsed() >= STINT) {
        thread::yield_now();
        STINT_BEGAN.set(Some(Instant::now()));
    }
}

//! `msee run`: the daemon in the foreground.

use super::{diagnostics, exit::Failure, log::LogArgs, service, table::Look};
use crate::{
    api::{self, DaemonControl},
    config::{self, Shard},
    daemon::{Daemon, Handle, Signal, Signals},
};
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    runtime::{self, Runtime},
};
use tokio_util::sync::CancellationToken;

/// After how many turns of its tasks a busy thread looks which sockets have become ready. A turn may be a whole batch of
/// route changes: while one peer floods, the others' messages must not wait for the usual 61 of them.
const LOOK_AT_SOCKETS: u32 = 1;

/// How long a write to a disk that hangs may keep the process.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// Runs the daemon in the foreground.
///
/// SIGHUP or `msee reload` reads the file again; SIGTERM or Ctrl-C sends Cease/Administrative Shutdown to every peer and
/// ends.
#[derive(Clone, Debug, clap::Args)]
pub struct Run {
    /// The configuration, TOML.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,

    /// Serves only part of the file's circuits: number I, from 0, of N processes that share them.
    ///
    /// A circuit belongs to the process whose number is the FNV-1a hash (64 bits) of its name modulo N. Routes do not pass
    /// between processes: Global Reach and virtual networks that need that are named in the log.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,

    /// The log.
    #[command(flatten)]
    pub log: LogArgs,
}

impl Run {
    /// Runs until a signal ends it.
    ///
    /// # Errors
    /// [`Failure`] if it cannot start, or cannot go on.
    pub(super) fn perform(&self) -> Result<(), Failure> {
        let loaded = config::load(&self.config)?;
        for warning in &loaded.warnings {
            diagnostics::say(&diagnostics::text(warning, Look::of_stderr()));
        }
        self.log.start();
        if cfg!(feature = "fault-injection") {
            tracing::warn!(
                "this build is for tests: callers of the control endpoint can make its tasks panic"
            );
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .event_interval(LOOK_AT_SOCKETS)
            .global_queue_interval(LOOK_AT_SOCKETS)
            .enable_all()
            .build()
            .map_err(Failure::Runtime)?;
        let endpoint = endpoint_runtime().map_err(Failure::Runtime)?;
        let outcome = runtime.block_on(async {
            let control = listen(loaded.plan.daemon.control).await?;
            let signals = Signals::listen().map_err(Failure::Runtime)?;
            let (daemon, handle) = Daemon::from_configuration(loaded, self.config.clone());
            let daemon = daemon.with_shard(self.shard);
            serve(daemon, &handle, (control, endpoint.handle()), signals, CancellationToken::new()).await
        });
        runtime.shutdown_timeout(LAST_WRITE);
        outcome
    }
}

/// A thread of this niceness more gets a tenth of the processor that it shares with BGP.
const NICER_THAN_BGP: i32 = 10;

/// Opens the control endpoint.
///
/// # Errors
/// [`Failure::ControlEndpoint`], most often because another daemon has it.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|source| Failure::ControlEndpoint { address, source })
}

/// A thread for the control endpoint alone: whatever its callers ask for, and however much there is to be written as JSON,
/// BGP has its own threads, and goes first where there are fewer processors than threads.
pub(super) fn endpoint_runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("msee-control")
        .on_thread_start(|| {
            // Linux has a niceness for each thread. It cannot be refused to be nicer.
            let _ = rustix::process::nice(NICER_THAN_BGP);
        })
        .enable_all()
        .build()
}

/// Runs a daemon with its control endpoint, on a runtime of its own, until a signal or `stop`, or until it fails.
pub(super) async fn serve(
    daemon: Daemon,
    handle: &Handle,
    (control, endpoint): (TcpListener, &runtime::Handle),
    mut signals: Signals,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let endpoint =
        endpoint.spawn(api::serve(control, Arc::new(DaemonControl::new(handle.clone())), stop.clone()));
    let mut running = tokio::spawn(daemon.run(stop.clone()));
    let manager = handle.clone();
    let fed = tokio::spawn(async move {
        service::report_ready(&manager).await;
        service::feed_watchdog(&manager).await;
    });
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "msee is running");
    let outcome = loop {
        tokio::select! {
            ended = &mut running => break ended,
            signal = signals.next() => match signal {
                // The outcome stands in the log and in the history as well.
                Signal::Reload => {
                    service::report_reloading();
                    match handle.reload().await {
                        Ok(_) => service::report_ready(handle).await,
                        Err(refused) => service::report_refused(&refused.to_string()),
                    }
                }
                Signal::End => {
                    service::report_stopping();
                    tracing::info!("ending: every session is shut down");
                    stop.cancel();
                }
            },
        }
    };
    stop.cancel();
    fed.abort();
    // The endpoint has its own bound on how long it takes.
    let _ = endpoint.await;
    match outcome {
        Ok(outcome) => outcome.map_err(Failure::Daemon),
        Err(died) => Err(Failure::Died(died.to_string())),
    }
}

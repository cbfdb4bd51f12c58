//! The running daemon under a load that does not end: 20,000 routes, a change every millisecond, a session that is lost every
//! ten seconds, and a peer that is told all of it.
//!
//! For a minute, or for as many as `MSEE_SOAK_MINUTES` says. Then the daemon must hold, and the watching peer must have been
//! told, exactly what a map of the test's own says; descriptors and attribute sets must be what they were, and memory must not
//! have grown since the first half. For more than a few minutes, test a release build: `cargo test --release --test soak`.

#[path = "../conformance/bench.rs"]
mod bench;
#[path = "../conformance/daemon.rs"]
mod daemon;
#[path = "../conformance/innocent.rs"]
mod innocent;
#[path = "../lab/mod.rs"]
mod lab;
#[path = "../conformance/octets.rs"]
mod octets;
#[path = "../conformance/peer.rs"]
mod peer;
#[path = "../conformance/plan.rs"]
mod plan;
mod view;

use bench::Bench;
use lab::{
    failure::{Failure, Outcome, ensure},
    wait::until,
};
use msee::api::schema::Direction;
use peer::Peer;
use plan::{Circuit, Plan};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    env,
    net::Shutdown,
    ops::Range,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};
use view::{Version, View};

/// Routes of the peer that changes them all the time.
const ROUTES: u16 = 20_000;
/// Peers whose sessions are lost in turn: one that is lost more often than once a minute is held down for longer and longer.
const FLAPPING: u16 = 8;
/// Routes of each of them; they follow the others'.
const FLAPPING_ROUTES: u16 = 200;
const CHANGE_EVERY: Duration = Duration::from_millis(1);
const FLAP_EVERY: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Memory that may come and go with the allocator's mood; a leak of one attribute set for each change is more in a minute.
const UNSTEADY_KIB: usize = 6 * 1024;
/// Changes that may be under way to the watching peer: on a busy machine the load is less, and not ever further behind.
const UNDER_WAY: u32 = 2_000;

#[test]
fn a_load_that_does_not_end_changes_nothing_in_the_end() {
    let minutes: u32 = env::var("MSEE_SOAK_MINUTES").ok().map_or(1, |minutes| minutes.parse().unwrap());
    let plan = Plan::circuits(3 + usize::from(FLAPPING)).open_transit();
    bench::run(plan, |bench| soak(bench, Duration::from_mins(1) * minutes));
}

fn soak(bench: &Bench, time: Duration) -> Outcome {
    let [changing, watching] = [0, 1].map(|number| bench.circuit(number));
    let flapping = &bench.plan.circuits[2..2 + usize::from(FLAPPING)];
    let mut source = Peer::established(changing)?;
    let watcher = Peer::established(watching)?;
    let stream = watcher.stream().try_clone()?;
    let told = Mutex::new(View::default());
    thread::scope(|scope| {
        let watch = scope.spawn(|| view::watch(watcher, &told));
        let outcome = (|| {
            let mut model = View::default();
            model.announce(&mut source, changing, 0..ROUTES, Version::FIRST)?;
            has_been_told(&told, &model)?;
            let mut flap = Flap { peers: Vec::new(), lost: None, version: Version::FIRST };
            for number in 0..FLAPPING {
                let peer = flap.bring_up(flapping, number, &mut model)?;
                flap.peers.push(Some(peer));
            }
            let descriptors = bench.daemon.descriptors()?;
            let mut load =
                Load { changing, source: &mut source, flapping, flap, told: &told, version: Version::FIRST };
            let resident = load.go_on(bench, &mut model, time)?;
            has_been_told(&told, &model)?;
            holds(bench, changing, &model, 0..ROUTES)?;
            for (number, circuit) in (0..).zip(flapping) {
                holds(bench, circuit, &model, routes_of(number))?;
            }
            // One peer more or less may be up, and what a question took is given back after its answer.
            until("descriptors are given back", || {
                let now = bench.daemon.descriptors()?;
                ensure!(now <= descriptors + 1, "{now} descriptors instead of {descriptors}");
                Ok(())
            })?;
            does_not_grow(&resident)?;
            let sets = bench.daemon.session(changing)?.attribute_sets;
            ensure!(sets <= 2 * u64::from(ROUTES), "{sets} attribute sets for {ROUTES} routes at most");
            source.reset()?;
            has_been_told(&told, &model.part(ROUTES..ROUTES + FLAPPING * FLAPPING_ROUTES))?;
            let sets = bench.daemon.session(changing)?.attribute_sets;
            ensure!(sets == 0, "{sets} attribute sets without a route");
            Ok(())
        })();
        stream.shutdown(Shutdown::Both)?;
        let watch = watch.join().map_err(|_| Failure::from("the watching peer's thread panicked"))?;
        // What the watching peer did not like explains the rest.
        watch.and(outcome)
    })
}

/// The routes of a peer whose session is lost.
fn routes_of(number: u16) -> Range<u16> {
    let first = ROUTES + number * FLAPPING_ROUTES;
    first..first + FLAPPING_ROUTES
}

/// The sessions of which one is lost every ten seconds, and the one before comes back.
struct Flap {
    peers: Vec<Option<Peer>>,
    lost: Option<u16>,
    version: Version,
}

impl Flap {
    fn lose_and_return(&mut self, circuits: &[Circuit], model: &mut View) -> Outcome {
        let next = self.lost.map_or(0, |lost| (lost + 1) % FLAPPING);
        if let Some(lost) = self.lost {
            let peer = self.bring_up(circuits, lost, model)?;
            self.peers[usize::from(lost)] = Some(peer);
        }
        if let Some(peer) = self.peers[usize::from(next)].take() {
            peer.reset()?;
        }
        model.forget(routes_of(next));
        self.lost = Some(next);
        Ok(())
    }

    fn bring_up(&mut self, circuits: &[Circuit], number: u16, model: &mut View) -> Outcome<Peer> {
        let circuit = &circuits[usize::from(number)];
        let mut peer = until("a session that was lost is back", || Peer::established(circuit))?;
        self.version = self.version.next();
        model.announce(&mut peer, circuit, routes_of(number), self.version)?;
        Ok(peer)
    }
}

/// Everything that goes on.
struct Load<'a> {
    changing: &'a Circuit,
    source: &'a mut Peer,
    flapping: &'a [Circuit],
    flap: Flap,
    told: &'a Mutex<View>,
    version: Version,
}

impl Load<'_> {
    /// Goes on until the time is over, and returns the daemon's memory, second by second.
    fn go_on(&mut self, bench: &Bench, model: &mut View, time: Duration) -> Outcome<Vec<usize>> {
        let mut random = StdRng::seed_from_u64(u64::from(ROUTES));
        let mut resident = Vec::new();
        let began = Instant::now();
        let (mut next_flap, mut next_look, mut next_change) = (began, began, began);
        let mut changes = 0_u64;
        while began.elapsed() < time {
            let now = Instant::now();
            if now >= next_flap {
                self.flap.lose_and_return(self.flapping, model)?;
                next_flap += FLAP_EVERY;
            }
            if now >= next_look {
                resident.push(bench.daemon.resident_kib()?);
                next_look += LOOK_EVERY;
            }
            // What a flap took too long for is made up for.
            while next_change <= now {
                if self.is_behind()? {
                    next_change = now + CHANGE_EVERY;
                    break;
                }
                self.change(random.random_range(..ROUTES), random.random_range(..10_u8) == 0, model)?;
                next_change += CHANGE_EVERY;
                changes += 1;
            }
            thread::sleep(next_change.saturating_duration_since(Instant::now()));
        }
        println!("{changes} changes in {:.0?}", began.elapsed());
        Ok(resident)
    }

    fn is_behind(&self) -> Outcome<bool> {
        let told = self.told.lock().map_err(|_| "the watching peer's thread panicked")?;
        Ok(self.version.is_ahead_of(told.newest(), UNDER_WAY))
    }

    fn change(&mut self, number: u16, withdrawn: bool, model: &mut View) -> Outcome {
        if withdrawn {
            return model.withdraw(self.source, number);
        }
        self.version = self.version.next();
        model.announce(self.source, self.changing, number..number + 1, self.version)
    }
}

/// The most memory of the last quarter against the most of the one that followed the first.
fn does_not_grow(resident: &[usize]) -> Outcome {
    let quarter = resident.len() / 4;
    let most = |seconds: &[usize]| seconds.iter().copied().max().unwrap_or_default();
    let (early, late) = (most(&resident[..2 * quarter]), most(&resident[3 * quarter..]));
    println!("memory: at most {early} KiB in the first half, {late} KiB in the last quarter");
    ensure!(late <= early + UNSTEADY_KIB, "the daemon's memory in KiB, second by second: {resident:?}");
    Ok(())
}

/// Waits until the watching peer has been told everything, for as long as it is told something.
fn has_been_told(told: &Mutex<View>, model: &View) -> Outcome {
    let mut updates = None;
    loop {
        let look = || {
            let told = told.lock().map_err(|_| "the watching peer's thread panicked")?;
            let difference = told.is_the_same_as(model).err();
            ensure!(difference.is_none() || updates != Some(told.updates()), "{difference:?}");
            Ok((difference, told.updates()))
        };
        match until("the watching peer has been told more", look)? {
            (None, _) => return Ok(()),
            (Some(_), heard) => updates = Some(heard),
        }
    }
}

/// Whether the daemon holds of a peer exactly these routes of the model.
fn holds(bench: &Bench, circuit: &Circuit, model: &View, numbers: Range<u16>) -> Outcome {
    let mut held = View::default();
    for route in bench.daemon.routes(circuit, Direction::Received)? {
        held.note(&route)?;
    }
    held.is_the_same_as(&model.part(numbers))
}

//! Any course of events, against tables that are computed anew from everything that holds.

use super::*;
use proptest::{collection::vec, prelude::*};

const EDGES: [&str; 4] =
    ["a/private/primary", "a/private/secondary", "b/private/primary", "b/microsoft/primary"];
const PREFIXES: [&str; 6] =
    ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.168.0.0/16", "fd00::/16", "fd00:1:2::/48"];
const SPACES: [&str; 3] = ["10.1.0.0/16", "10.2.0.0/16", "fd00:1::/32"];

#[derive(Clone, Debug)]
enum Step {
    Announce {
        edge: usize,
        prefix: usize,
        path_length: usize,
    },
    Withdraw {
        edge: usize,
        prefix: usize,
    },
    /// Ends an attachment that runs, or begins it.
    Toggle {
        edge: usize,
    },
    Resync {
        edge: usize,
    },
    Configure(Vec<Wanted>),
}

/// A network: which of the [`SPACES`], and the weight of its link to circuit `a` and to `b`.
#[derive(Clone, Debug)]
struct Wanted {
    spaces: [bool; 3],
    links: [Option<u16>; 2],
}

impl Wanted {
    fn settings(&self, name: &str) -> NetworkSettings {
        let spaces: Vec<&str> =
            SPACES.iter().zip(self.spaces).filter(|(_, chosen)| *chosen).map(|(space, _)| *space).collect();
        let links: Vec<(&str, u16)> = ["a", "b"]
            .into_iter()
            .zip(self.links)
            .filter_map(|(name, weight)| Some((name, weight?)))
            .collect();
        network(name, &spaces, &links)
    }
}

fn step() -> impl Strategy<Value = Step> {
    let (edge, prefix) = (0..EDGES.len(), 0..PREFIXES.len());
    let wanted =
        (any::<[bool; 3]>(), any::<[bool; 2]>(), any::<[bool; 2]>()).prop_map(|(spaces, linked, heavy)| {
            let weight = |at: usize| linked[at].then_some(if heavy[at] { 10 } else { 0 });
            Wanted { spaces, links: [weight(0), weight(1)] }
        });
    prop_oneof![
        6 => (edge.clone(), prefix.clone(), 1..4_usize)
            .prop_map(|(edge, prefix, path_length)| Step::Announce { edge, prefix, path_length }),
        3 => (edge.clone(), prefix).prop_map(|(edge, prefix)| Step::Withdraw { edge, prefix }),
        1 => edge.clone().prop_map(|edge| Step::Toggle { edge }),
        1 => edge.prop_map(|edge| Step::Resync { edge }),
        2 => vec(wanted, 0..3).prop_map(Step::Configure),
    ]
}

/// The networks of a configuration, in the order of their names.
const NAMES: [&str; 2] = ["hub", "spoke"];

/// What holds: the last configuration, and what each attachment that runs has announced, with its path length.
#[derive(Default)]
struct Model {
    networks: Vec<NetworkSettings>,
    edges: BTreeMap<&'static str, BTreeMap<IpNet, usize>>,
}

impl Model {
    fn weight(network: &NetworkSettings, id: &str) -> Option<u16> {
        let (circuit, rest) = id.split_once('/')?;
        let link = network.links.iter().find(|link| link.circuit.as_str() == circuit)?;
        rest.starts_with("private/").then_some(link.routing_weight)
    }

    /// What an attachment shall advertise under Azure's rules.
    fn told(&self, id: &str) -> Vec<String> {
        let linked = self.networks.iter().filter(|network| Self::weight(network, id).is_some());
        let mut prefixes: Vec<IpNet> = linked.flat_map(|network| network.address_space.clone()).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes.into_iter().map(|prefix| format!("{prefix} own")).collect()
    }

    /// What an attachment shall advertise under the rules of an open transit: every best route but its own.
    fn transit(&self, own: &str) -> Vec<String> {
        let mut best: BTreeMap<IpNet, String> = BTreeMap::new();
        for prefix in PREFIXES.map(net) {
            let routes = EDGES.iter().filter_map(|id| Some((self.edges.get(id)?.get(&prefix)?, id)));
            // Identifiers ascend in the order of EDGES.
            if let Some((_, id)) = routes.min_by_key(|(path_length, _)| **path_length) {
                best.insert(prefix, format!("{prefix} from {id}"));
            }
        }
        for prefix in self.networks.iter().flat_map(|network| &network.address_space) {
            best.insert(*prefix, format!("{prefix} own"));
        }
        best.into_values().filter(|told| !told.ends_with(&format!(" from {own}"))).collect()
    }

    fn effective(&self, network: &NetworkSettings) -> Vec<String> {
        let mut rows: BTreeMap<IpNet, String> = BTreeMap::new();
        for prefix in PREFIXES.map(net) {
            let mut routes: Vec<(i32, usize, &str)> = Vec::new();
            for (id, announced) in &self.edges {
                if let (Some(weight), Some(length)) = (Self::weight(network, id), announced.get(&prefix)) {
                    routes.push((-i32::from(weight), *length, id));
                }
            }
            let hidden = network.address_space.iter().any(|space| space.contains(&prefix));
            let Some((weight, length, _)) = routes.iter().min().copied() else { continue };
            let used = routes.iter().filter(|route| hidden || (route.0, route.1) == (weight, length));
            let names: Vec<&str> = used.map(|(_, _, id)| *id).collect();
            let how = if hidden { "hidden from" } else { "via" };
            rows.insert(prefix, format!("{prefix} {how} {}", names.join(" ")));
        }
        for space in &network.address_space {
            rows.insert(*space, format!("{space} local"));
        }
        rows.into_values().collect()
    }

    /// The row that decides about an address: the longest prefix that is not hidden.
    fn lookup(&self, network: &NetworkSettings, address: IpAddr) -> Option<String> {
        let rows = self.effective(network).into_iter().filter(|row| !row.contains(" hidden "));
        let covering = rows.filter_map(|row| {
            let prefix: IpNet = row.split(' ').next()?.parse().ok()?;
            prefix.contains(&address).then(|| (prefix.prefix_len(), row))
        });
        covering.max_by_key(|(length, _)| *length).map(|(_, row)| row)
    }
}

async fn take(step: &Step, bench: &mut Bench, model: &mut Model) {
    match step {
        Step::Announce { edge, prefix, path_length } => {
            let (id, prefix) = (EDGES[*edge], PREFIXES[*prefix]);
            let Some(announced) = model.edges.get_mut(id) else { return };
            announced.insert(net(prefix), *path_length);
            let route = if prefix.contains(':') { route6(*path_length) } else { route(*path_length) };
            bench.announce(id, &[(prefix, route)]).await;
        }
        Step::Withdraw { edge, prefix } => {
            let (id, prefix) = (EDGES[*edge], PREFIXES[*prefix]);
            let Some(announced) = model.edges.get_mut(id) else { return };
            announced.remove(&net(prefix));
            bench.withdraw(id, &[prefix]).await;
        }
        Step::Toggle { edge } => {
            let id = EDGES[*edge];
            if model.edges.remove(id).is_some() {
                bench.end(id).await;
            } else {
                model.edges.insert(id, BTreeMap::new());
                attach(bench, *edge).await;
            }
        }
        Step::Resync { edge } => {
            if let Some(running) = bench.edges.get_mut(EDGES[*edge]) {
                running.told.clear();
                match bench.mode {
                    Mode::Azure => bench.resync(EDGES[*edge]).await,
                    Mode::Transit => bench.join(EDGES[*edge]).await,
                }
            }
        }
        Step::Configure(networks) => {
            let named = networks.iter().zip(NAMES);
            model.networks = named.map(|(wanted, name)| wanted.settings(name)).collect();
            bench.configure(&model.networks).await;
        }
    }
}

/// Attaches with an identifier that ascends in the order of [`EDGES`], however often it is attached.
async fn attach(bench: &mut Bench, edge: usize) {
    bench.attach(EDGES[edge]).await;
    let running = bench.edges.get_mut(EDGES[edge]).unwrap();
    let last = 100 + u8::try_from(edge).unwrap();
    let peer = Some(PeerIdentity {
        identifier: Identifier::new(Ipv4Addr::new(10, 0, 0, last)).unwrap(),
        address: Ipv4Addr::new(172, 16, 0, last).into(),
    });
    running.peer = PerFamily { ipv4: peer, ipv6: peer };
}

async fn run(mode: Mode, steps: &[Step]) -> Result<(), TestCaseError> {
    let (mut bench, mut model) = (Bench::new(mode).await, Model::default());
    for (edge, id) in EDGES.into_iter().enumerate() {
        model.edges.insert(id, BTreeMap::new());
        attach(&mut bench, edge).await;
    }
    for step in steps {
        take(step, &mut bench, &mut model).await;
        for id in model.edges.keys() {
            let want = match mode {
                Mode::Azure => model.told(id),
                Mode::Transit => model.transit(id),
            };
            prop_assert_eq!(bench.told(id), want, "{} after {:?}", id, step);
        }
        for network in &model.networks {
            let name = network.name.as_str();
            prop_assert_eq!(
                bench.effective(name).await,
                model.effective(network),
                "{} after {:?}",
                name,
                step
            );
            for address in ["10.1.2.3", "10.2.0.1", "10.9.0.1", "192.168.0.1", "fd00:1:2::3", "fd01::1"] {
                let want = model.lookup(network, address.parse().unwrap());
                prop_assert_eq!(
                    bench.lookup(name, address).await,
                    want,
                    "{} in {} after {:?}",
                    address,
                    name,
                    step
                );
            }
        }
    }
    Ok(())
}

fn on_a_runtime(mode: Mode, steps: &[Step]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(run(mode, steps))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn azures_tables_are_those_that_follow_from_what_holds(steps in vec(step(), 0..40)) {
        on_a_runtime(Mode::Azure, &steps)?;
    }

    #[test]
    fn a_transits_tables_are_those_that_follow_from_what_holds(steps in vec(step(), 0..40)) {
        on_a_runtime(Mode::Transit, &steps)?;
    }
}

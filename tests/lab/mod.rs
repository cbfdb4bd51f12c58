//! A lab of network namespaces: one for the MSEE pair, one for each customer edge, a veth for each link.
//!
//! A test describes its circuits as a [`Plan`], and [`run`] gives it a [`Lab`] whose links are up. Everything that a
//! lab starts ends with it, also when the test panics: processes by their own pid, then the namespaces, then the
//! directory with the logs, which are printed first if the test failed.

#![allow(dead_code, reason = "every test binary uses its own part of the lab")]

pub(crate) mod edge;
pub(crate) mod expect;
pub(crate) mod failure;
pub(crate) mod msee;
pub(crate) mod namespace;
pub(crate) mod needs;
pub(crate) mod plan;
pub(crate) mod process;
pub(crate) mod wait;

use ::msee::{
    azure::{AttachmentId, Router},
    cli::gen_ce::Kind,
};
use edge::{CustomerEdge, Site, Text};
use failure::{Outcome, ensure};
use msee::Msee;
use namespace::{LinkState, Namespace};
use needs::Need;
use plan::Plan;
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
};
use tempfile::TempDir;

/// Namespaces and links of one test, and the directory for its files.
pub(crate) struct Lab {
    plan: Plan,
    // Fields drop in this order: the namespaces go before the directory with the logs.
    msee: Namespace,
    edges: BTreeMap<AttachmentId, LinkEnd>,
    directory: TempDir,
}

/// The customer's end of a link.
pub(crate) struct LinkEnd {
    namespace: Namespace,
    interface: String,
}

/// The daemon and two customer edges of one kind, on the two links of a peering.
pub(crate) struct Pair {
    pub(crate) msee: Msee,
    pub(crate) primary: Box<dyn CustomerEdge>,
    pub(crate) secondary: Box<dyn CustomerEdge>,
}

impl Pair {
    /// The customer edge on the link to a router.
    pub(crate) fn edge(&self, router: Router) -> &dyn CustomerEdge {
        match router {
            Router::Primary => &*self.primary,
            Router::Secondary => &*self.secondary,
        }
    }
}

/// Runs a test in a lab of its own, or says what it left out and why.
///
/// # Panics
/// When the test fails, when the lab cannot be built, and when something is missing although `MSEE_REQUIRE_PEERS` is
/// set.
pub(crate) fn run(kinds: &[Kind], plan: Plan, test: impl FnOnce(&Lab) -> Outcome) {
    run_with(&kinds.iter().map(|kind| Need::Daemon(*kind)).collect::<Vec<_>>(), plan, test);
}

/// As [`run`], for a test that needs more than daemons.
pub(crate) fn run_with(needs: &[Need], plan: Plan, test: impl FnOnce(&Lab) -> Outcome) {
    let test_name = thread::current().name().unwrap_or("a test").to_owned();
    if let Some(missing) = needs::missing(needs) {
        assert!(!needs::all_required(), "{test_name} cannot run: {missing}");
        // Not eprintln!: the test harness would swallow it, and an omission must be seen.
        let _ = writeln!(std::io::stderr(), "left out: {test_name}: {missing}");
        return;
    }
    let lab = match Lab::new(plan) {
        Ok(lab) => lab,
        Err(failure) => panic!("no lab for {test_name}: {failure}"),
    };
    if let Err(failure) = test(&lab) {
        panic!("{test_name}: {failure}");
    }
}

impl Lab {
    fn new(plan: Plan) -> Outcome<Self> {
        let directory = tempfile::Builder::new()
            .prefix("msee-lab-")
            // Daemons that give up root still have to reach their own directory in it.
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()?;
        let msee = Namespace::new("msee")?;
        let mut edges = BTreeMap::new();
        for (number, link) in plan.links().into_iter().enumerate() {
            let edge = Namespace::new(&link.attachment.router.to_string())?;
            let interface = format!("link{number}");
            namespace::connect(&msee, &edge, &interface, &link.subnets)?;
            edges.insert(link.attachment, LinkEnd { namespace: edge, interface });
        }
        Ok(Self { plan, msee, edges, directory })
    }

    /// What the lab was built for.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Starts the daemon with the lab's plan.
    pub(crate) fn msee(&self) -> Outcome<Msee> {
        self.msee_with(&self.plan)
    }

    /// Starts the daemon with another plan, whose links are those of the lab.
    pub(crate) fn msee_with(&self, plan: &Plan) -> Outcome<Msee> {
        self.msee_of_file(&plan.to_toml())
    }

    /// Starts the daemon with a configuration file, for the links of the lab.
    pub(crate) fn msee_of_file(&self, toml: &str) -> Outcome<Msee> {
        Msee::start(&self.msee, &self.subdirectory("msee")?, toml)
    }

    /// The namespace that the daemon runs in.
    pub(crate) fn msee_namespace(&self) -> &Namespace {
        &self.msee
    }

    /// Pulls or plugs the cable at the customer's end of a link.
    pub(crate) fn set_link(&self, attachment: &str, state: LinkState) -> Outcome {
        let end = self.link_end(attachment)?;
        end.namespace.set_link(&end.interface, state)
    }

    /// Sets how long packets on a link may be, at both of its ends.
    pub(crate) fn set_mtu(&self, attachment: &str, octets: u16) -> Outcome {
        let end = self.link_end(attachment)?;
        end.namespace.set_mtu(&end.interface, octets)?;
        self.msee.set_mtu(&end.interface, octets)
    }

    /// The namespace of the customer's end of a link.
    pub(crate) fn edge_namespace(&self, attachment: &str) -> Outcome<&Namespace> {
        Ok(&self.link_end(attachment)?.namespace)
    }

    fn link_end(&self, attachment: &str) -> Outcome<&LinkEnd> {
        let id: AttachmentId = attachment.parse()?;
        self.edges.get(&id).ok_or_else(|| format!("the lab has no link {id}").into())
    }

    /// Starts a customer edge at the end of a link, announcing these prefixes.
    pub(crate) fn edge(
        &self,
        kind: Kind,
        attachment: &str,
        announced: &[ipnet::IpNet],
    ) -> Outcome<Box<dyn CustomerEdge>> {
        edge::start(kind, self.site(attachment, announced)?)
    }

    /// Starts a customer edge whose configuration has something that `msee gen ce` does not print.
    pub(crate) fn edge_amended(
        &self,
        kind: Kind,
        attachment: &str,
        announced: &[ipnet::IpNet],
        amend: fn(&str) -> String,
    ) -> Outcome<Box<dyn CustomerEdge>> {
        edge::start(kind, Site { text: Text::Amended(amend), ..self.site(attachment, announced)? })
    }

    /// Starts a customer edge with a configuration of its own.
    pub(crate) fn edge_of_file(
        &self,
        kind: Kind,
        attachment: &str,
        text: String,
    ) -> Outcome<Box<dyn CustomerEdge>> {
        edge::start(kind, Site { text: Text::Own(text), ..self.site(attachment, &[])? })
    }

    fn site(&self, attachment: &str, announced: &[ipnet::IpNet]) -> Outcome<Site> {
        let namespace = self.link_end(attachment)?.namespace.name().to_owned();
        let configuration = self.plan.customer_edge(&attachment.parse()?, announced)?;
        let directory = self.subdirectory(&attachment.replace('/', "-"))?;
        Ok(Site { namespace, directory, configuration, text: Text::Generated })
    }

    /// Starts the daemon, and a customer edge on each link of a peering.
    pub(crate) fn pair(&self, kind: Kind, peering: &str, announced: &[ipnet::IpNet]) -> Outcome<Pair> {
        Ok(Pair {
            msee: self.msee()?,
            primary: self.edge(kind, &format!("{peering}/primary"), announced)?,
            secondary: self.edge(kind, &format!("{peering}/secondary"), announced)?,
        })
    }

    /// A new directory of the lab for one daemon.
    pub(crate) fn subdirectory(&self, name: &str) -> Outcome<PathBuf> {
        let path = self.directory.path().join(name);
        ensure!(!path.exists(), "{name} was started before in this lab");
        fs::create_dir(&path)?;
        Ok(path)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if thread::panicking() {
            print_logs(self.directory.path());
        }
    }
}

/// The end of every log: enough to see why, little enough to read.
fn print_logs(directory: &Path) {
    const LINES: usize = 60;
    let parts = fs::read_dir(directory).into_iter().flatten().flatten();
    let files = parts.flat_map(|part| fs::read_dir(part.path()).into_iter().flatten().flatten());
    let mut logs: Vec<PathBuf> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    logs.sort();
    for log in logs {
        let text = fs::read_to_string(&log).unwrap_or_else(|error| error.to_string());
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(LINES);
        eprintln!("--- {}", log.strip_prefix(directory).unwrap_or(&log).display());
        for line in lines.iter().skip(from) {
            eprintln!("{line}");
        }
    }
}

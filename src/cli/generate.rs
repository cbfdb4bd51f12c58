//! `msee gen`: files for others, made from the configuration.

use super::{exit::Failure, gen_ce, gen_clab::Topology};
use crate::{
    azure::{CircuitName, PeeringKind, Router},
    config,
};
use ipnet::IpNet;
use std::{io::Write, path::PathBuf};

/// Prints configuration for the other side.
#[derive(Clone, Debug, clap::Args)]
pub struct Generate {
    /// What to print.
    #[command(subcommand)]
    pub what: What,
}

/// What can be printed.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum What {
    /// A customer edge's configuration, ready to paste.
    Ce(CustomerEdge),
    /// A topology for containerlab: the pair, the customer's routers and their links.
    Clab(Clab),
}

/// `msee gen ce`.
#[derive(Clone, Debug, clap::Args)]
pub struct CustomerEdge {
    /// The BGP daemon that runs on the customer edge.
    #[arg(long, value_enum)]
    pub kind: gen_ce::Kind,

    /// The configuration of msee.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,

    /// Only the sessions of this circuit; needed if there are several.
    #[arg(long, value_name = "NAME")]
    pub circuit: Option<CircuitName>,

    /// Only this peering: private, microsoft or public; needed if they are with several ASNs.
    #[arg(long, value_name = "KIND")]
    pub peering: Option<PeeringKind>,

    /// The link or links that end on the customer edge.
    #[arg(long, value_enum, default_value_t)]
    pub router: Links,

    /// A prefix that the customer edge announces; may be given several times, or with commas.
    #[arg(long, value_name = "PREFIX", value_delimiter = ',', num_args = 1..)]
    pub announce: Vec<IpNet>,
}

/// `msee gen clab`.
#[derive(Clone, Debug, clap::Args)]
pub struct Clab {
    /// The configuration of msee, as a path from where the topology will be.
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,

    /// What the lab is called.
    #[arg(long, default_value = "msee")]
    pub name: String,
}

impl Generate {
    pub(super) fn perform(&self, out: &mut dyn Write) -> Result<(), Failure> {
        match &self.what {
            What::Ce(edge) => edge.perform(out),
            What::Clab(clab) => clab.perform(out),
        }
    }
}

impl CustomerEdge {
    fn perform(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let plan = config::load(&self.config)?.plan;
        let choice = gen_ce::Choice {
            circuit: self.circuit.clone(),
            kind: self.peering,
            routers: self.router.routers().collect(),
        };
        let edge = gen_ce::CustomerEdge::of_plan(&plan, &choice, self.announce.clone())?;
        Ok(write!(out, "{}", edge.configuration(self.kind))?)
    }
}

impl Clab {
    fn perform(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let plan = config::load(&self.config)?.plan;
        Ok(write!(out, "{}", Topology::of_plan(&plan, &self.name, &self.config)?)?)
    }
}

/// The links that end on one customer edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Links {
    /// The primary link alone.
    Primary,
    /// The secondary link alone.
    Secondary,
    /// Both links.
    #[default]
    Both,
}

impl Links {
    /// The routers at the links' other ends.
    pub fn routers(self) -> impl Iterator<Item = Router> {
        Router::ALL.into_iter().filter(move |router| match self {
            Self::Primary => *router == Router::Primary,
            Self::Secondary => *router == Router::Secondary,
            Self::Both => true,
        })
    }
}

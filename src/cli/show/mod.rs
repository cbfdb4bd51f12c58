//! `msee show`: a file per noun.

mod circuits;
pub(super) mod effective_routes;
mod events;
mod fib;
mod limits;
mod neighbor;
mod providers;
pub(super) mod routes;
pub(super) mod sessions;
mod status;

use super::{
    exit::Failure,
    output::{OutputArgs, Screen},
};
use crate::api::Client;

/// Shows what the daemon knows.
#[derive(Clone, Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Show {
    #[command(subcommand)]
    noun: Noun,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Noun {
    Status(status::Status),
    Circuits(circuits::Circuits),
    Sessions(sessions::Sessions),
    Neighbor(neighbor::Neighbor),
    Routes(routes::Routes),
    EffectiveRoutes(effective_routes::EffectiveRoutes),
    Fib(fib::Fib),
    Limits(limits::Limits),
    Events(events::Events),
    Providers(providers::Providers),
}

impl Show {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        match &self.noun {
            Noun::Status(noun) => noun.perform(client, screen).await,
            Noun::Circuits(noun) => noun.perform(client, screen).await,
            Noun::Sessions(noun) => noun.perform(client, screen).await,
            Noun::Neighbor(noun) => noun.perform(client, screen).await,
            Noun::Routes(noun) => noun.perform(client, screen).await,
            Noun::EffectiveRoutes(noun) => noun.perform(client, screen).await,
            Noun::Fib(noun) => noun.perform(client, screen).await,
            Noun::Limits(noun) => noun.perform(client, screen).await,
            Noun::Providers(noun) => noun.perform(client, screen).await,
            Noun::Events(noun) => noun.perform(client, screen).await,
        }
    }
}

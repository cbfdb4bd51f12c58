//! `msee explain`.

use super::{
    exit::Failure,
    output::{OutputArgs, Screen},
    table::{Column, Listing, Look, Tone, cell, toned},
};
use crate::{
    api::{
        Client,
        schema::{Direction, ExplainQuery, Explanation},
    },
    azure::AttachmentId,
};
use ipnet::IpNet;

/// Says why a prefix is advertised or accepted on a peering, or why not, rule by rule.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Explain {
    /// The attachment, for example ams-1/microsoft/primary.
    #[arg(value_name = "ID")]
    attachment: AttachmentId,

    /// The prefix, exactly.
    prefix: IpNet,

    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl Explain {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let query = ExplainQuery { attachment: self.attachment.clone(), prefix: self.prefix };
        screen.show(&client.explain(&query).await?, text)
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Direction"), Column::Text("Rule"), Column::Text("Passes"), Column::Text("Because")];

fn text(explanation: &Explanation, look: Look) -> String {
    Listing::new(look, COLUMNS).rows(explanation.rules.iter().map(|rule| {
        let direction = match rule.direction {
            Direction::Advertised => "to the customer",
            Direction::Received => "from the customer",
        };
        let passes = if rule.passes { toned("yes", Tone::Good) } else { toned("no", Tone::Warning) };
        vec![cell(direction), cell(&rule.rule), passes, cell(&rule.because)]
    }))
}

//! `msee show routes`.

use crate::{
    api::{
        Client,
        schema::{Direction, Origin, PageSize, Route, RoutesQuery, words::parse_family},
    },
    azure::AttachmentId,
    cli::{
        exit::Failure,
        output::{Pages, Screen},
        table::{Column, cell, optional},
    },
    family::Family,
};
use comfy_table::Cell;
use ipnet::IpNet;

/// Routes that a peering has received or advertised.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Routes {
    /// The attachment, for example ams-1/private/primary.
    #[arg(value_name = "ID")]
    attachment: AttachmentId,

    /// Routes sent to the peer instead of those received from it.
    #[arg(long)]
    advertised: bool,

    /// Only received routes that policy refused, with the reason.
    #[arg(long, conflicts_with = "advertised")]
    refused: bool,

    /// One family: ipv4 or ipv6; both by default.
    #[arg(long, value_parser = parse_family)]
    family: Option<Family>,

    /// Only this prefix, exactly.
    #[arg(long)]
    prefix: Option<IpNet>,
}

impl Routes {
    pub(super) async fn perform(&self, client: &Client, screen: &mut Screen<'_>) -> Result<(), Failure> {
        let (direction, columns, row) = if self.advertised {
            (Direction::Advertised, ADVERTISED, advertised as fn(&Route) -> _)
        } else {
            (Direction::Received, RECEIVED, received as fn(&Route) -> _)
        };
        let wanted = self.family.or(self.prefix.as_ref().map(Family::of));
        let families = Family::ALL.into_iter().filter(|family| wanted.is_none_or(|wanted| wanted == *family));
        let mut pages = Pages::new(screen, "routes", columns);
        for family in families {
            pages.next_table();
            let mut query = RoutesQuery {
                attachment: self.attachment.clone(),
                direction,
                family,
                refused: self.refused,
                prefix: self.prefix,
                after: None,
                limit: PageSize::MAX,
            };
            loop {
                let page = client.routes(&query).await?;
                pages.page(&page.routes, row)?;
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
        }
        pages.end("no routes")
    }
}

/// Columns of routes from the peer.
pub(crate) const RECEIVED: &[Column] = &[
    Column::Text("Network"),
    Column::Text("Next hop"),
    Column::Number("Metric"),
    Column::Text("Path"),
    Column::Text("Communities"),
    Column::Text("Refused because"),
];

/// Columns of routes to the peer.
const ADVERTISED: &[Column] = &[
    Column::Text("Network"),
    Column::Text("Next hop"),
    Column::Number("Metric"),
    Column::Text("Path"),
    Column::Text("Communities"),
];

/// A row of [`RECEIVED`].
pub(crate) fn received(route: &Route) -> Vec<Cell> {
    let mut row = advertised(route);
    row.push(optional(route.refused_because.as_ref()));
    row
}

fn advertised(route: &Route) -> Vec<Cell> {
    let communities = [&route.communities, &route.extended_communities, &route.large_communities];
    let communities: Vec<_> = communities.into_iter().flatten().map(String::as_str).collect();
    vec![
        cell(route.network),
        cell(route.next_hop),
        optional(route.metric),
        cell(path(route)),
        cell(communities.join(" ")),
    ]
}

/// AS_PATH and ORIGIN as routers print them: `65010 65020 i`.
fn path(route: &Route) -> String {
    let origin = match route.origin {
        Origin::Igp => "i",
        Origin::Egp => "e",
        Origin::Incomplete => "?",
    };
    format!("{} {origin}", route.as_path).trim_start().to_owned()
}

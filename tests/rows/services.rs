//! Which prefixes of Microsoft's services a customer is sent: by reach, by file, by route filter.

use crate::{
    data,
    lab::{
        self,
        edge::{CustomerEdge, SeenRoute},
        expect::{is_the_same_session, refused},
        failure::{Outcome, ensure},
        plan::{Peering, Plan},
        wait::until,
    },
};
use ::msee::{
    azure::{Region, service_prefixes::DatacenterRanges},
    cli::gen_ce::Kind,
    family::Family,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
};

const PUBLIC: &str = "ams-1/public/primary";
const MICROSOFT: &str = "ams-1/microsoft/primary";
const AT_AMSTERDAM: &str = "service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"";

#[test]
fn s13_s16_premium_is_sent_every_subnet_of_the_datacenter_ranges() {
    let plan = public_peering().with_sku("Premium_MeteredData").with_circuit_settings(AT_AMSTERDAM);
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Bird, PUBLIC, &[])?;
        let counts = published()?;
        let seen = sent(&*customer, |seen| {
            ensure!(seen.len() == 3_543, "{} prefixes", seen.len());
            Ok(())
        })?;
        ensure!(counts.values().sum::<usize>() == 3_543, "the file has {counts:?}");
        ensure!(
            by_region(&seen) == valued(&counts),
            "{:?} instead of {:?}",
            by_region(&seen),
            valued(&counts)
        );
        ensure!(seen.iter().all(|route| route.as_path == "12076"), "{:?}", seen.first());
        ensure!(msee.session(PUBLIC, "ipv4")?.pfx_snt.ipv4 == 3_543, "show sessions counts otherwise");
        Ok(())
    });
}

#[test]
fn s15_public_peering_is_sent_all_of_its_reach_and_takes_no_route_filter() {
    let plan = public_peering().with_circuit_settings(AT_AMSTERDAM);
    lab::run(&[Kind::Frr], plan.clone(), |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Frr, PUBLIC, &[])?;
        let europe: BTreeMap<String, usize> = published()?
            .into_iter()
            .filter(|(name, _)| {
                Region::of_datacenter_ranges(name)
                    .is_some_and(|region| region.geography.to_string() == "Europe")
            })
            .collect();
        let want: usize = europe.values().sum();
        let seen = sent(&*customer, |seen| {
            ensure!(seen.len() == want, "{} prefixes instead of {want}", seen.len());
            Ok(())
        })?;
        ensure!(by_region(&seen) == valued(&europe), "{:?}", by_region(&seen));
        let filtered = plan
            .with_preamble("[[route_filter]]\nname = \"europe\"\ncommunities = [\"12076:51002\"]\n")
            .to_toml()
            .replace("kind = \"public\"", "kind = \"public\"\nroute_filter = \"europe\"");
        let refusal = refused(&msee, &filtered)?;
        ensure!(refusal.contains("public peering takes no route filter"), "{refusal}");
        Ok(())
    });
}

#[test]
fn s18_windows_peering_is_sent_microsoft_365() {
    let plan = Plan::one_circuit(vec![Peering { asn: 3333, ..Peering::microsoft(20).ipv4_only() }])
        .with_preamble(&format!(
            "[daemon]\nrules = \"2015\"\n[service_prefixes]\nservice_tags = {:?}\nmicrosoft_365 = {:?}\n",
            data("service-tags-excerpt.json"),
            data("microsoft-365-excerpt.json")
        ))
        .with_circuit_settings(AT_AMSTERDAM);
    lab::run(&[Kind::Bird], plan, |lab| {
        let _msee = lab.msee()?;
        let customer = lab.edge(Kind::Bird, MICROSOFT, &[])?;
        let want = [
            ("13.107.6.152/31", "12076:5010"),
            ("13.107.18.10/31", "12076:5010"),
            ("13.107.64.0/18", "12076:5030"),
            ("13.107.136.0/22", "12076:5020"),
            ("20.20.32.0/19", "12076:5100"),
            ("20.190.128.0/18", "12076:5100"),
            ("40.96.0.0/13", "12076:5010"),
            ("40.108.128.0/17", "12076:5020"),
            ("52.96.0.0/14", "12076:5010"),
            ("52.112.0.0/14", "12076:5030"),
        ];
        sent(&*customer, |seen| {
            let seen: BTreeSet<_> =
                seen.iter().map(|route| (route.prefix.to_string(), route.communities.join(" "))).collect();
            let want: BTreeSet<_> =
                want.iter().map(|(prefix, value)| ((*prefix).to_owned(), (*value).to_owned())).collect();
            ensure!(seen == want, "{seen:?}");
            Ok(())
        })
        .map(drop)
    });
}

#[test]
fn a_route_filter_is_attached_changed_and_detached_without_a_reset() {
    let with = |filter: Option<&str>| {
        let attached = if filter.is_some() { "route_filter = \"chosen\"" } else { "" };
        let plan = microsoft_peering(attached).with_circuit_settings(AT_AMSTERDAM);
        let Some(communities) = filter else { return plan };
        plan.with_preamble(&format!("[[route_filter]]\nname = \"chosen\"\ncommunities = {communities}\n"))
    };
    lab::run(&[Kind::Gobgp], with(None), |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Gobgp, MICROSOFT, &[])?;
        let before = until("the session is up", || msee.established(MICROSOFT, "ipv4"))?;
        ensure!(customer.received_routes(customer.msee(Family::Ipv4)?)?.is_empty(), "sent without a filter");
        for (filter, want) in [
            (Some("[\"12076:52002\"]"), vec!["51002", "52002"]),
            (Some("[\"12076:51003\", \"12076:53002\"]"), vec!["51002", "51003", "53002"]),
            (Some("[\"12076:5060\"]"), vec!["5060"]),
            (Some("[\"12076:51006\"]"), vec![]),
            (None, vec![]),
        ] {
            msee.reload(&with(filter).to_toml())?;
            sent(&*customer, |seen| {
                let values = values(seen);
                ensure!(values.iter().eq(want.iter()), "{filter:?}: {values:?}");
                Ok(())
            })?;
        }
        for (prefix, said) in [
            ("4.175.0.0/16", "no route filter is attached, and without one nothing is sent"),
            ("13.64.0.0/16", "a Standard circuit at Amsterdam reaches Europe only"),
            ("8.8.8.0/24", "no file has exactly this prefix"),
        ] {
            let explained = msee.run(&["explain", MICROSOFT, prefix])?;
            ensure!(explained.contains(said), "{explained}");
        }
        is_the_same_session(&before, &msee.session(MICROSOFT, "ipv4")?)
    });
}

#[test]
fn s26_a_standard_circuit_reaches_its_geopolitical_region_only() {
    let plan = regional(AT_AMSTERDAM, "Standard_MeteredData", "westeurope");
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Bird, MICROSOFT, &[])?;
        sent(&*customer, |seen| {
            let regions = regions(seen);
            ensure!(regions.iter().eq(["51002", "51003"]), "{regions:?}");
            Ok(())
        })?;
        let american = regional(AT_AMSTERDAM, "Standard_MeteredData", "westus");
        let refusal = refused(&msee, &american.to_toml())?;
        ensure!(refusal.contains("westus is in North America"), "{refusal}");
        ensure!(refusal.contains("Premium"), "{refusal}");
        Ok(())
    });
}

#[test]
fn s27_premium_adds_the_other_regions_without_a_reset() {
    let standard = regional(AT_AMSTERDAM, "Standard_MeteredData", "westeurope");
    lab::run(&[Kind::Bird], standard, |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Bird, MICROSOFT, &[])?;
        let before = until("the session is up", || msee.established(MICROSOFT, "ipv4"))?;
        sent(&*customer, |seen| {
            ensure!(regions(seen).len() == 2, "{:?}", regions(seen));
            Ok(())
        })?;
        msee.reload(&regional(AT_AMSTERDAM, "Premium_MeteredData", "westeurope").to_toml())?;
        sent(&*customer, |seen| {
            let regions = regions(seen);
            // Brazil, Australia and the United States; never a national cloud.
            ensure!(regions.iter().eq(["51002", "51003", "51006", "51014", "51015"]), "{regions:?}");
            Ok(())
        })?;
        is_the_same_session(&before, &msee.session(MICROSOFT, "ipv4")?)?;
        // S: Silicon Valley reaches a virtual network in West Europe, no national cloud.
        let at_silicon_valley = AT_AMSTERDAM.replace("Amsterdam", "Silicon Valley");
        msee.reload(&regional(&at_silicon_valley, "Premium_MeteredData", "westeurope").to_toml())?;
        let refusal =
            refused(&msee, &regional(&at_silicon_valley, "Premium_MeteredData", "usgovvirginia").to_toml())?;
        ensure!(refusal.contains("AzureUSGovernment"), "{refusal}");
        Ok(())
    });
}

#[test]
fn s28_a_national_cloud_sees_its_own_regions_only() {
    let government = "service_provider = \"Equinix\"\npeering_location = \"Washington DC\"\n\
        cloud = \"AzureUSGovernment\"";
    let china = "service_provider = \"China Telecom\"\npeering_location = \"Beijing\"";
    let plan = regional(government, "Premium_MeteredData", "usgovvirginia");
    let of_government =
        |plan: Plan| plan.to_toml().replace("service-tags-excerpt.json", "service-tags-us-government.json");
    lab::run(&[Kind::Bird], plan.clone(), |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Bird, MICROSOFT, &[])?;
        let before = until("the session is up", || msee.established(MICROSOFT, "ipv4"))?;
        let nothing = |seen: &[SeenRoute]| {
            ensure!(seen.is_empty(), "{seen:?}");
            Ok(())
        };
        sent(&*customer, nothing)?;
        msee.reload(&of_government(plan))?;
        sent(&*customer, |seen| {
            let values = values(seen);
            ensure!(values.iter().eq(["51105", "51106"]), "{values:?}");
            Ok(())
        })?;
        for (place, region) in [(government, "westus"), (china, "westeurope"), (china, "usgovvirginia")] {
            let refusal = refused(&msee, &regional(place, "Premium_MeteredData", region).to_toml())?;
            ensure!(refusal.contains("national clouds are isolated"), "{refusal}");
        }
        msee.reload(&regional(china, "Premium_MeteredData", "chinaeast2").to_toml())?;
        sent(&*customer, nothing)?;
        is_the_same_session(&before, &msee.session(MICROSOFT, "ipv4")?)
    });
}

/// A circuit with public peering, fed with the file of 2015.
fn public_peering() -> Plan {
    let file = data("PublicIPs_20200826.xml.gz");
    Plan::one_circuit(vec![Peering::public(20)])
        .with_preamble(&format!("[service_prefixes]\ndatacenter_ranges = {file:?}\n"))
}

fn microsoft_peering(settings: &str) -> Plan {
    let file = data("service-tags-excerpt.json");
    Plan::one_circuit(vec![Peering::microsoft(20).ipv4_only().setting(settings)])
        .with_preamble(&format!("[service_prefixes]\nservice_tags = {file:?}\n"))
}

/// Microsoft peering with a route filter for the regions of the excerpt, and a virtual network in a region.
fn regional(place: &str, sku: &'static str, region: &str) -> Plan {
    let values =
        ["51002", "51003", "51006", "51014", "51015", "51105", "51106"].map(|value| format!("12076:{value}"));
    let filter = format!("[[route_filter]]\nname = \"regions\"\ncommunities = {values:?}\n");
    let mut plan = microsoft_peering("route_filter = \"regions\"")
        .with_preamble(&filter)
        .with_circuit_settings(place)
        .with_sku(sku);
    plan.virtual_networks[0].settings = format!("region = {region:?}");
    plan
}

/// Waits until what the customer has from Azure passes, and returns it.
fn sent(customer: &dyn CustomerEdge, pass: impl Fn(&[SeenRoute]) -> Outcome) -> Outcome<Vec<SeenRoute>> {
    until("the customer has what it shall have", || {
        let seen = customer.received_routes(customer.msee(Family::Ipv4)?)?;
        pass(&seen)?;
        Ok(seen)
    })
}

/// The service's values that the routes carry, each once.
fn values(seen: &[SeenRoute]) -> BTreeSet<String> {
    let values = seen.iter().flat_map(|route| &route.communities);
    values.map(|value| value.trim_start_matches("12076:").to_owned()).collect()
}

/// Those of them that stand for regions.
fn regions(seen: &[SeenRoute]) -> BTreeSet<String> {
    values(seen).into_iter().filter(|value| value.len() == 5 && value.starts_with("51")).collect()
}

/// How many subnets the file of 2015 has for each of its regions.
fn published() -> Outcome<BTreeMap<String, usize>> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(data("PublicIPs_20200826.xml.gz"))?)
        .read_to_end(&mut text)?;
    let ranges = DatacenterRanges::parse(&text)?;
    Ok(ranges.counts().map(|(name, count)| (name.to_owned(), count)).collect())
}

/// The same by the value that a region is sent with; regions without one are together under no value.
fn valued(counts: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let mut valued = BTreeMap::new();
    for (name, count) in counts {
        let value = Region::of_datacenter_ranges(name)
            .and_then(|region| region.community(::msee::azure::region::Regional::All))
            .map_or_else(String::new, |value| value.to_string());
        *valued.entry(value).or_default() += count;
    }
    valued
}

fn by_region(seen: &[SeenRoute]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for route in seen {
        *counts.entry(route.communities.join(" ")).or_default() += 1;
    }
    counts
}

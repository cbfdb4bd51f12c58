//! Circuits that are ordered, grow and end on the running daemon, by their owner and by the provider.

use crate::lab::{
    self,
    expect::{all_established, customer_has, is_the_same_session, refused},
    failure::{Outcome, ensure},
    msee::Msee,
    plan::{Circuit, Peering, Plan, VirtualNetwork, private_prefixes},
    wait::until,
};
use ::msee::{azure::Router, cli::gen_ce::Kind};

const AT_AMSTERDAM: &str = "service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"\n";
const PRIMARY: &str = "ams-1/private/primary";

#[test]
fn s01_a_circuit_is_ordered_provisioned_peered_and_deleted() {
    // The lab has the links of both circuits; the file only the first.
    lab::run(&[Kind::Bird], two_circuits(), |lab| {
        let mut file = lab.plan().clone();
        file.circuits.truncate(1);
        let msee = lab.msee_with(&file)?;
        let _customers = [Router::Primary, Router::Secondary]
            .map(|router| lab.edge(Kind::Bird, &format!("ams-1/private/{router}"), &private_prefixes(2)));
        all_established(&msee)?;
        let before = msee.session(PRIMARY, "ipv4")?;

        let order = ["circuit", "create", "ams-2", "service_provider=Equinix", "peering_location=Amsterdam"];
        let said = msee.run(&[&order[..], &["bandwidth_mbps=500"]].concat())?;
        let key =
            said.lines().find_map(|line| line.strip_prefix("service key: ")).unwrap_or_default().to_owned();
        ensure!(key.len() == 36 && key.matches('-').count() == 4, "no GUID in {said}");
        let states = |provider: &str| {
            let circuit = &msee.circuits()?[1];
            let seen = (&circuit["circuitProvisioningState"], &circuit["serviceProviderProvisioningState"]);
            ensure!(seen == (&"Enabled".into(), &provider.into()), "{circuit}");
            ensure!(circuit["serviceKey"] == key.as_str(), "{circuit}");
            Ok(())
        };
        states("NotProvisioned")?;

        for (key, value, cause) in [
            ("service_provider", "Equinics", "service provider \"Equinics\" does not exist"),
            ("peering_location", "Atlantis", "peering location \"Atlantis\" does not exist"),
        ] {
            let mut wrong = order.map(str::to_owned);
            wrong[2] = "ams-3".to_owned();
            wrong[if key == "service_provider" { 3 } else { 4 }] = format!("{key}={value}");
            let refusal = fails(&msee, &wrong.each_ref().map(String::as_str))?;
            ensure!(refusal.contains(cause), "{refusal}");
        }
        let early = fails(&msee, &["circuit", "set", "ams-2", "virtual_networks=[\"spoke\"]"])?;
        let azures = format!(
            "ServiceProviderNotProvisioned: The current cross connection provisioning state 'NotProvisioned' of this \
             service key '{key}' prevents this operation."
        );
        ensure!(early.contains(&azures), "{early}");
        let early = fails(&msee, &peering_of_the_second())?;
        ensure!(early.contains("ServiceProviderNotProvisioned"), "{early}");

        msee.run(&["circuit", "provider-state", "ams-2", "Provisioning"])?;
        states("Provisioning")?;
        msee.run(&["circuit", "provider-state", "ams-2", "Provisioned"])?;
        states("Provisioned")?;
        msee.run(&peering_of_the_second())?;
        msee.run(&["circuit", "set", "ams-2", "virtual_networks=[\"spoke\"]"])?;
        let customer = lab.edge(Kind::Bird, "ams-2/private/primary", &private_prefixes(1))?;
        customer_has(&*customer, &["10.2.0.0/16"])?;

        let refusal = fails(&msee, &["circuit", "delete", "ams-2"])?;
        ensure!(
            refusal.contains("ConflictError") && refusal.contains("is not in Deprovisioned state"),
            "{refusal}"
        );
        // A reload of the file does not know the circuit, and leaves it alone.
        msee.run(&["reload"])?;
        states("Provisioned")?;
        msee.run(&["peering", "delete", "ams-2/private"])?;
        msee.run(&["circuit", "set", "ams-2", "virtual_networks="])?;
        msee.run(&["circuit", "provider-state", "ams-2", "Deprovisioning"])?;
        // It is given up, and gone when the provider is ready.
        msee.run(&["circuit", "delete", "ams-2"])?;
        let circuit = msee.circuits()?[1].clone();
        ensure!(circuit["circuitProvisioningState"] == "Disabling", "{circuit}");
        msee.run(&["circuit", "provider-state", "ams-2", "NotProvisioned"])?;
        ensure!(msee.circuits()?.as_array().map(Vec::len) == Some(1), "{}", msee.circuits()?);
        is_the_same_session(&before, &msee.session(PRIMARY, "ipv4")?)
    });
}

#[test]
fn s30_bandwidth_grows_without_a_reset_until_the_port_is_full() {
    let port = "[[express_route_port]]\nname = \"eq-ams\"\npeering_location = \"Amsterdam\"\nbandwidth_gbps = 10\n\
        service_provider = \"Equinix\"\n";
    let plan = two_circuits().with_preamble(port).with_circuit_settings("bandwidth_mbps = 1000");
    lab::run(&[Kind::Frr], plan, |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Frr, PRIMARY, &private_prefixes(3))?;
        let before = until("the session is up", || msee.established(PRIMARY, "ipv4"))?;
        msee.run(&["circuit", "set", "ams-1", "bandwidth_mbps=2000"])?;
        ensure!(msee.circuits()?[0]["bandwidthInMbps"] == 2000, "{}", msee.circuits()?);
        for (arguments, cause) in [
            (["circuit", "set", "ams-1", "bandwidth_mbps=10000"], "port eq-ams (10 Gbps) has no capacity"),
            (
                ["circuit", "set", "ams-1", "bandwidth_mbps=1000"],
                "the bandwidth cannot be reduced from 2 Gbps to 1 Gbps",
            ),
            (["circuit", "set", "ams-1", "sku=Local_UnlimitedData"], "a circuit does not become Local"),
        ] {
            let refusal = fails(&msee, &arguments)?;
            ensure!(refusal.contains(cause), "{refusal}");
        }
        // The file cannot do what the operation cannot.
        let smaller = two_circuits().with_preamble(port).with_circuit_settings("bandwidth_mbps = 500");
        let refusal = refused(&msee, &smaller.to_toml())?;
        ensure!(refusal.contains("cannot be reduced"), "{refusal}");

        msee.run(&["circuit", "set", "ams-1", "sku=Premium_UnlimitedData"])?;
        let refusal = fails(&msee, &["circuit", "set", "ams-1", "sku=Premium_MeteredData"])?;
        ensure!(refusal.contains("UnlimitedData does not become MeteredData"), "{refusal}");
        let session = msee.session(PRIMARY, "ipv4")?;
        is_the_same_session(&before, &session)?;

        // Premium holds more than Standard takes, so the way back is closed until the customer withdraws.
        let mut customer = customer;
        customer.announce(&private_prefixes(4_001))?;
        until("4,001 prefixes are held", || {
            let held = msee.session(PRIMARY, "ipv4")?.pfx_rcd.ipv4;
            ensure!(held == 4_001, "{held}");
            Ok(())
        })?;
        let refusal = fails(&msee, &["circuit", "set", "ams-1", "sku=Standard_UnlimitedData"])?;
        ensure!(refusal.contains("ams-1/private/primary holds 4001 prefixes"), "{refusal}");
        customer.announce(&private_prefixes(3))?;
        until("Standard has room", || msee.run(&["circuit", "set", "ams-1", "sku=Standard_UnlimitedData"]))?;
        is_the_same_session(&before, &msee.session(PRIMARY, "ipv4")?)
    });
}

#[test]
fn s33_a_managed_circuit_is_peered_by_the_provider() {
    let managed =
        "service_provider = \"Colt\"\npeering_location = \"Amsterdam\"\nauthorized_by = \"provider\"";
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]).with_circuit_settings(managed);
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let customer = lab.edge(Kind::Bird, PRIMARY, &private_prefixes(1))?;
        let before = until("the session is up", || msee.established(PRIMARY, "ipv4"))?;
        for arguments in [
            vec!["peering", "set", "ams-1/private", "peer_asn=65099"],
            vec!["peering", "delete", "ams-1/private"],
            vec!["peering", "set", "ams-1/public", "peer_asn=65099", "vlan_id=200"],
        ] {
            let refusal = fails(&msee, &arguments)?;
            ensure!(refusal.contains("set by the provider and read-only for the customer"), "{refusal}");
        }
        ensure!(msee.circuits()?[0]["peerings"][0]["lastModifiedBy"] == "Provider", "{}", msee.circuits()?);
        is_the_same_session(&before, &msee.session(PRIMARY, "ipv4")?)?;
        // The customer's own part: its links.
        msee.run(&["circuit", "set", "ams-1", "virtual_networks=[]"])?;
        customer_has(&*customer, &[])?;
        msee.run(&["peering", "set", "--provider", "ams-1/private", "state=Disabled"])?;
        until("the provider has disabled the peering", || {
            let state = msee.session(PRIMARY, "ipv4")?.state;
            ensure!(state.contains("Idle"), "{state}");
            Ok(())
        })
    });
}

#[test]
fn s19_s29_s36_what_a_provider_does_not_sell_is_refused() {
    lab::run(&[], Plan::one_circuit(vec![Peering::private(0).ipv4_only()]), |lab| {
        let msee = lab.msee()?;
        let order = |provider: &str, mbps: u32, rules: &str| {
            let settings = format!(
                "service_provider = {provider:?}\npeering_location = \"Amsterdam\"\nbandwidth_mbps = {mbps}"
            );
            Plan::one_circuit(vec![Peering::private(0).ipv4_only()])
                .with_preamble(&format!("[daemon]\nrules = {rules:?}\n"))
                .with_circuit_settings(&settings)
        };
        // EXP 200 to 10,000, NSP 10 to 1,000, and today 50 to 10,000 for both.
        for (provider, mbps, rules, sold) in [
            ("Equinix", 200, "2015", true),
            ("Equinix", 10_000, "2015", true),
            ("Equinix", 50, "2015", false),
            ("Colt", 10, "2015", true),
            ("Colt", 10_000, "2015", false),
            ("Colt", 200, "2015", false),
            ("Colt", 50, "current", true),
            ("Equinix", 10, "current", false),
            ("Contoso", 70, "current", true),
            ("Contoso", 100, "current", false),
        ] {
            let contoso = "[[service_provider]]\nname = \"Contoso\"\npeering_locations = [\"Amsterdam\"]\n\
                bandwidths_mbps = [70]\n";
            // A circuit of its own, because none shrinks.
            let toml = order(provider, mbps, rules).with_preamble(contoso).to_toml();
            let toml = toml.replace("ams-1", &format!("{provider}-{mbps}-{rules}"));
            match (msee.reload(&toml), sold) {
                (Ok(_), true) => {}
                (Err(refusal), false) => {
                    let named = format!("bandwidth_mbps is {mbps}; not even {provider} sells that");
                    ensure!(refusal.to_string().contains(&named), "{refusal}");
                }
                (seen, _) => return Err(format!("{provider} {mbps} {rules}: {seen:?}").into()),
            }
        }
        // S19: not every provider had Microsoft peering in 2015.
        let windows = |provider: &str| {
            let mut plan = order(provider, 1000, "2015");
            plan.circuits[0].name = "windows";
            plan.circuits[0].peerings = vec![Peering { asn: 3333, ..Peering::microsoft(20).ipv4_only() }];
            plan.to_toml()
        };
        let refusal = refused(&msee, &windows("Megaport"))?;
        ensure!(refusal.contains("Megaport did not offer Microsoft peering in 2015"), "{refusal}");
        msee.reload(&windows("Equinix"))?;
        // S36: no direct connection in 2015, a port of one's own today.
        let direct = |rules: &str| {
            let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()])
                .with_preamble(&format!("[daemon]\nrules = {rules:?}\n"))
                .with_circuit_settings("express_route_port = \"port-1\"");
            plan.circuits[0].name = "direct";
            let port = "[[express_route_port]]\nname = \"port-1\"\npeering_location = \"Amsterdam\"\nbandwidth_gbps = 100\n";
            plan.with_preamble(port).with_circuit_settings("bandwidth_mbps = 40000").to_toml()
        };
        let refusal = refused(&msee, &direct("2015"))?;
        ensure!(refusal.contains("there is no direct connection to the edge"), "{refusal}");
        msee.reload(&direct("current"))?;
        let circuit = msee.circuits()?[0].clone();
        ensure!(
            circuit["bandwidthInMbps"] == 40_000 && circuit["peeringLocation"] == "Amsterdam",
            "{circuit}"
        );
        Ok(())
    });
}

#[test]
fn s40_providers_locations_and_sizes_are_listed() {
    lab::run(&[], Plan::one_circuit(vec![Peering::private(0).ipv4_only()]), |lab| {
        let msee = lab.msee()?;
        let table = msee.run(&["show", "providers", "--location", "Amsterdam"])?;
        let row = table.lines().find(|line| line.starts_with("Equinix")).unwrap_or_default();
        ensure!(
            row.contains("50 100 200 500 1000 2000 5000 10000") && row.contains("Silicon Valley"),
            "{table}"
        );
        ensure!(!table.contains("China Telecom"), "{table}");
        let path = "/subscriptions/s/providers/Microsoft.Network/expressRouteServiceProviders?api-version=2023-09-01";
        let list = msee.get(path)?;
        let found =
            list["value"].as_array().into_iter().flatten().find(|provider| provider["name"] == "Equinix");
        let offered = found.map(|provider| provider["properties"].clone()).unwrap_or_default();
        ensure!(
            offered["bandwidthsOffered"][4]["offerName"] == "1Gbps"
                && offered["bandwidthsOffered"][4]["valueInMbps"] == 1000,
            "{offered}"
        );
        let at_amsterdam =
            offered["peeringLocations"].as_array().is_some_and(|all| all.contains(&"Amsterdam".into()));
        ensure!(at_amsterdam, "{offered}");
        Ok(())
    });
}

/// `ams-1` linked to `hub`, `ams-2` to `spoke`.
fn two_circuits() -> Plan {
    let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    plan.virtual_networks.push(VirtualNetwork::new("spoke", &["10.2.0.0/16"]));
    plan.circuits.push(Circuit {
        name: "ams-2",
        sku: "Standard_MeteredData",
        virtual_networks: vec!["spoke".to_owned()],
        peerings: vec![Peering { asn: 65020, ..Peering::private(1).ipv4_only() }],
        settings: String::new(),
    });
    plan.with_circuit_settings(AT_AMSTERDAM)
}

fn peering_of_the_second() -> Vec<&'static str> {
    vec![
        "peering",
        "set",
        "ams-2/private",
        "peer_asn=65020",
        "vlan_id=100",
        "primary_peer_address_prefix=172.16.1.0/30",
        "secondary_peer_address_prefix=172.16.1.4/30",
        "timers={hold_s=9,keepalive_s=3,connect_retry_s=1,idle_hold_s=1}",
    ]
}

/// What a command says that must be refused.
fn fails(msee: &Msee, arguments: &[&str]) -> Outcome<String> {
    match msee.run(arguments) {
        Ok(said) => Err(format!("{arguments:?} was accepted: {said}").into()),
        Err(refusal) => Ok(refusal.to_string()),
    }
}

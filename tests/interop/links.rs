//! Links and addresses that come late, that the daemon sets itself, and that lose what is long.

use crate::lab::{
    self, Lab,
    expect::{all_established, is_the_same_session},
    failure::{Outcome, ensure},
    msee::Msee,
    namespace::Namespace,
    plan::{Peering, Plan, private_prefixes},
    process,
    wait::until,
};
use ::msee::cli::gen_ce::Kind;
use std::io::Write;

const PRIMARY: &str = "ams-1/private/primary";
const SECONDARY: &str = "ams-1/private/secondary";
const MANAGED: &str = "[daemon]\nmanage_addresses = true\n[routers.primary]\ninterface = \"link0\"\n\
                       [routers.secondary]\ninterface = \"link1\"\n";

fn without_addresses(lab: &Lab) -> Outcome<&Namespace> {
    let msee = lab.msee_namespace();
    msee.batch("addr flush dev link0\naddr flush dev link1\n")?;
    Ok(msee)
}

fn has(namespace: &Namespace, interface: &str, address: &str) -> Outcome<bool> {
    Ok(namespace.addresses(interface)?.iter().any(|own| own == address))
}

#[test]
fn managed_addresses_come_and_go_with_the_configuration_and_survive_no_kill() {
    let plan = Plan::one_circuit(vec![Peering::private(0)]).with_preamble(MANAGED);
    lab::run(&[Kind::Bird], plan.clone(), |lab| {
        let namespace = without_addresses(lab)?;
        namespace.batch("link set link0 down\naddr add 10.9.9.9/32 dev link1\n")?;
        let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(1))?;
        let mut msee = pair.msee;
        all_established(&msee)?;
        for (interface, address) in
            [("link0", "172.16.0.2/30"), ("link0", "fd99::2/126"), ("link1", "172.16.0.6/30")]
        {
            ensure!(has(namespace, interface, address)?, "{:?}", namespace.addresses(interface)?);
        }

        // One router less: its addresses go, and the other one's session stays.
        let before = msee.established(PRIMARY, "ipv4")?;
        let half = Plan::one_circuit(vec![Peering::private(0).setting("secondary = \"disabled\"")]);
        msee.reload(&half.clone().with_preamble(MANAGED).to_toml())?;
        until("the other router's addresses are gone", || {
            let left = namespace.addresses("link1")?;
            ensure!(
                !left.iter().any(|own| own.starts_with("172.16.") || own.starts_with("fd99:")),
                "{left:?}"
            );
            ensure!(left.iter().any(|own| own == "10.9.9.9/32"), "somebody else's address is gone: {left:?}");
            Ok(())
        })?;
        is_the_same_session(&before, &msee.established(PRIMARY, "ipv4")?)?;

        // A killed daemon leaves its addresses; the next one knows them, whatever its file says.
        msee.kill()?;
        ensure!(has(namespace, "link0", "172.16.0.2/30")?, "the address went with the process");
        let other = Plan::one_circuit(vec![Peering::private(8).ipv4_only()]).with_preamble(MANAGED).to_toml();
        let mut next = Msee::start(namespace, &lab.subdirectory("next")?, &other)?;
        until("only the new addresses are there", || {
            ensure!(has(namespace, "link0", "172.16.8.2/30")?, "{:?}", namespace.addresses("link0")?);
            ensure!(!has(namespace, "link0", "172.16.0.2/30")?, "{:?}", namespace.addresses("link0")?);
            Ok(())
        })?;
        next.terminate()?;
        let left = [namespace.addresses("link0")?, namespace.addresses("link1")?].concat();
        ensure!(!left.iter().any(|own| own.starts_with("172.16.")), "{left:?}");
        ensure!(left.iter().any(|own| own == "10.9.9.9/32"), "{left:?}");
        Ok(())
    });
}

/// The primary links' peerings are told apart by tags, the secondary ones' are not.
const TAGGED: &str = "[daemon]\nmanage_addresses = true\n[routers.primary]\ninterface = \"link0\"\n\
                      encapsulation = \"Dot1Q\"\n[routers.secondary]\ninterface = \"link1\"\n";

/// Whether this kernel makes VLANs; `tests/with-8021q.sh` runs one that does.
fn has_vlans(namespace: &Namespace) -> bool {
    namespace.batch("link add link link0 name vlan.1 type vlan id 1\nlink del vlan.1\n").is_ok()
}

#[test]
fn a_vlan_is_made_for_a_peering_and_goes_with_it_also_after_a_kill() {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]).with_preamble(TAGGED);
    lab::run(&[Kind::Bird], plan.clone(), |lab| {
        let namespace = without_addresses(lab)?;
        if !has_vlans(namespace) {
            // Not println!: the test harness would swallow it, and an omission must be seen.
            let _ = writeln!(
                std::io::stderr(),
                "left out: VLANs; this kernel has no 802.1Q (tests/with-8021q.sh)"
            );
            return Ok(());
        }
        namespace.batch("link set link0 down\nlink add link link0 name link0.7 type vlan id 7\n")?;
        lab.edge_namespace(PRIMARY)?.batch(
            "addr flush dev link0\nlink add link link0 name link0.100 type vlan id 100\n\
             addr add 172.16.0.1/30 dev link0.100\nlink set link0.100 up\n",
        )?;
        let pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(1))?;
        let mut msee = pair.msee;
        all_established(&msee)?;
        ensure!(has(namespace, "link0.100", "172.16.0.2/30")?, "{:?}", namespace.addresses("link0.100")?);
        ensure!(
            namespace.addresses("link0")?.iter().all(|own| own.starts_with("fe80")),
            "an address untagged"
        );

        // Another tag: another interface.
        msee.reload(&plan.to_toml().replace("vlan_id = 100", "vlan_id = 200"))?;
        until("the old interface has made way for the new one", || {
            ensure!(namespace.addresses("link0.100").is_err(), "link0.100 is still there");
            ensure!(has(namespace, "link0.200", "172.16.0.2/30")?, "no address on link0.200");
            Ok(())
        })?;

        // A killed daemon leaves it; the next one knows it, whatever its file says.
        msee.kill()?;
        ensure!(has(namespace, "link0.200", "172.16.0.2/30")?, "the interface went with the process");
        let mut next = Msee::start(namespace, &lab.subdirectory("next")?, &plan.to_toml())?;
        until("only the new interface is there", || {
            ensure!(has(namespace, "link0.100", "172.16.0.2/30")?, "no address on link0.100");
            ensure!(namespace.addresses("link0.200").is_err(), "link0.200 is still there");
            Ok(())
        })?;
        next.terminate()?;
        ensure!(namespace.addresses("link0.100").is_err(), "link0.100 has outlived the daemon");
        ensure!(namespace.addresses("link0.7").is_ok(), "somebody else's VLAN is gone");
        Ok(())
    });
}

#[test]
fn a_kernel_without_vlans_is_named_and_the_other_router_goes_on() {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]).with_preamble(TAGGED);
    lab::run(&[Kind::Bird], plan, |lab| {
        let namespace = without_addresses(lab)?;
        if has_vlans(namespace) {
            return Ok(());
        }
        let msee = lab.msee()?;
        let _edge = lab.edge(Kind::Bird, SECONDARY, &private_prefixes(1))?;
        until("the kernel's lack is named", || {
            let said = msee.circuit_event("LinkNotReady")?.message;
            ensure!(said.contains("link0.100 cannot be made: this kernel has no 802.1Q"), "{said}");
            ensure!(said.contains("modprobe 8021q"), "{said}");
            Ok(())
        })?;
        until("the other router's session is up", || msee.established(SECONDARY, "ipv4"))?;
        Ok(())
    });
}

#[test]
fn an_interface_that_comes_late_gets_its_address_and_its_session() {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]).with_preamble(MANAGED);
    lab::run(&[Kind::Bird], plan, |lab| {
        let (msee_end, edge_end) = (without_addresses(lab)?, lab.edge_namespace(PRIMARY)?);
        msee_end.batch("link del link0\n")?;
        let msee = lab.msee()?;
        until("the missing interface is named", || {
            let said = msee.circuit_event("LinkNotReady")?.message;
            ensure!(said.contains("waits for the interface link0"), "{said}");
            Ok(())
        })?;
        msee_end.batch(&format!("link add link0 type veth peer name link0 netns {}\n", edge_end.name()))?;
        edge_end.batch("addr add 172.16.0.1/30 dev link0\nlink set link0 up\n")?;
        let _edge = lab.edge(Kind::Bird, PRIMARY, &private_prefixes(1))?;
        until("the session is up", || msee.established(PRIMARY, "ipv4"))?;
        Ok(())
    });
}

#[test]
fn an_address_that_comes_late_is_waited_for_or_bound_before() {
    for (preamble, binds_before) in [("", false), ("[daemon]\nfreebind = true\n", true)] {
        let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]).with_preamble(preamble);
        lab::run(&[Kind::Bird], plan, |lab| {
            let namespace = without_addresses(lab)?;
            let msee = lab.msee()?;
            let listening = || process::output(process::inside(namespace.name(), "ss").arg("-Hltn"));
            until("what happens without the address", || {
                let bound = listening()?.contains("172.16.0.2:179");
                ensure!(bound == binds_before, "{}", listening()?);
                let waits = msee.log()?.contains("cannot listen on 172.16.0.2:179");
                ensure!(waits != binds_before, "{}", msee.log()?);
                Ok(())
            })?;
            let _edge = lab.edge(Kind::Bird, PRIMARY, &private_prefixes(1))?;
            namespace.batch("addr add 172.16.0.2/30 dev link0\n")?;
            until("the session is up", || msee.established(PRIMARY, "ipv4"))?;
            Ok(())
        });
    }
}

#[test]
fn a_link_whose_ends_differ_in_their_mtu_is_named() {
    let mut peering = Peering::private(0).ipv4_only();
    // Long enough that nobody gives the session up, and the peer is heard all the time.
    (peering.timers.hold_s, peering.timers.keepalive_s) = (90, 2);
    let plan = Plan::one_circuit(vec![peering]);
    let file = plan.to_toml();
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let _edge = lab.edge(Kind::Bird, PRIMARY, &private_prefixes(1))?;
        until("the session is up", || msee.established(PRIMARY, "ipv4"))?;
        // Too late for TCP to hear of it, and one segment is enough: a message that is longer than that.
        lab.edge_namespace(PRIMARY)?.batch("link set link0 mtu 600\n")?;
        let prefixes: Vec<String> = (0..250).map(|n| format!("10.2.{n}.0/24")).collect();
        let spoke = format!(
            "[[virtual_network]]\nname = \"spoke\"\naddress_space = {prefixes:?}\n{}",
            file.replace("virtual_networks = [\"hub\"]", "virtual_networks = [\"hub\", \"spoke\"]")
        );
        msee.reload(&spoke)?;
        until("the cause is named", || {
            let session = msee.established(PRIMARY, "ipv4")?;
            let (cause, remedy) = (session.diagnosis.unwrap_or_default(), session.remedy.unwrap_or_default());
            ensure!(cause.contains("stall") && remedy.contains("the same MTU"), "{cause:?}, {remedy:?}");
            Ok(())
        })?;
        until("an event says so", || msee.event(PRIMARY, "SegmentsLost"))?;
        lab.edge_namespace(PRIMARY)?.batch("link set link0 mtu 1500\n")?;
        until("nothing stalls any more", || {
            let session = msee.established(PRIMARY, "ipv4")?;
            ensure!(session.diagnosis.is_none() && session.pfx_snt.ipv4 == 251, "{session:?}");
            Ok(())
        })?;
        Ok(())
    });
}

//! What an operator has done outlives the daemon, and a disk that fails disturbs no session.

use crate::lab::{
    self, Lab,
    expect::{all_established, is_the_same_session},
    failure::{Outcome, ensure},
    msee::Msee,
    plan::{Circuit, Peering, Plan, private_prefixes},
    wait::until,
};
use ::msee::cli::gen_ce::Kind;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const PRIMARY: &str = "ams-1/private/primary";
const SECONDARY: &str = "ams-1/private/secondary";
const LINKS_OF_THE_SECOND: [&str; 5] = [
    "peer_asn=65020",
    "vlan_id=100",
    "primary_peer_address_prefix=172.16.1.0/30",
    "secondary_peer_address_prefix=172.16.1.4/30",
    "timers={hold_s=9,keepalive_s=3,connect_retry_s=1,idle_hold_s=1}",
];

#[test]
fn what_operations_did_survives_a_kill_and_a_reload() {
    // The lab has the links of both circuits; the file only the first.
    lab::run(&[Kind::Bird], two_circuits(), |lab| {
        let file = file(lab);
        let mut msee = lab.msee_with(&file)?;
        let _customers = [PRIMARY, SECONDARY, "ams-2/private/primary", "ams-2/private/secondary"]
            .map(|attachment| lab.edge(Kind::Bird, attachment, &private_prefixes(2)));
        all_established(&msee)?;
        let order = ["service_provider=Equinix", "peering_location=Amsterdam", "bandwidth_mbps=500"];
        msee.run(&[&["circuit", "create", "ams-2"][..], &order].concat())?;
        for state in ["Provisioning", "Provisioned"] {
            msee.run(&["circuit", "provider-state", "ams-2", state])?;
        }
        msee.run(&[&["peering", "set", "ams-2/private"][..], &LINKS_OF_THE_SECOND].concat())?;
        msee.run(&["circuit", "set", "ams-1", "bandwidth_mbps=2000"])?;
        msee.run(&["disable", SECONDARY, "--message", "until morning"])?;
        let is_as_it_was = |msee: &Msee, key: &Value| {
            until("three sessions are up, the fourth is disabled", || {
                for attachment in [PRIMARY, "ams-2/private/primary", "ams-2/private/secondary"] {
                    msee.established(attachment, "ipv4")?;
                }
                let stopped = msee.session(SECONDARY, "ipv4")?;
                ensure!(stopped.state == "Idle (Admin)", "{stopped:?}");
                Ok(())
            })?;
            let circuits = msee.circuits()?;
            ensure!(circuits[0]["bandwidthInMbps"] == 2000, "{circuits}");
            ensure!(circuits[1]["name"] == "ams-2" && circuits[1]["serviceKey"] == *key, "{circuits}");
            Ok(())
        };
        let key = msee.circuits()?[1]["serviceKey"].clone();
        is_as_it_was(&msee, &key)?;

        msee.kill_and_start()?;
        is_as_it_was(&msee, &key)?;
        let restored = msee.circuit_event("StateRestored")?;
        for part in ["bandwidth_mbps added", "circuit ams-2 added", "ams-1/private/secondary disabled"] {
            ensure!(restored.message.contains(part), "{restored:?}");
        }
        let before = msee.session(PRIMARY, "ipv4")?;
        msee.reload(&file.to_toml())?;
        is_as_it_was(&msee, &key)?;
        is_the_same_session(&before, &msee.session(PRIMARY, "ipv4")?)?;

        // A file that was changed since has the last word about what it changes, and about nothing else.
        let edited = file.clone().with_circuit_settings("bandwidth_mbps = 5000");
        fs::write(msee.file(), edited.to_toml())?;
        msee.kill_and_start()?;
        let circuits = msee.circuits()?;
        ensure!(circuits[0]["bandwidthInMbps"] == 5000 && circuits[1]["name"] == "ams-2", "{circuits}");
        let refused = msee.circuit_event("StateRefused")?;
        ensure!(refused.message.contains("circuit ams-1, bandwidth_mbps"), "{refused:?}");

        msee.run(&["enable", SECONDARY])?;
        msee.kill_and_start()?;
        all_established(&msee)
    });
}

#[test]
fn a_broken_state_file_is_named_and_set_aside() {
    lab::run(&[], Plan::one_circuit(vec![Peering::private(0).ipv4_only()]), |lab| {
        let mut msee = lab.msee_with(&file(lab))?;
        msee.run(&["disable", PRIMARY])?;
        let state = msee.file().with_file_name("state").join("operations.toml");
        for (mistake, cause) in [
            ("[[change]\n".to_owned(), "TOML parse error at line 1"),
            (fs::read_to_string(&state)?.replace("primary", "third"), "\"third\" is not a router"),
            (
                "[[change]]\ncircuit = \"ams-1\"\nkey = \"bandwidth_mbps\"\nis = 77\n".to_owned(),
                "bandwidth_mbps is 77",
            ),
        ] {
            fs::write(&state, &mistake)?;
            msee.kill_and_start()?;
            let event = msee.circuit_event("StateRefused")?;
            ensure!(
                event.message.contains(cause) && event.message.contains("operations.toml.broken"),
                "{event:?}"
            );
            ensure!(fs::read_to_string(state.with_extension("toml.broken"))? == mistake, "{mistake} is lost");
            ensure!(!state.exists(), "it is still in the way");
            let session = msee.session(PRIMARY, "ipv4")?;
            ensure!(session.state != "Idle (Admin)", "{session:?}");
        }
        Ok(())
    });
}

#[test]
fn a_full_disk_is_counted_and_disturbs_no_session() {
    lab::run(&[Kind::Bird], Plan::one_circuit(vec![Peering::private(0).ipv4_only()]), |lab| {
        // Before the daemon, which has the mounts that there are when it starts.
        let state = lab.subdirectory("state")?;
        let disk = Disk::mount(&state)?;
        let file = lab.plan().clone().with_preamble(&format!("[daemon]\nstate_dir = {state:?}\n"));
        let mut msee = lab.msee_with(&file)?;
        let _customers =
            [PRIMARY, SECONDARY].map(|attachment| lab.edge(Kind::Bird, attachment, &private_prefixes(2)));
        all_established(&msee)?;
        disk.fill();
        let before = msee.session(PRIMARY, "ipv4")?;
        let said = msee.run(&["circuit", "set", "ams-1", "bandwidth_mbps=2000"])?;
        ensure!(
            said.contains("the next start would not know of it") && said.contains("No space left"),
            "{said}"
        );
        let event = msee.circuit_event("StateUnsaved")?;
        ensure!(event.message.contains("No space left"), "{event:?}");
        let status = msee.status()?["state"].clone();
        ensure!(status["errors"].as_u64() > Some(0) && status["failure"].is_string(), "{status}");
        is_the_same_session(&before, &msee.session(PRIMARY, "ipv4")?)?;
        ensure!(msee.circuits()?[0]["bandwidthInMbps"] == 2000, "the operation itself was carried out");

        disk.make_room()?;
        until("it is written as soon as there is room", || {
            let status = msee.status()?["state"].clone();
            ensure!(status["failure"].is_null(), "{status}");
            Ok(())
        })?;
        msee.circuit_event("StateSaved")?;
        msee.kill_and_start()?;
        ensure!(msee.circuits()?[0]["bandwidthInMbps"] == 2000, "{}", msee.circuits()?);
        Ok(())
    });
}

fn file(lab: &Lab) -> Plan {
    let mut file = lab.plan().clone();
    file.circuits.truncate(1);
    file.with_preamble("[daemon]\nstate_dir = \"state\"\n")
}

fn two_circuits() -> Plan {
    let mut plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    plan.circuits.push(Circuit {
        name: "ams-2",
        sku: "Standard_MeteredData",
        virtual_networks: Vec::new(),
        peerings: vec![Peering { asn: 65020, ..Peering::private(1).ipv4_only() }],
        settings: String::new(),
    });
    plan
}

/// A small file system.
struct Disk<'a> {
    at: &'a Path,
}

impl<'a> Disk<'a> {
    const OCTETS: usize = 64 << 10;

    fn mount(at: &'a Path) -> Outcome<Self> {
        let options = format!("size={}", Self::OCTETS);
        lab::process::output(Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at))?;
        Ok(Self { at })
    }

    /// The last write is refused; what fits is there.
    fn fill(&self) {
        let _ = fs::write(self.filling(), vec![0; 2 * Self::OCTETS]);
    }

    fn filling(&self) -> PathBuf {
        self.at.join("filling")
    }

    fn make_room(&self) -> Outcome {
        Ok(fs::remove_file(self.filling())?)
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.at).status();
    }
}

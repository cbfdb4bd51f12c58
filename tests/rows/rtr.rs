//! What RPKI says by way of an RTR server decides whose prefixes are, while sessions run.

use crate::{
    data,
    lab::{
        self, Lab,
        expect::is_the_same_session,
        failure::{Outcome, ensure},
        msee::Msee,
        needs::Need,
        plan::{Peering, Plan},
        process::{self, Process, Signal},
        wait::until,
    },
};
use ::msee::cli::gen_ce::Kind;
use std::{fs, path::PathBuf};

const SERVER: &str = "127.0.0.1:3323";
const PRIVATE: &str = "ams-1/private/primary";
const MICROSOFT: &str = "ams-1/microsoft/primary";
/// No database has it.
const PREFIX: &str = "198.133.206.0/24";
const CUSTOMERS: u32 = 3333;
const SOMEBODY_ELSES: u32 = 3334;

#[test]
fn s23_an_rtr_server_decides_while_sessions_run() {
    lab::run_with(&[Need::Daemon(Kind::Bird), Need::Stayrtr], plan(), |lab| {
        // The server is not there yet, which is no reason not to start.
        let mut msee = lab.msee()?;
        let _customers = [PRIVATE, MICROSOFT]
            .map(|attachment| lab.edge(Kind::Bird, attachment, &["193.0.0.0/24".parse()?]));
        let unconcerned = until("private peering is up", || msee.established(PRIVATE, "ipv4"))?;
        until("Microsoft peering waits", || {
            is_held(&msee, "Configuring", "the RTR server has not said anything")
        })?;
        let lost = until("the missing server is reported", || msee.circuit_event("RtrLost"))?;
        ensure!(lost.message.contains(SERVER) && lost.message.contains("has not said anything"), "{lost:?}");

        let cache = Cache::new(lab)?;
        cache.says(CUSTOMERS)?;
        let server = cache.serve("first")?;
        let session = until("the ROA brings the session up", || msee.established(MICROSOFT, "ipv4"))?;
        decided(&msee, "ROA for 198.133.206.0/24 of AS3333")?;
        msee.circuit_event("RtrConnected")?;
        let table = msee.run(&["show", "status"])?;
        ensure!(table.contains("127.0.0.1:3323: 1 ROA payloads, serial"), "{table}");

        cache.says(SOMEBODY_ELSES)?;
        until("another holder ends it", || {
            is_held(&msee, "ValidationNeeded", "the ROA for 198.133.206.0/24 is for AS3334")
        })?;
        let changed = msee.circuit_event("RegistryChanged")?;
        ensure!(changed.message.contains("Configured → ValidationNeeded"), "{changed:?}");
        cache.says(CUSTOMERS)?;
        let again = until("the right one brings it back", || msee.established(MICROSOFT, "ipv4"))?;
        ensure!(again.connections_established > session.connections_established, "{again:?}");

        server.signal(Signal::Kill)?;
        drop(server);
        let lost = until("the loss is reported", || {
            let event = msee.circuit_event("RtrLost")?;
            ensure!(event.message.contains("holds for another"), "{event:?}");
            Ok(event)
        })?;
        ensure!(lost.message.contains(SERVER), "{lost:?}");
        let status = msee.status()?["rtr"].clone();
        ensure!(status["payloads"] == 1 && status["failure"].is_string(), "{status}");
        // A reload while it is lost forgets nothing of what it has said.
        msee.reload(&plan().to_toml())?;
        is_the_same_session(&again, &msee.session(MICROSOFT, "ipv4")?)?;
        until("what it has said expires", || is_held(&msee, "Configuring", "no route object covers"))?;
        msee.circuit_event("RtrExpired")?;

        let _server = cache.serve("second")?;
        until("a new server, with another session, brings it back", || msee.established(MICROSOFT, "ipv4"))?;
        is_the_same_session(&unconcerned, &msee.session(PRIVATE, "ipv4")?)?;
        msee.terminate()
    });
}

/// What a validator would have written, and a server that serves it.
struct Cache<'a> {
    lab: &'a Lab,
    file: PathBuf,
}

impl<'a> Cache<'a> {
    fn new(lab: &'a Lab) -> Outcome<Self> {
        Ok(Self { lab, file: lab.subdirectory("rpki")?.join("vrps.json") })
    }

    fn says(&self, asn: u32) -> Outcome {
        let roa = format!(
            "{{\"asn\": \"AS{asn}\", \"prefix\": \"{PREFIX}\", \"maxLength\": 24, \"ta\": \"ripe\"}}"
        );
        let next = self.file.with_extension("next");
        fs::write(&next, format!("{{\"metadata\": {{}}, \"roas\": [{roa}]}}"))?;
        Ok(fs::rename(next, &self.file)?)
    }

    fn serve(&self, name: &str) -> Outcome<Process> {
        let mut command = process::inside(self.lab.msee_namespace().name(), "stayrtr");
        command.args(["-bind", SERVER, "-checktime=false", "-metrics.addr", "127.0.0.1:3324"]);
        command.args(["-refresh", "1", "-rtr.refresh", "2", "-rtr.retry", "1", "-rtr.expire", "6", "-cache"]);
        command.arg(&self.file);
        Process::spawn(command, &self.file.with_file_name(format!("stayrtr-{name}.log")))
    }
}

fn plan() -> Plan {
    let list = format!("advertised_public_prefixes = [\"193.0.0.0/21\", {PREFIX:?}]");
    let microsoft = Peering { asn: CUSTOMERS, ..Peering::microsoft(20).ipv4_only() }.setting(&list);
    let registry = format!("[registry]\nrpsl = [{:?}]\nrtr = {SERVER:?}\n", data("registry.db"));
    Plan::one_circuit(vec![Peering::private(0).ipv4_only(), microsoft]).with_preamble(&registry)
}

fn is_held(msee: &Msee, state: &str, cause: &str) -> Outcome {
    let session = msee.session(MICROSOFT, "ipv4")?;
    let said = session.diagnosis.clone().unwrap_or_default();
    ensure!(session.state != "Established" && said.contains(state) && said.contains(cause), "{session:?}");
    let seen = config(msee)?["advertisedPublicPrefixesState"].clone();
    ensure!(seen == state, "{seen}");
    Ok(())
}

fn decided(msee: &Msee, object: &str) -> Outcome {
    let findings = config(msee)?["findings"].clone();
    let found = findings.as_array().into_iter().flatten().any(|finding| finding["because"] == object);
    ensure!(found, "{findings}");
    Ok(())
}

fn config(msee: &Msee) -> Outcome<serde_json::Value> {
    Ok(msee.circuits()?[0]["peerings"][1]["microsoftPeeringConfig"].clone())
}

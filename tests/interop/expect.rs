//! `msee expect` beside a lab that does what is expected, and one that does not.

use crate::lab::{
    self, Lab,
    failure::{Outcome, ensure},
    msee,
    plan::{Peering, Plan, private_prefixes},
};
use ::msee::cli::gen_ce::Kind;
use std::{fs, path::PathBuf, process::Output};

/// Runs the verb on a file with this text.
fn expect(lab: &Lab, name: &str, text: &str) -> Outcome<(Output, PathBuf)> {
    let directory = lab.subdirectory(name)?;
    let (file, report) = (directory.join("expect.toml"), directory.join("junit.xml"));
    fs::write(&file, text)?;
    let mut command = msee::command_in(lab.msee_namespace().name());
    Ok((command.arg("expect").arg(&file).arg("--junit").arg(&report).output()?, report))
}

#[test]
fn a_lab_is_graded_by_its_exit_code_and_its_report() {
    lab::run(&[Kind::Bird], Plan::one_circuit(vec![Peering::private(0).ipv4_only()]), |lab| {
        let _pair = lab.pair(Kind::Bird, "ams-1/private", &private_prefixes(3))?;
        let good = r#"
            [[session]]
            attachment = "ams-1/private"
            [[route]]
            attachment = "ams-1/private"
            prefix = "10.64.2.0/24"
            as_path = "65010"
            [[route]]
            attachment = "ams-1/private"
            prefix = "10.64.3.0/24"
            present = false
            [[route]]
            attachment = "ams-1/private/secondary"
            direction = "advertised"
            prefix = "10.1.0.0/16"
            as_path = "12076"
            next_hop = "172.16.0.6"
            [[limit]]
            attachment = "ams-1/private"
            max = 4000
            held = 3
            state = "Ok"
            [[lookup]]
            virtual_network = "hub"
            address = "10.64.2.9"
            prefix = "10.64.2.0/24"
            next_hops = ["172.16.0.5", "172.16.0.1"]
            [[effective_route]]
            virtual_network = "hub"
            prefix = "10.64.0.0/24"
            next_hops = ["172.16.0.1", "172.16.0.5"]
        "#;
        let (ended, report) =
            expect(lab, "good", &good.replace("[[session]]", "within_s = 60\n[[session]]"))?;
        let said = String::from_utf8_lossy(&ended.stdout);
        ensure!(ended.status.success(), "{said}{}", String::from_utf8_lossy(&ended.stderr));
        ensure!(said.lines().count() == 11 && said.lines().all(|line| line.starts_with("ok ")), "{said}");
        let xml = fs::read_to_string(report)?;
        ensure!(xml.contains("tests=\"11\" failures=\"0\""), "{xml}");

        let (ended, report) = expect(
            lab,
            "bad",
            &good.replace("held = 3", "held = 4").replace("[[session]]", "within_s = 1\n[[session]]"),
        )?;
        let said = String::from_utf8_lossy(&ended.stdout);
        ensure!(ended.status.code() == Some(1), "{said}");
        ensure!(said.contains("FAILED  limit ams-1/private/primary ipv4, max 4000, held 4, Ok"), "{said}");
        ensure!(said.contains("not within 1 s; last seen: max 4000, held 3, Ok"), "{said}");
        let xml = fs::read_to_string(report)?;
        ensure!(xml.contains("failures=\"2\"") && xml.matches("<failure").count() == 2, "{xml}");

        let (ended, report) = expect(lab, "wrong", "[[session]]\nattachment = \"ams-1\"\n")?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.code() == Some(2) && said.contains("CIRCUIT/KIND"), "{said}");
        ensure!(!report.exists(), "a report of nothing");
        Ok(())
    });
}

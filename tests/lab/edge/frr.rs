//! FRR: `zebra` and `bgpd`, driven with `vtysh`.

use super::{CustomerEdge, Notification, Origin, SeenRoute, Site, after, difference};
use crate::lab::{
    failure::{Failure, Outcome},
    process::{self, Process},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};
use ipnet::IpNet;
use serde_json::{Deserializer, Value};
use std::{fmt::Write, fs, net::IpAddr, path::Path, process::Command};

const DIRECTORY: &str = "/usr/lib/frr";

pub(crate) struct Frr {
    site: Site,
    zebra: Process,
    bgpd: Process,
}

impl Frr {
    pub(crate) fn start(site: Site) -> Outcome<Self> {
        site.write_configuration(Kind::Frr)?;
        // zebra gives up root for this user, and keeps its sockets here.
        process::output(Command::new("chown").arg("frr:frr").arg(&site.directory))?;
        fs::write(site.path("zebra.conf"), "")?;
        let zebra = spawn(&site, "zebra", "zebra.conf", &[])?;
        until("zebra listens", || Ok(fs::metadata(site.path("zserv.api"))?))?;
        // bgpd stays root: as the user frr it could not read a directory that only this test may read.
        let bgpd = spawn(&site, "bgpd", "frr.conf", &["--skip_runas"])?;
        let frr = Self { site, zebra, bgpd };
        until("bgpd answers", || frr.vtysh(&["show bgp summary json"]))?;
        Ok(frr)
    }

    fn vtysh(&self, commands: &[&str]) -> Outcome<String> {
        let mut vtysh = Command::new("vtysh");
        vtysh.arg("--vty_socket").arg(&self.site.directory).args(["-d", "bgpd"]);
        for command in commands {
            vtysh.args(["-c", command]);
        }
        process::output(&mut vtysh)
    }

    fn show(&self, command: &str) -> Outcome<Value> {
        let text = self.vtysh(&[command])?;
        serde_json::from_str(&text).map_err(|error| format!("{command}: {error}: {text}").into())
    }
}

fn spawn(site: &Site, daemon: &str, configuration: &str, more: &[&str]) -> Outcome<Process> {
    let mut command = process::inside(&site.namespace, Path::new(DIRECTORY).join(daemon));
    command.args(["-A", "127.0.0.1", "-P", "0", "--log", "stdout"]).args(more);
    command.arg("-f").arg(site.path(configuration));
    command.arg("-i").arg(site.path(&format!("{daemon}.pid")));
    command.arg("-z").arg(site.path("zserv.api"));
    command.arg("--vty_socket").arg(&site.directory);
    Process::spawn(command, &site.path(&format!("{daemon}.log")))
}

impl CustomerEdge for Frr {
    fn site(&self) -> &Site {
        &self.site
    }

    fn processes(&self) -> Vec<&Process> {
        vec![&self.zebra, &self.bgpd]
    }

    fn announce(&mut self, prefixes: &[IpNet]) -> Outcome {
        let configuration = &mut self.site.configuration;
        let (added, removed) = difference(&configuration.announced, prefixes);
        let mut commands = format!("router bgp {}\n", configuration.asn);
        for family in Family::ALL {
            writeln!(commands, " address-family {family} unicast")?;
            for (no, nets) in [("", &added), ("no ", &removed)] {
                for net in nets.iter().filter(|net| Family::of(net) == family) {
                    writeln!(commands, "  {no}network {net}")?;
                }
            }
            writeln!(commands, " exit-address-family")?;
        }
        configuration.announced = prefixes.to_vec();
        let file = self.site.path("announce.conf");
        fs::write(&file, commands)?;
        let mut vtysh = Command::new("vtysh");
        vtysh.arg("--vty_socket").arg(&self.site.directory).args(["-d", "bgpd", "-f"]).arg(file);
        process::output(&mut vtysh).map(drop)
    }

    fn is_established(&self, neighbor: IpAddr) -> Outcome<bool> {
        let shown = self.show(&format!("show bgp neighbors {neighbor} json"))?;
        Ok(shown[neighbor.to_string()]["bgpState"] == "Established")
    }

    fn received_routes(&self, neighbor: IpAddr) -> Outcome<Vec<SeenRoute>> {
        let family = if neighbor.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 };
        let shown = self.show(&format!("show bgp {family} unicast neighbors {neighbor} routes json"))?;
        let Some(table) = shown["routes"].as_object() else { return Ok(Vec::new()) };
        // The table has no communities; each prefix by itself has all.
        let commands: Vec<_> =
            table.keys().map(|prefix| format!("show bgp {family} unicast {prefix} json")).collect();
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let text = self.vtysh(&commands.iter().map(String::as_str).collect::<Vec<_>>())?;
        let mut seen = Vec::new();
        for prefix in Deserializer::from_str(&text).into_iter::<Value>() {
            let prefix = prefix?;
            let paths = prefix["paths"].as_array().into_iter().flatten();
            for path in paths.filter(|path| path["peer"]["peerId"] == neighbor.to_string()) {
                seen.push(route(&prefix, path)?);
            }
        }
        seen.sort();
        Ok(seen)
    }

    fn only_to_customer(&self, neighbor: IpAddr, prefix: IpNet) -> Outcome<Option<u32>> {
        let family = Family::of(&prefix);
        let shown = self.show(&format!("show bgp {family} unicast {prefix} json"))?;
        let mut paths = shown["paths"].as_array().into_iter().flatten();
        let path = paths.find(|path| path["peer"]["peerId"] == neighbor.to_string());
        Ok(path.and_then(|path| path["otc"].as_u64()).map(u32::try_from).transpose()?)
    }

    fn notifications(&self, neighbor: IpAddr) -> Outcome<Vec<Notification>> {
        // `show bgp neighbors` forgets them with the next connection; the log does not.
        let mark = format!("%NOTIFICATION: received from neighbor {neighbor} ");
        after(&self.bgpd.log()?, &mark).map(notification).collect()
    }

    fn crash(&mut self) -> Outcome {
        self.bgpd.kill()
    }

    fn start_again(&mut self, announced: &[IpNet]) -> Outcome {
        self.site.configuration.announced = announced.to_vec();
        self.site.write_configuration(Kind::Frr)?;
        self.bgpd = spawn(&self.site, "bgpd", "frr.conf", &["--skip_runas"])?;
        until("bgpd answers", || self.vtysh(&["show bgp summary json"])).map(drop)
    }

    fn clear(&self, neighbor: IpAddr) -> Outcome {
        self.vtysh(&[&format!("clear bgp {neighbor}")]).map(drop)
    }

    fn version(&self) -> Outcome<String> {
        Ok(self.vtysh(&["show version"])?.lines().next().unwrap_or_default().to_owned())
    }
}

fn route(prefix: &Value, path: &Value) -> Outcome<SeenRoute> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let hops = path["nexthops"].as_array().into_iter().flatten();
    let global = hops.clone().find(|hop| hop["scope"] != "link-local");
    let next_hop = global.ok_or_else(|| Failure::from(format!("no next hop in {path}")))?;
    let mut communities: Vec<_> =
        path["community"]["list"].as_array().into_iter().flatten().map(text).collect();
    communities.sort();
    Ok(SeenRoute {
        prefix: text(&prefix["prefix"]).parse()?,
        next_hop: text(&next_hop["ip"]).parse()?,
        as_path: text(&path["aspath"]["string"]),
        origin: Origin::parse(&text(&path["origin"]))?,
        communities,
    })
}

/// FRR writes `6/2 (Cease/Administrative Shutdown) "text"`, or a count of octets in the text's place.
fn notification(said: &str) -> Outcome<Notification> {
    let codes = said.split_whitespace().next().and_then(|codes| codes.split_once('/'));
    let (code, subcode) = codes.ok_or_else(|| Failure::from(format!("no code in {said}")))?;
    let text = said.split_once('"').map(|(_, text)| text.trim_end().trim_end_matches('"').to_owned());
    Ok(Notification { code: code.parse()?, subcode: subcode.parse()?, text })
}

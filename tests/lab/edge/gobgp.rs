//! GoBGP, driven with `gobgp`.

use super::{CustomerEdge, Notification, Origin, SeenRoute, Site, after, difference, mrt};
use crate::lab::{
    failure::{Failure, Outcome, ensure},
    process::{self, Process},
    wait::until,
};
use ::msee::{cli::gen_ce::Kind, family::Family};
use ipnet::IpNet;
use serde_json::Value;
use std::{collections::HashSet, fs, net::IpAddr, process::Command};

/// Up to here each prefix is a command of its own; beyond, one MRT file carries them all.
const FEW: usize = 50;

pub(crate) struct Gobgp {
    site: Site,
    process: Process,
    /// What came from an MRT file: it has the file's peer as its source, and `gobgp global rib del` takes only what has none.
    injected: HashSet<IpNet>,
}

impl Gobgp {
    pub(crate) fn start(mut site: Site) -> Outcome<Self> {
        let announced = std::mem::take(&mut site.configuration.announced);
        site.write_configuration(Kind::Gobgp)?;
        let mut command = process::inside(&site.namespace, "gobgpd");
        command.args(["--log-plain", "--pprof-disable", "--api-hosts", "127.0.0.1:50051", "-f"]);
        command.arg(site.path("gobgpd.toml"));
        let process = Process::spawn(command, &site.path("gobgpd.log"))?;
        let mut gobgp = Self { site, process, injected: HashSet::new() };
        // It answers before it has read its file, and takes no route until then.
        let asn = gobgp.site.configuration.asn.get();
        until("GoBGP has its AS number", || {
            let global = gobgp.show(&["global"])?;
            ensure!(global["asn"] == asn, "{global}");
            Ok(())
        })?;
        gobgp.announce(&announced)?;
        Ok(gobgp)
    }

    fn command(&self) -> Command {
        process::inside(&self.site.namespace, "gobgp")
    }

    fn gobgp(&self, arguments: &[&str]) -> Outcome<String> {
        process::output(self.command().args(arguments))
    }

    fn show(&self, arguments: &[&str]) -> Outcome<Value> {
        let text = self.gobgp(&[&["-j"], arguments].concat())?;
        serde_json::from_str(&text).map_err(|error| format!("{arguments:?}: {error}: {text}").into())
    }

    /// Runs the script that `msee gen ce` prints for these prefixes.
    fn run_script(&mut self, prefixes: &[IpNet]) -> Outcome {
        self.site.configuration.announced = prefixes.to_vec();
        self.site.write_configuration(Kind::Gobgp)?;
        let mut script = process::inside(&self.site.namespace, "sh");
        process::output(script.arg("-e").arg(self.site.path("announce.sh"))).map(drop)
    }

    /// `gobgp mrt inject` may leave before the daemon has read all of it: what is missing, and no longer on its way, goes
    /// in again.
    fn inject_all(&mut self, prefixes: &[IpNet]) -> Outcome {
        let mut before = prefixes.len();
        self.inject(prefixes)?;
        until("GoBGP holds every injected prefix", || {
            let held = self.show(&["global", "rib", "-a", "ipv4"])?;
            let missing: Vec<_> =
                prefixes.iter().filter(|net| held.get(net.to_string()).is_none()).copied().collect();
            match missing.len() {
                0 => return Ok(()),
                still if still < before => before = still,
                1..=FEW => self.run_script(&missing)?,
                _ => self.inject(&missing)?,
            }
            Err(format!("{} prefixes were missing", missing.len()).into())
        })
    }

    fn inject(&mut self, prefixes: &[IpNet]) -> Outcome {
        let file = self.site.path("announce.mrt");
        fs::write(&file, mrt::table_dump(&self.site.configuration, prefixes)?)?;
        self.injected.extend(prefixes);
        process::output(self.command().args(["mrt", "inject", "global"]).arg(file)).map(drop)
    }
}

impl CustomerEdge for Gobgp {
    fn site(&self) -> &Site {
        &self.site
    }

    fn processes(&self) -> Vec<&Process> {
        vec![&self.process]
    }

    fn announce(&mut self, prefixes: &[IpNet]) -> Outcome {
        let old = std::mem::take(&mut self.site.configuration.announced);
        let (added, removed) = difference(&old, prefixes);
        let mut added: Vec<IpNet> = added.into_iter().copied().collect();
        // Of what was injected it withdraws all or nothing: what stays is announced again.
        let anew = removed.iter().any(|net| self.injected.contains(net));
        if anew {
            self.gobgp(&["global", "rib", "del", "all", "-a", "ipv4"])?;
            self.injected.clear();
            added =
                prefixes.iter().filter(|net| net.addr().is_ipv4() || added.contains(net)).copied().collect();
        }
        for net in removed.into_iter().filter(|net| !(anew && net.addr().is_ipv4())) {
            let family = Family::of(net).to_string();
            self.gobgp(&["global", "rib", "del", &net.to_string(), "-a", &family])?;
        }
        match added.len() {
            ..=FEW => self.run_script(&added)?,
            _ => self.inject_all(&added)?,
        }
        self.site.configuration.announced = prefixes.to_vec();
        Ok(())
    }

    fn is_established(&self, neighbor: IpAddr) -> Outcome<bool> {
        const ESTABLISHED: u64 = 6;
        let shown = self.show(&["neighbor", &neighbor.to_string()])?;
        Ok(shown["state"]["session_state"] == ESTABLISHED)
    }

    fn received_routes(&self, neighbor: IpAddr) -> Outcome<Vec<SeenRoute>> {
        let family = if neighbor.is_ipv4() { "ipv4" } else { "ipv6" };
        // adj-in of a neighbor that is down is an error in words, not JSON.
        if !self.is_established(neighbor)? {
            return Ok(Vec::new());
        }
        let shown = self.show(&["neighbor", &neighbor.to_string(), "adj-in", "-a", family])?;
        let paths = shown.as_object().into_iter().flatten();
        let paths = paths.flat_map(|(prefix, paths)| {
            paths.as_array().into_iter().flatten().map(move |path| (prefix, path))
        });
        let mut seen: Vec<SeenRoute> =
            paths.map(|(prefix, path)| route(prefix, path)).collect::<Outcome<_>>()?;
        seen.sort();
        Ok(seen)
    }

    fn notifications(&self, neighbor: IpAddr) -> Outcome<Vec<Notification>> {
        // The log quotes an IPv6 address and leaves an IPv4 address bare.
        let keys = [format!("Key=\"{neighbor}\""), format!("Key={neighbor} ")];
        after(&self.process.log()?, "msg=\"received notification\"")
            .filter(|fields| keys.iter().any(|key| fields.contains(key)))
            .map(notification)
            .collect()
    }

    fn clear(&self, neighbor: IpAddr) -> Outcome {
        self.gobgp(&["neighbor", &neighbor.to_string(), "reset"]).map(drop)
    }

    fn version(&self) -> Outcome<String> {
        Ok(process::output(Command::new("gobgpd").arg("--version"))?.trim().to_owned())
    }
}

fn route(prefix: &str, path: &Value) -> Outcome<SeenRoute> {
    let attributes = path["attrs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let attribute = |code: u64| attributes.iter().find(|attribute| attribute["type"] == code);
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let absent = |name: &str| Failure::from(format!("{prefix} has no {name}: {path}"));

    let origin = attribute(1).ok_or_else(|| absent("ORIGIN"))?;
    let next_hop = attribute(3).or(attribute(14)).ok_or_else(|| absent("next hop"))?;
    let segments = attribute(2).and_then(|path| path["as_paths"].as_array()).into_iter().flatten();
    let asns = segments.flat_map(|segment| segment["asns"].as_array().into_iter().flatten());
    let community = |value: &Value| format!("{}:{}", number(value) >> 16, number(value) & 0xffff);
    let listed = attribute(8).and_then(|list| list["communities"].as_array()).into_iter().flatten();
    let mut communities: Vec<_> = listed.map(community).collect();
    communities.sort();
    Ok(SeenRoute {
        prefix: prefix.parse()?,
        next_hop: next_hop["nexthop"].as_str().unwrap_or_default().parse()?,
        as_path: asns.map(|asn| number(asn).to_string()).collect::<Vec<_>>().join(" "),
        origin: match number(&origin["value"]) {
            0 => Origin::Igp,
            1 => Origin::Egp,
            _ => Origin::Incomplete,
        },
        communities,
    })
}

/// GoBGP logs `Code=6 Communicated-Reason="text" … Subcode=2`.
fn notification(line: &str) -> Outcome<Notification> {
    let field = |name: &str| line.split_once(name).map(|(_, rest)| rest);
    let number = |name: &str| -> Outcome<u8> {
        let value = field(name).and_then(|rest| rest.split_whitespace().next());
        Ok(value.ok_or_else(|| Failure::from(format!("no {name} in {line}")))?.parse()?)
    };
    let text = field("Communicated-Reason=").and_then(|rest| match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split_whitespace().next(),
    });
    Ok(Notification { code: number(" Code=")?, subcode: number(" Subcode=")?, text: text.map(str::to_owned) })
}

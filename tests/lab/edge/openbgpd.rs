//! OpenBGPD, driven with `bgpctl`.

use super::{CustomerEdge, Notification, Origin, SeenRoute, Site, after};
use crate::lab::{
    failure::Outcome,
    process::{self, Process},
    wait::until,
};
use ::msee::cli::gen_ce::Kind;
use ipnet::IpNet;
use serde_json::Value;
use std::{
    fs::{self, Permissions},
    net::IpAddr,
    os::unix::fs::PermissionsExt,
    process::Command,
};

/// Where its processes are confined to; as a service systemd makes it (`RuntimeDirectory`).
const CHROOT: &str = "/run/openbgpd";

pub(crate) struct Openbgpd {
    site: Site,
    process: Process,
}

impl Openbgpd {
    pub(crate) fn start(site: Site) -> Outcome<Self> {
        fs::create_dir_all(CHROOT)?;
        write_configuration(&site)?;
        let mut command = process::inside(&site.namespace, "/usr/sbin/bgpd");
        command.arg("-d").arg("-f").arg(site.path("main.conf"));
        let process = Process::spawn(command, &site.path("bgpd.log"))?;
        let openbgpd = Self { site, process };
        until("OpenBGPD answers", || openbgpd.bgpctl(&["show"]))?;
        Ok(openbgpd)
    }

    fn bgpctl(&self, arguments: &[&str]) -> Outcome<String> {
        process::output(Command::new("bgpctl").arg("-s").arg(self.site.path("bgpd.sock")).args(arguments))
    }

    fn show(&self, arguments: &[&str]) -> Outcome<Value> {
        let text = self.bgpctl(&[&["-j", "show"], arguments].concat())?;
        serde_json::from_str(&text).map_err(|error| format!("{arguments:?}: {error}: {text}").into())
    }
}

/// What `msee gen ce` prints, included by a file that names what only this lab has.
fn write_configuration(site: &Site) -> Outcome {
    site.write_configuration(Kind::Openbgpd)?;
    let main = format!(
        "fib-update no\nsocket \"{}\"\ninclude \"{}\"\n",
        site.path("bgpd.sock").display(),
        site.path("bgpd.conf").display()
    );
    fs::write(site.path("main.conf"), main)?;
    for file in ["main.conf", "bgpd.conf"] {
        // OpenBGPD refuses a file with keys that others could read.
        fs::set_permissions(site.path(file), Permissions::from_mode(0o600))?;
    }
    Ok(())
}

impl CustomerEdge for Openbgpd {
    fn site(&self) -> &Site {
        &self.site
    }

    fn processes(&self) -> Vec<&Process> {
        vec![&self.process]
    }

    fn announce(&mut self, prefixes: &[IpNet]) -> Outcome {
        self.site.configuration.announced = prefixes.to_vec();
        write_configuration(&self.site)?;
        self.bgpctl(&["reload"]).map(drop)
    }

    fn is_established(&self, neighbor: IpAddr) -> Outcome<bool> {
        let shown = self.show(&["neighbor", &neighbor.to_string()])?;
        Ok(shown["neighbors"][0]["state"] == "Established")
    }

    fn received_routes(&self, neighbor: IpAddr) -> Outcome<Vec<SeenRoute>> {
        let shown = self.show(&["rib", "in", "detail", "neighbor", &neighbor.to_string()])?;
        let mut seen: Vec<SeenRoute> =
            shown["rib"].as_array().into_iter().flatten().map(route).collect::<Outcome<_>>()?;
        seen.sort();
        Ok(seen)
    }

    fn notifications(&self, neighbor: IpAddr) -> Outcome<Vec<Notification>> {
        let name = format!("neighbor {neighbor} ");
        let mut seen: Vec<Notification> = Vec::new();
        for said in after(&self.process.log()?, &name) {
            if let Some((_, error)) = said.split_once("received notification: ") {
                seen.push(notification(error)?);
            } else if let Some((_, text)) = said.split_once("received shutdown reason: ")
                && let Some(last) = seen.last_mut()
            {
                last.text = Some(text.trim().trim_matches('"').to_owned());
            }
        }
        Ok(seen)
    }

    fn clear(&self, neighbor: IpAddr) -> Outcome {
        self.bgpctl(&["neighbor", &neighbor.to_string(), "clear"]).map(drop)
    }

    fn version(&self) -> Outcome<String> {
        // The version goes to standard error.
        let ended = Command::new("/usr/sbin/bgpd").arg("-V").output()?;
        let printed = [ended.stdout, ended.stderr].concat();
        Ok(String::from_utf8_lossy(&printed).trim().to_owned())
    }
}

fn route(shown: &Value) -> Outcome<SeenRoute> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut communities: Vec<_> = shown["communities"].as_array().into_iter().flatten().map(text).collect();
    communities.sort();
    Ok(SeenRoute {
        prefix: text(&shown["prefix"]).parse()?,
        next_hop: text(&shown["exit_nexthop"]).parse()?,
        as_path: text(&shown["aspath"]),
        origin: Origin::parse(&text(&shown["origin"]))?,
        communities,
    })
}

/// OpenBGPD writes the code and the subcode in words.
fn notification(said: &str) -> Outcome<Notification> {
    let (code, subcode) = match said.trim() {
        "HoldTimer expired" => (4, 0),
        "Cease, received max-prefix exceeded" => (6, 1),
        "Cease, administratively down" => (6, 2),
        "Cease, peer unconfigured" => (6, 3),
        "Cease, administrative reset" => (6, 4),
        "Cease, connection rejected" => (6, 5),
        "Cease, other config change" => (6, 6),
        "Cease, collision" => (6, 7),
        _ => return Err(format!("OpenBGPD received something else: {said}").into()),
    };
    Ok(Notification { code, subcode, text: None })
}

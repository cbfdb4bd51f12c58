//! BIRD 2, driven with `birdc`.

use super::{CustomerEdge, Notification, Origin, SeenRoute, Site, after};
use crate::lab::{
    failure::{Failure, Outcome, ensure},
    process::{self, Process},
    wait::until,
};
use ::msee::cli::gen_ce::Kind;
use ipnet::IpNet;
use std::{fs, net::IpAddr, process::Command};

pub(crate) struct Bird {
    site: Site,
    process: Process,
}

impl Bird {
    pub(crate) fn start(site: Site) -> Outcome<Self> {
        site.write_configuration(Kind::Bird)?;
        // Standard error is the one log that needs no path in the configuration that is under test.
        fs::write(site.path("main.conf"), "log stderr all;\ninclude \"bird.conf\";\n")?;
        let process = spawn(&site, &[])?;
        let bird = Self { site, process };
        until("BIRD answers", || bird.birdc("show status"))?;
        Ok(bird)
    }

    fn birdc(&self, command: &str) -> Outcome<String> {
        process::output(Command::new("birdc").arg("-s").arg(self.site.path("bird.ctl")).arg(command))
    }
}

fn spawn(site: &Site, more: &[&str]) -> Outcome<Process> {
    let mut command = process::inside(&site.namespace, "bird");
    command.arg("-f").arg("-c").arg(site.path("main.conf")).arg("-s").arg(site.path("bird.ctl")).args(more);
    Process::spawn(command, &site.path("bird.log"))
}

impl CustomerEdge for Bird {
    fn site(&self) -> &Site {
        &self.site
    }

    fn processes(&self) -> Vec<&Process> {
        vec![&self.process]
    }

    fn announce(&mut self, prefixes: &[IpNet]) -> Outcome {
        self.site.configuration.announced = prefixes.to_vec();
        self.site.write_configuration(Kind::Bird)?;
        let said = self.birdc("configure")?;
        ensure!(said.contains("Reconfigured"), "{said}");
        Ok(())
    }

    fn is_established(&self, neighbor: IpAddr) -> Outcome<bool> {
        let shown = self.birdc(&format!("show protocols {}", self.site.session_name(neighbor)?))?;
        Ok(shown.contains("Established"))
    }

    fn received_routes(&self, neighbor: IpAddr) -> Outcome<Vec<SeenRoute>> {
        let name = self.site.session_name(neighbor)?;
        let mut seen = routes(&self.birdc(&format!("show route all protocol {name}"))?)?;
        seen.sort();
        Ok(seen)
    }

    fn only_to_customer(&self, neighbor: IpAddr, prefix: IpNet) -> Outcome<Option<u32>> {
        let name = self.site.session_name(neighbor)?;
        let shown = self.birdc(&format!("show route {prefix} all protocol {name}"))?;
        let value = shown.lines().find_map(|line| line.trim().strip_prefix("BGP.otc: "));
        Ok(value.map(|value| value.trim().parse()).transpose()?)
    }

    fn notifications(&self, neighbor: IpAddr) -> Outcome<Vec<Notification>> {
        let mark = format!("{}: Received: ", self.site.session_name(neighbor)?);
        after(&self.process.log()?, &mark).map(notification).collect()
    }

    fn refresh(&self, neighbor: IpAddr, direction: &str) -> Outcome {
        self.birdc(&format!("reload {direction} {}", self.site.session_name(neighbor)?)).map(drop)
    }

    fn crash(&mut self) -> Outcome {
        self.process.kill()
    }

    fn start_again(&mut self, announced: &[IpNet]) -> Outcome {
        self.site.configuration.announced = announced.to_vec();
        self.site.write_configuration(Kind::Bird)?;
        // `-R`: it comes back from a restart.
        self.process = spawn(&self.site, &["-R"])?;
        until("BIRD answers", || self.birdc("show status")).map(drop)
    }

    fn clear(&self, neighbor: IpAddr) -> Outcome {
        self.birdc(&format!("restart {}", self.site.session_name(neighbor)?)).map(drop)
    }

    fn version(&self) -> Outcome<String> {
        let shown = self.birdc("show status")?;
        Ok(shown.lines().next().unwrap_or_default().trim_end_matches(" ready.").to_owned())
    }
}

/// The routes of `show route all`: a line with the prefix, or a blank for a further route to it, then its attributes.
fn routes(shown: &str) -> Outcome<Vec<SeenRoute>> {
    let mut routes = Vec::new();
    let mut prefix = None;
    let mut attributes = Attributes::default();
    for line in shown.lines().filter(|line| !line.starts_with("BIRD") && !line.starts_with("Table")) {
        if let Some(first) = line.split_whitespace().next()
            && !line.starts_with(char::is_whitespace)
        {
            routes.extend(attributes.take(prefix)?);
            prefix = Some(first.parse()?);
        } else if let Some((key, value)) = line.trim().split_once(": ") {
            attributes.set(key, value)?;
        }
    }
    routes.extend(attributes.take(prefix)?);
    Ok(routes)
}

#[derive(Default)]
struct Attributes {
    next_hop: Option<IpAddr>,
    as_path: String,
    origin: Option<Origin>,
    communities: Vec<String>,
}

impl Attributes {
    fn set(&mut self, key: &str, value: &str) -> Outcome {
        match key {
            "BGP.origin" => self.origin = Some(Origin::parse(value)?),
            "BGP.as_path" => value.clone_into(&mut self.as_path),
            // Of a global and a link-local next hop (RFC 2545), the global one comes first.
            "BGP.next_hop" => {
                self.next_hop = value.split_whitespace().next().map(str::parse).transpose()?;
            }
            "BGP.community" => {
                let pair = |pair: &str| pair.trim_matches(['(', ')']).replace(',', ":");
                self.communities = value.split_whitespace().map(pair).collect();
                self.communities.sort();
            }
            _ => {}
        }
        Ok(())
    }

    fn take(&mut self, prefix: Option<IpNet>) -> Outcome<Option<SeenRoute>> {
        let attributes = std::mem::take(self);
        let Some(prefix) = prefix else { return Ok(None) };
        let (Some(next_hop), Some(origin)) = (attributes.next_hop, attributes.origin) else {
            return Err(Failure::from(format!("{prefix} without next hop or origin")));
        };
        let Attributes { as_path, communities, .. } = attributes;
        Ok(Some(SeenRoute { prefix, next_hop, as_path, origin, communities }))
    }
}

/// BIRD writes the error's name, and after it the shutdown communication in quotes or other data in hexadecimal.
fn notification(said: &str) -> Outcome<Notification> {
    let (name, data) = said.trim().split_once(": ").unwrap_or((said.trim(), ""));
    let text = data.strip_prefix('"').map(|text| text.trim_end_matches('"').to_owned());
    let (code, subcode) = match name {
        "Hold timer expired" => (4, 0),
        "Maximum number of prefixes reached" => (6, 1),
        "Administrative shutdown" => (6, 2),
        "Peer de-configured" => (6, 3),
        "Administrative reset" => (6, 4),
        "Connection rejected" => (6, 5),
        "Other configuration change" => (6, 6),
        "Connection collision resolution" => (6, 7),
        "Hard reset" => (6, 9),
        _ => return Err(format!("BIRD received something else: {said}").into()),
    };
    Ok(Notification { code, subcode, text })
}

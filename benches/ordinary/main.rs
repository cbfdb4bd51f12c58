//! The ordinary case: circuits with both routers' sessions and the routes that Azure allows, under Azure's rules.
//!
//! `cargo bench --bench ordinary -- [CIRCUITS] [ROUTES]`, 1,000 and 4,000 if they are not given. Runs the daemon on the
//! loopback and shows its start, its memory for each circuit, CPU seconds, and the loss of one router. No time is
//! asserted: the figures are read beside those of another daemon or another version on the same machine.

mod customer;
mod speaker;

use customer::Customer;
use speaker::Speaker;
use std::{
    error::Error,
    fmt::Write as _,
    fs,
    net::Ipv4Addr,
    thread,
    time::{Duration, Instant},
};

/// Both routers.
const ROUTERS: u32 = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let circuits = numbers.first().copied().unwrap_or(1_000);
    let routes = numbers.get(1).copied().unwrap_or(4_000);
    let sessions = circuits * ROUTERS;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("ordinary.toml");
    fs::write(&file, configuration(circuits)?)?;

    let started = Instant::now();
    let speaker = Speaker::start(&file)?;
    println!("{circuits} circuits, {sessions} sessions, {routes} routes each");
    println!("listens after            {:8.2} s", started.elapsed().as_secs_f64());
    thread::sleep(Duration::from_secs(4));
    let idle = speaker.resident()?;
    let each = |octets: usize| kibibytes(octets) / f64::from(circuits);
    println!("memory, all down         {:8.1} MiB {:8.1} KiB a circuit", mebibytes(idle), each(idle));

    let opening = Instant::now();
    let mut customers = (0..sessions).map(Customer::dial).collect::<Result<Vec<_>, _>>()?;
    customers.iter_mut().try_for_each(Customer::wait_until_up)?;
    println!("all sessions up after    {:8.2} s", opening.elapsed().as_secs_f64());
    thread::sleep(Duration::from_secs(1));
    let up = speaker.resident()?;
    println!("memory, all up           {:8.1} MiB {:8.1} KiB a circuit", mebibytes(up), each(up));

    let before = speaker.cpu_seconds()?;
    let updates: Vec<Vec<u8>> = customers.iter().map(|customer| customer.updates(routes)).collect();
    let sending = Instant::now();
    for (customer, updates) in customers.iter_mut().zip(&updates) {
        customer.send(updates)?;
    }
    let settled = speaker.wait_until_idle(before)?;
    println!(
        "all routes after         {:8.2} s   {:8.2} CPU-s",
        sending.elapsed().as_secs_f64(),
        settled.cpu
    );
    let full = speaker.resident()?;
    let octets =
        f64::from(u32::try_from(full.saturating_sub(up))?) / (f64::from(sessions) * f64::from(routes));
    println!("memory, all routes       {:8.1} MiB {octets:8.1} octets a route", mebibytes(full));

    let before = speaker.cpu_seconds()?;
    thread::sleep(Duration::from_secs(10));
    println!("steady                   {:8.2} % of one core", (speaker.cpu_seconds()? - before) * 10.0);

    let before = speaker.cpu_seconds()?;
    let losing = Instant::now();
    customers.retain(|customer| customer.router() > 0);
    let settled = speaker.wait_until_idle(before)?;
    println!(
        "one router lost after    {:8.2} s   {:8.2} CPU-s",
        losing.elapsed().saturating_sub(settled.quiet).as_secs_f64(),
        settled.cpu
    );
    thread::sleep(Duration::from_secs(4));
    println!("memory, one router lost  {:8.1} MiB", mebibytes(speaker.resident()?));
    Ok(())
}

fn kibibytes(octets: usize) -> f64 {
    // Far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
    let octets = octets as f64;
    octets / 1024.0
}

fn mebibytes(octets: usize) -> f64 {
    kibibytes(octets) / 1024.0
}

/// One circuit after the other, each with a private peering on both routers.
fn configuration(circuits: u32) -> Result<String, std::fmt::Error> {
    let mut text = format!("[daemon]\ncontrol = \"{}\"\n", speaker::CONTROL);
    for circuit in 0..circuits {
        let asn = customer::asn(circuit * ROUTERS);
        write!(
            text,
            "\n[[circuit]]\nname = \"circuit-{circuit}\"\nservice_provider = \"Equinix\"\npeering_location = \
             \"Amsterdam\"\nbandwidth_mbps = 1000\nsku = \"Standard_MeteredData\"\n[[circuit.peering]]\nkind = \
             \"private\"\npeer_asn = {asn}\nvlan_id = 100\n",
        )?;
        for (router, side) in (0..ROUTERS).zip(["primary", "secondary"]) {
            let session = circuit * ROUTERS + router;
            let [local, peer] = [2, 1].map(|host| Ipv4Addr::from(customer::link(session) + host));
            writeln!(
                text,
                "{side} = {{ local_address = \"{local}\", peer_address = \"{peer}\", local_endpoint = \"{}\", \
                 peer_endpoint = \"{}:179\", passive = true }}",
                speaker::LISTENS,
                customer::endpoint(session)
            )?;
        }
    }
    Ok(text)
}

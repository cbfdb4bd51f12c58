//! Roles and the attribute OTC (RFC 9234): which OPENs fit, which received routes are leaks, and who is told what.

use super::{
    case::{Case, Fate, OPTIONAL, PARTIAL, WELL_KNOWN, beside, passed_on, update},
    open::{refused, right},
    refresh::{marked, standing},
    stand::Stand,
    update::{self as told, Prefix, Told, is_end_of_rib},
};
use crate::{
    lab::failure::{Outcome, ensure},
    octets::{self, UPDATE, attribute, mp_reach},
    plan::{DAEMON_AS, PEER_AS, Role, RoleMode, Seat},
};

const OTC: u8 = 35;
const OPEN: &str = "RFC 9234 4.2";
const INGRESS: &str = "RFC 9234 5 ingress";
const EGRESS: &str = "RFC 9234 5 egress";
/// An AS that none of the speakers has.
const ELSEWHERE: u32 = 64_999;

pub(crate) fn cases() -> Vec<Case> {
    [pairs(), opens(), received(), malformed(), sent()].into_iter().flatten().collect()
}

/// The speaker has this role to the peer of the case.
fn with_role(role: Role, mode: RoleMode, case: Case) -> Case {
    case.on(Seat { role: Some((role, mode)), ..Seat::default() })
}

fn lenient(role: Role, case: Case) -> Case {
    with_role(role, RoleMode::Lenient, case)
}

fn capability(role: u8) -> [u8; 3] {
    [9, 1, role]
}

fn accepted(name: impl Into<String>, capabilities: &[u8]) -> Case {
    super::case::opens(OPEN, name, right().and_capabilities(capabilities))
}

fn mismatch(name: &str, capabilities: &[u8]) -> Case {
    refused(OPEN, name, &right().and_capabilities(capabilities), (2, 11), &[])
}

/// Every role of the speaker's with every one of the peer's.
fn pairs() -> Vec<Case> {
    let pair = |ours: Role, theirs: Role| {
        let name = format!("{ours:?} with a peer that is {theirs:?}");
        let capability = capability(theirs.code());
        let fits = theirs == ours.opposite();
        lenient(ours, if fits { accepted(name, &capability) } else { mismatch(&name, &capability) })
    };
    Role::ALL.into_iter().flat_map(|ours| Role::ALL.map(|theirs| pair(ours, theirs))).collect()
}

fn opens() -> Vec<Case> {
    let (customer, provider) = (capability(3), capability(0));
    let strict = |case| with_role(Role::Provider, RoleMode::Strict, case);
    let lenient = |case| lenient(Role::Provider, case);
    vec![
        lenient(accepted("a peer without a role", &[])),
        lenient(accepted("the same role three times", &customer.repeat(3))),
        lenient(mismatch("two roles, the first fits", &[customer, provider].concat())),
        lenient(mismatch("two roles, the last fits", &[provider, customer].concat())),
        lenient(mismatch("role 5, which is not assigned", &capability(5))),
        lenient(mismatch("role 254, which is not assigned", &capability(254))),
        strict(accepted("strict mode: the role that fits", &customer)),
        strict(mismatch("strict mode: a peer without a role", &[])),
        strict(mismatch("strict mode: a role that does not fit", &provider)),
        accepted("a role although the speaker has none", &customer),
        mismatch("two roles although the speaker has none", &[customer, provider].concat()),
    ]
}

fn otc(value: u32) -> Vec<u8> {
    attribute(OPTIONAL, OTC, &value.to_be_bytes())
}

/// What becomes of a route that the peer of a case announces.
fn received() -> Vec<Case> {
    let row = |role, name: &str, sent: &[u8], fate| {
        lenient(role, update(INGRESS, format!("{role:?}: {name}"), beside(sent), fate))
    };
    let own = u32::from(PEER_AS);
    let mut rows = Vec::new();
    for role in [Role::Provider, Role::Rs] {
        rows.push(row(role, "a route with OTC", &otc(ELSEWHERE), Fate::Withdrawn));
        rows.push(row(role, "a route with the peer's OTC", &otc(own), Fate::Withdrawn));
        rows.push(row(role, "a route without OTC", &[], passed_on(&[])));
    }
    for role in [Role::Customer, Role::RsClient] {
        rows.push(row(role, "a route with OTC", &otc(ELSEWHERE), passed_on(&otc(ELSEWHERE))));
        rows.push(row(role, "a route without OTC", &[], passed_on(&otc(own))));
    }
    let partial = attribute(OPTIONAL | PARTIAL, OTC, &ELSEWHERE.to_be_bytes());
    let both = [otc(ELSEWHERE), otc(own)].concat();
    rows.extend([
        row(Role::Peer, "a route with another AS in OTC", &otc(ELSEWHERE), Fate::Withdrawn),
        row(Role::Peer, "a route with OTC of AS 0", &otc(0), Fate::Withdrawn),
        row(Role::Peer, "a route with the peer's OTC", &otc(own), passed_on(&otc(own))),
        row(Role::Peer, "a route without OTC", &[], passed_on(&otc(own))),
        row(Role::Customer, "OTC of AS 0 stays as it is", &otc(0), passed_on(&otc(0))),
        row(Role::Customer, "OTC with the Partial bit stays so", &partial, passed_on(&partial)),
        row(Role::Customer, "OTC twice: the first counts", &both, passed_on(&otc(ELSEWHERE))),
        update(INGRESS, "no role: a route with OTC", beside(&otc(ELSEWHERE)), passed_on(&otc(ELSEWHERE))),
        update(INGRESS, "no role: a route without OTC", beside(&[]), passed_on(&[])),
        lenient(Role::Provider, ipv6("Provider: an IPv6 route with OTC", &otc(ELSEWHERE), None)),
        lenient(Role::Customer, ipv6("Customer: an IPv6 route without OTC", &[], Some(own))),
    ]);
    rows
}

/// An IPv6 route, and the OTC that the second peer is told it with; a leak leaves it without the route.
fn ipv6(name: &'static str, sent: &[u8], wanted: Option<u32>) -> Case {
    let sent = sent.to_vec();
    Case::new(INGRESS, name, move |stand| {
        let mut wire = stand.established()?;
        let prefix = stand.prefixes().ipv6;
        let path = octets::as_path(&[PEER_AS.into(), super::case::BEHIND]);
        let reach = mp_reach(2, &super::case::GATEWAY_V6, &prefix.octets);
        wire.say(&octets::update(&[&octets::origin(), &path, &reach, &sent[..]].concat(), &[]));
        stand.goes_on(&mut wire)?;
        let Some(wanted) = wanted else {
            return stand.watchers.plain.is_told(&prefix, &Told::Nothing, stand.place.patience);
        };
        let path = octets::as_path(&[DAEMON_AS.into(), PEER_AS.into(), super::case::BEHIND]);
        let next_hop = attribute(0x80, 14, &super::case::SPEAKER_V6);
        let told = [octets::origin(), path, next_hop, otc(wanted)].concat();
        let told = Told::Announced(told::Attributes::read(&told)?);
        stand.watchers.plain.is_told(&prefix, &told, stand.place.patience)
    })
}

fn malformed() -> Vec<Case> {
    const RULE: &str = "RFC 9234 5";
    let mut rows = Vec::new();
    for (length, octets) in [("no octets", 0), ("three octets", 3), ("five octets", 5), ("eight octets", 8)] {
        let value = vec![0; octets];
        let row = || {
            let name = format!("OTC of {length}");
            update(RULE, name, beside(&attribute(OPTIONAL, OTC, &value)), Fate::Withdrawn)
        };
        rows.push(row());
        rows.push(lenient(Role::Customer, row()));
    }
    let well_known = attribute(WELL_KNOWN, OTC, &ELSEWHERE.to_be_bytes());
    rows.push(update("RFC 7606 3(c)", "OTC as a well-known attribute", beside(&well_known), Fate::Withdrawn));
    rows
}

/// What the peer of a case is told: a route without OTC, and one that has it.
fn sent() -> Vec<Case> {
    let ours = u32::from(DAEMON_AS);
    let row = |role: Role, unmarked: Option<u32>, with_otc: Option<u32>| {
        let case = Case::new(EGRESS, format!("{role:?}: what the peer is told"), move |stand| {
            ensure_told(stand, role, unmarked, with_otc)
        });
        lenient(role, case)
    };
    vec![
        row(Role::Provider, Some(ours), Some(ELSEWHERE)),
        row(Role::Rs, Some(ours), Some(ELSEWHERE)),
        row(Role::Peer, Some(ours), None),
        row(Role::Customer, None, None),
        row(Role::RsClient, None, None),
    ]
}

/// Hears the whole IPv4 table: the standing route comes with this OTC or none, the marked one with that or not at all.
fn ensure_told(stand: &Stand<'_>, role: Role, unmarked: Option<u32>, with_otc: Option<u32>) -> Outcome {
    let capabilities = [&capability(role.opposite().code())[..], &[64, 2, 0, 0]].concat();
    let mut wire = stand.place.established(stand.seat, &stand.open().and_capabilities(&capabilities))?;
    let mut heard: Vec<(Prefix, Told)> = Vec::new();
    loop {
        let body = wire.hear_message(UPDATE)?;
        if is_end_of_rib(&body, 1) {
            break;
        }
        heard.extend(told::read(&body)?);
    }
    let newest = |prefix| heard.iter().rev().find(|(of, _)| *of == prefix).map(|(_, told)| told);
    match newest(standing(1)) {
        Some(Told::Announced(attributes)) => {
            let found = attributes.value(OTC);
            let wanted = unmarked.map(u32::to_be_bytes);
            ensure!(found == wanted.as_ref().map(|octets| &octets[..]), "the route has OTC {found:02x?}");
        }
        other => return Err(format!("of the route without OTC: {other:?}").into()),
    }
    match (newest(marked()), with_otc) {
        (None | Some(Told::Withdrawn), None) => {}
        (Some(Told::Announced(attributes)), Some(wanted)) => {
            let found = attributes.value(OTC);
            ensure!(found == Some(&wanted.to_be_bytes()[..]), "the marked route has OTC {found:02x?}");
        }
        (found, _) => return Err(format!("of the route with OTC: {found:?}").into()),
    }
    stand.goes_on(&mut wire)
}

#[test]
fn roles_fit_or_end_the_session_and_leaks_go_no_further() {
    super::run::msee_passes(&cases());
}

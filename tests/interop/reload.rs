//! Reconfiguration while sessions run: a difference is applied, a mistake is not.

use crate::lab::{
    self, Pair,
    expect::{all_established, is_the_same_session},
    failure::{Outcome, ensure},
    msee::{Direction, Msee, Session},
    plan::{Peering, Plan, Signing, private_prefixes},
    wait::until,
};
use ::msee::{azure::Router, cli::gen_ce::Kind, family::Family};

pub(crate) fn s06_a_reload_reaches_both_routers_and_resets_nothing(kind: Kind) {
    let plan = Plan::one_circuit(vec![Peering::private(0)]);
    lab::run(&[kind], plan.clone(), |lab| {
        let pair = lab.pair(kind, "ams-1/private", &private_prefixes(2))?;
        all_established(&pair.msee)?;
        let before = pair.msee.sessions()?;

        let mut larger = plan.clone();
        larger.virtual_networks[0].address_space.push("10.2.0.0/16");
        pair.msee.reload(&larger.to_toml())?;
        both_customers_see(&pair, &["10.1.0.0/16", "10.2.0.0/16"])?;
        let [primary, secondary] =
            ["primary", "secondary"].map(|router| advertised(&pair.msee, &format!("ams-1/private/{router}")));
        let (primary, secondary) = (primary?, secondary?);
        ensure!(primary == secondary && primary.len() == 2, "{primary:?} and {secondary:?}");

        pair.msee.hang_up(&plan.to_toml())?;
        both_customers_see(&pair, &["10.1.0.0/16"])?;
        nothing_was_reset(&before, &pair.msee.sessions()?)
    });
}

pub(crate) fn s06_a_file_with_an_error_changes_nothing(kind: Kind) {
    let plan = Plan::one_circuit(vec![Peering::private(0).ipv4_only()]);
    lab::run(&[kind], plan.clone(), |lab| {
        let pair = lab.pair(kind, "ams-1/private", &private_prefixes(2))?;
        all_established(&pair.msee)?;
        both_customers_see(&pair, &["10.1.0.0/16"])?;
        let before = pair.msee.sessions()?;

        let mut larger = plan.clone();
        larger.virtual_networks[0].address_space.push("10.2.0.0/16");
        for (mistake, text) in [
            ("an unknown key", larger.to_toml() + "\n[daemon]\nprefixlimit = 3\n"),
            ("no TOML at all", "[[circuit]\n".to_owned()),
            ("an empty file", String::new()),
        ] {
            match pair.msee.reload(&text) {
                Ok(said) => return Err(format!("{mistake} was accepted: {said}").into()),
                Err(refusal) => ensure!(refusal.to_string().contains("lab.toml"), "{mistake}: {refusal}"),
            }
        }
        both_customers_see(&pair, &["10.1.0.0/16"])?;
        nothing_was_reset(&before, &pair.msee.sessions()?)
    });
}

#[test]
fn s06_a_new_key_resets_the_sessions_of_its_own_peering_only() {
    let peerings = [Peering::private(0), Peering::microsoft(20)].map(Peering::ipv4_only);
    let plan = Plan::one_circuit(peerings.to_vec());
    let rekeyed = {
        let mut plan = plan.clone();
        plan.circuits[0].peerings[1] = peerings[1].clone().signed(Signing::Md5);
        plan
    };
    lab::run(&[Kind::Bird], plan, |lab| {
        let msee = lab.msee()?;
        let ids = ["private/primary", "private/secondary", "microsoft/primary", "microsoft/secondary"];
        let edges = ids
            .map(|id| lab.edge(Kind::Bird, &format!("ams-1/{id}"), &[]))
            .into_iter()
            .collect::<Outcome<Vec<_>>>()?;
        all_established(&msee)?;
        let before = msee.sessions()?;
        msee.reload(&rekeyed.to_toml())?;
        until("the peering with the new key is down", || {
            for session in msee.sessions()?.iter().filter(|session| session.attachment.contains("microsoft"))
            {
                ensure!(session.state != "Established", "{session:?}");
            }
            Ok(())
        })?;
        let private = |session: &&Session| session.attachment.contains("private");
        let after = msee.sessions()?;
        nothing_was_reset(
            &before.iter().filter(private).cloned().collect::<Vec<_>>(),
            &after.iter().filter(private).cloned().collect::<Vec<_>>(),
        )?;
        ensure!(edges.len() == 4, "{} customer edges", edges.len());
        Ok(())
    });
}

/// What an attachment announces, without the next hop: that is the router's own address.
fn advertised(msee: &Msee, attachment: &str) -> Outcome<Vec<[String; 3]>> {
    let routes = msee.routes(attachment, "ipv4", Direction::Advertised)?;
    Ok(routes.into_iter().map(|route| [route.network, route.as_path, route.origin]).collect())
}

fn both_customers_see(pair: &Pair, want: &[&str]) -> Outcome {
    for router in Router::ALL {
        let customer = pair.edge(router);
        until("the customer has exactly these prefixes", || {
            let seen = customer.received_routes(customer.msee(Family::Ipv4)?)?;
            let prefixes: Vec<_> = seen.iter().map(|route| route.prefix.to_string()).collect();
            ensure!(prefixes == want, "{prefixes:?} at the {router}'s customer");
            Ok(())
        })?;
    }
    Ok(())
}

fn nothing_was_reset(before: &[Session], after: &[Session]) -> Outcome {
    ensure!(before.len() == after.len(), "{} sessions, then {}", before.len(), after.len());
    before.iter().zip(after).try_for_each(|(before, after)| is_the_same_session(before, after))
}

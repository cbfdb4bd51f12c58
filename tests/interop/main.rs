//! The pair of MSEE routers against real BIRD, FRR, GoBGP and OpenBGPD in network namespaces.
//!
//! What every customer's router must see is written once and runs against each of the four daemons; what concerns
//! circuits as a whole runs against BIRD. Names begin with the row of the service that the test proves. The customer's
//! configurations are those that `msee gen ce` prints. Without root or without the daemons a test says what it left
//! out; with `MSEE_REQUIRE_PEERS` set that is a failure.

mod circuits;
mod doctor;
mod drivers;
mod expect;
mod failover;
mod keys;
#[path = "../lab/mod.rs"]
mod lab;
mod limits;
mod links;
mod refresh;
mod reload;
mod restart;
mod roles;
mod sessions;
mod state;
mod transit;

/// The tests that run against every daemon, in a module of its name.
macro_rules! against {
    ($daemon:ident, $kind:ident: $($area:ident::{$($test:ident),+ $(,)?})+) => {
        mod $daemon {
            $($(
                #[test]
                fn $test() {
                    crate::$area::$test(msee::cli::gen_ce::Kind::$kind);
                }
            )+)+
        }
    };
}

macro_rules! against_every_daemon {
    ($($tests:tt)+) => {
        against!(bird, Bird: $($tests)+);
        against!(frr, Frr: $($tests)+);
        against!(gobgp, Gobgp: $($tests)+);
        against!(openbgpd, Openbgpd: $($tests)+);
    };
}

against_every_daemon! {
    sessions::{
        s03_both_routers_peer_in_both_families,
        s04_the_other_session_stays_when_one_is_shut_down,
        s25_signed_sessions_carry_the_same_routes,
        sigterm_is_a_cease_with_a_text,
    }
    keys::{
        s25_a_wrong_key_is_diagnosed,
        s25_a_missing_key_is_diagnosed,
    }
    limits::{
        s20_the_4001st_prefix_ends_only_its_own_session,
        s20_premium_takes_10000_prefixes_and_no_more,
        s20_microsoft_peering_takes_200_prefixes_and_no_more,
        s20_a_session_over_its_limit_returns_below_it,
    }
    failover::{
        s37_routes_move_to_the_secondary_when_the_hold_time_ends,
    }
    reload::{
        s06_a_reload_reaches_both_routers_and_resets_nothing,
        s06_a_file_with_an_error_changes_nothing,
    }
    transit::{
        open_transit_passes_routes_between_customers,
    }
}

/// The daemons that can be driven through a restart.
macro_rules! against_daemons_that_restart {
    ($($test:ident),+ $(,)?) => {
        mod restarts {
            mod bird {
                $(#[test] fn $test() { crate::restart::$test(msee::cli::gen_ce::Kind::Bird); })+
            }
            mod frr {
                $(#[test] fn $test() { crate::restart::$test(msee::cli::gen_ce::Kind::Frr); })+
            }
        }
    };
}

against_daemons_that_restart! {
    the_routes_of_a_customer_that_restarts_stay,
    customers_keep_the_routes_of_a_daemon_that_restarts,
    a_shutdown_is_no_restart,
}

/// The daemons that have roles.
macro_rules! against_daemons_with_roles {
    ($($test:ident),+ $(,)?) => {
        mod with_roles {
            mod bird {
                $(#[test] fn $test() { crate::roles::$test(msee::cli::gen_ce::Kind::Bird); })+
            }
            mod frr {
                $(#[test] fn $test() { crate::roles::$test(msee::cli::gen_ce::Kind::Frr); })+
            }
        }
    };
}

against_daemons_with_roles! {
    routes_go_where_roles_allow_it,
    roles_that_do_not_fit_end_the_session,
}

//! TCP MD5 keys that do not fit: no session, and the reason in words.

use crate::lab::{
    self,
    failure::ensure,
    plan::{Peering, Plan},
    wait::until,
};
use ::msee::cli::gen_ce::Kind;

pub(crate) fn s25_a_wrong_key_is_diagnosed(kind: Kind) {
    is_diagnosed(kind, Some("anotherKey"));
}

pub(crate) fn s25_a_missing_key_is_diagnosed(kind: Kind) {
    is_diagnosed(kind, None);
}

fn is_diagnosed(kind: Kind, customers: Option<&str>) {
    let peering = Peering::private(0).ipv4_only().with_keys("s3cretKey", customers);
    lab::run(&[kind], Plan::one_circuit(vec![peering]), |lab| {
        let msee = lab.msee()?;
        let _customer = lab.edge(kind, "ams-1/private/primary", &[])?;
        let session = until("the cause is named", || {
            let session = msee.session("ams-1/private/primary", "ipv4")?;
            ensure!(session.diagnosis.is_some() && session.remedy.is_some(), "{session:?}");
            Ok(session)
        })?;
        ensure!(session.state != "Established", "{session:?}");
        ensure!(session.diagnosis.as_deref().is_some_and(|words| words.contains("MD5")), "{session:?}");
        until("an event says so", || msee.event("ams-1/private/primary", "Md5Mismatch"))?;
        let log = msee.log()?;
        ensure!(log.contains("MD5"), "the log does not name MD5");
        for key in ["s3cretKey", "anotherKey"] {
            ensure!(!log.contains(key) && !format!("{session:?}").contains(key), "the key is shown");
        }
        // Nobody has dialled the other router: nothing is known against the key there.
        let other = msee.session("ams-1/private/secondary", "ipv4")?;
        ensure!(other.diagnosis.is_none(), "{other:?}");
        Ok(())
    });
}

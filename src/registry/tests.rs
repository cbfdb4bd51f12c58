use super::*;
use crate::asn::Asn;

const DATABASE: &str = "% a dump\n\nperson: Somebody\naddress: no attribute of ours\nsource: RIPE\n\n\
    aut-num: AS3333\nas-name: EXAMPLE\nsource: RIPE # not filtered\n\n\
    route: 193.0.0.0/21\ndescr: an example\n  continued: here\norigin: AS3333\nmnt-by: X\nsource: RIPE\n\n\
    route: 193.0.22.0/23\norigin: as3334\nsource: RADB\n\n\
    route6: 2001:67c:2e8::/48\norigin: AS3333\nsource: RIPE\r\n\n\
    mntner: X\nmembers: AS3333\nwhat is this\n";

fn objects() -> Objects {
    let mut objects = Objects::default();
    objects.add_rpsl(DATABASE.as_bytes()).unwrap();
    objects
}

fn asn(number: u32) -> Asn {
    Asn::constant(number)
}

fn prefix_said(registry: Registry<'_>, prefix: &str, owner: u32, named: Option<RoutingRegistry>) -> String {
    match registry.prefix(prefix.parse().unwrap(), asn(owner), named) {
        Ok(evidence) => evidence.to_string(),
        Err(doubt) => format!("no: {doubt}"),
    }
}

#[test]
fn s23_a_covering_route_of_the_customers_as_is_evidence() {
    use RoutingRegistry::{Radb, RipeNcc};
    let objects = objects();
    let registry = Registry { objects: &objects, payloads: None };
    assert_eq!(objects.to_string(), "3 routes, 1 AS numbers");
    for (prefix, owner, named, said) in [
        ("193.0.0.0/21", 3333, None, "route 193.0.0.0/21 of AS3333 (RIPE)"),
        ("193.0.4.0/24", 3333, Some(RipeNcc), "route 193.0.0.0/21 of AS3333 (RIPE)"),
        ("193.0.0.0/20", 3333, None, "no: no route object covers 193.0.0.0/20"),
        ("193.0.4.0/24", 3333, Some(Radb), "no: no route object covers 193.0.4.0/24 in RADB"),
        (
            "193.0.22.0/24",
            3333,
            None,
            "no: 193.0.22.0/24 is covered by route 193.0.22.0/23 of AS3334 (RADB), not of AS3333",
        ),
        ("2001:67c:2e8:1::/64", 3333, None, "route 2001:67c:2e8::/48 of AS3333 (RIPE)"),
    ] {
        assert_eq!(prefix_said(registry, prefix, owner, named), said);
    }
    assert_eq!(registry.asn(asn(3333), Some(RipeNcc)).unwrap().to_string(), "aut-num AS3333 (RIPE)");
    assert_eq!(
        registry.asn(asn(3334), None).unwrap_err(),
        Doubt::NoAutNum { asn: asn(3334), registry: None }
    );
    assert_eq!(registry.asn(asn(64512), None).unwrap_err(), Doubt::PrivateAsn(asn(64512)));
}

#[test]
fn rpki_decides_where_it_says_anything() {
    let objects = objects();
    let export = r#"{"roas": [
        {"asn": "AS3334", "prefix": "193.0.0.0/21", "maxLength": 24, "ta": "ripe"},
        {"asn": 0, "prefix": "193.0.22.0/23", "maxLength": 24},
        {"asn": 3333, "prefix": "11.0.0.0/16", "maxLength": 20}
    ]}"#;
    let payloads = Payloads::from_json(export.as_bytes()).unwrap();
    assert_eq!(payloads.to_string(), "3 ROA payloads");
    let registry = Registry { objects: &objects, payloads: Some(&payloads) };
    for (prefix, owner, said) in [
        ("193.0.0.0/21", 3334, "ROA for 193.0.0.0/21 of AS3334"),
        (
            "193.0.0.0/21",
            3333,
            "no: 193.0.0.0/21 from AS3333 is RPKI invalid: the ROA for 193.0.0.0/21 is for AS3334 up to /24",
        ),
        (
            "193.0.22.0/23",
            3334,
            "no: 193.0.22.0/23 from AS3334 is RPKI invalid: the ROA for 193.0.22.0/23 is for nobody up to /24",
        ),
        ("11.0.16.0/20", 3333, "ROA for 11.0.0.0/16 of AS3333"),
        (
            "11.0.0.0/24",
            3333,
            "no: 11.0.0.0/24 from AS3333 is RPKI invalid: the ROA for 11.0.0.0/16 is for AS3333 up to /20",
        ),
    ] {
        assert_eq!(prefix_said(registry, prefix, owner, None), said);
    }
    let owned = registry.prefixes_of(asn(3333), None);
    assert_eq!(
        owned.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["11.0.0.0/16", "2001:67c:2e8::/48"]
    );
}

#[test]
fn a_roa_is_evidence_of_an_as_number_where_there_is_no_database() {
    let payload = Payload { prefix: "11.0.0.0/16".parse().unwrap(), max_length: 16, asn: Some(asn(3335)) };
    let payloads: Payloads = [payload].into_iter().collect();
    let (nothing, database) = (Objects::default(), objects());
    let said = |objects| {
        Registry { objects, payloads: Some(&payloads) }.asn(asn(3335), None).map(|it| it.to_string())
    };
    assert_eq!(said(&nothing).unwrap(), "ROA for 11.0.0.0/16 of AS3335");
    assert!(said(&database).is_err());
}

#[test]
fn a_malformed_file_is_refused_at_its_line() {
    for (text, said) in [
        ("route: 193.0.0.0/21\norigin AS3333\n", "line 2: an attribute has a colon behind its name"),
        ("\n\nroute: 193.0.0/21\n", "line 3: \"193.0.0/21\" is not a prefix"),
        ("route: 193.0.0.0/21\norigin: 3333\n", "line 2: \"3333\" is not an AS number such as AS64500"),
        ("\nroute: 193.0.0.0/21\nsource: RIPE\n\n", "line 2: this object has no origin"),
        ("aut-num: AS4294967296\n", "line 1: \"AS4294967296\" is not an AS number such as AS64500"),
    ] {
        assert_eq!(Objects::default().add_rpsl(text.as_bytes()).unwrap_err().to_string(), said);
    }
    let error = Payloads::from_json(b"{\"roas\": [\n{\"asn\": \"x\"}]}").unwrap_err();
    assert_eq!(error.line, 2, "{error}");
}

#[test]
fn rfc7607_objects_of_as_0_are_skipped_and_counted() {
    let mut objects = objects();
    let database = "route: 193.0.4.0/24\norigin: AS0\nsource: RIPE\n\naut-num: as0 # nobody\nsource: RIPE\n\n\
        route: 193.0.22.0/24\norigin: AS3333\nsource: RIPE\n\naut-num: AS00\n";
    objects.add_rpsl(b"\n").unwrap();
    objects.add_rpsl(database.as_bytes()).unwrap();
    assert_eq!(
        objects.to_string(),
        "4 routes, 1 AS numbers, 3 skipped because they are of AS0 (the first at line 1 of file 3)"
    );
    let registry = Registry { objects: &objects, payloads: None };
    for (prefix, said) in [
        ("193.0.22.0/24", "route 193.0.22.0/24 of AS3333 (RIPE)"),
        ("193.0.4.0/24", "route 193.0.0.0/21 of AS3333 (RIPE)"),
    ] {
        assert_eq!(prefix_said(registry, prefix, 3333, None), said);
    }
}

#[test]
fn a_registry_is_called_as_in_arm() {
    for (name, source) in [("RIPENCC", "RIPE"), ("RADB", "RADB")] {
        let registry: RoutingRegistry = name.parse().unwrap();
        assert_eq!((registry.to_string().as_str(), registry.source()), (name, source));
    }
    assert!("RIPE".parse::<RoutingRegistry>().is_err());
}

const SETS: &str = "as-set: AS3333:AS-CUSTOMERS\ndescr: ours\nmembers: AS64501, as-small # and more\n  AS64502,\n\
    + AS64503\nmembers: AS-GONE\nsource: RIPE\n\nas-set: AS-SMALL\nmembers: AS64504,AS3333:as-customers\n\
    mbrs-by-ref: ANY\nsource: RADB\n\nas-set: AS-OTHERS\nmembers: AS64505\nsource: RADB\n\n\
    aut-num: AS64504\nsource: RIPE\n\nroute: 11.4.0.0/16\norigin: AS64504\nsource: RADB\n";

#[test]
fn rfc2622_5_1_sets_hold_sets_and_may_go_round_in_circles() {
    let mut objects = Objects::default();
    objects.add_rpsl(SETS.as_bytes()).unwrap();
    assert_eq!(
        objects.to_string(),
        "1 routes, 1 AS numbers, 3 sets (1 of them with mbrs-by-ref, which is not followed)"
    );
    for (member, set) in [
        (64_501, Some("AS3333:AS-CUSTOMERS")),
        (64_502, Some("AS3333:AS-CUSTOMERS")),
        (64_503, Some("AS3333:AS-CUSTOMERS")),
        (64_504, Some("AS3333:AS-CUSTOMERS")),
        // A set that is nobody's by its name, and no set at all.
        (64_505, None),
        (64_506, None),
    ] {
        assert_eq!(objects.set_of(asn(3333), asn(member)).map(|(name, _)| name), set, "{member}");
    }
    assert!(objects.set_of(asn(64_501), asn(64_501)).is_none());
}

#[test]
fn a_set_names_the_customer_and_gives_nobody_a_prefix() {
    let mut objects = Objects::default();
    objects.add_rpsl(SETS.as_bytes()).unwrap();
    let registry = Registry { objects: &objects, payloads: None };
    let doubt = registry.prefix("11.4.0.0/24".parse().unwrap(), asn(3333), None).unwrap_err();
    assert_eq!(
        doubt.to_string(),
        "11.4.0.0/24 is covered by route 11.4.0.0/16 of AS64504 (RADB), not of AS3333, whose set \
         AS3333:AS-CUSTOMERS (RIPE) has it"
    );
    assert!(doubt.remedy().starts_with("write customer_asn = 64504"), "{}", doubt.remedy());
    let said = registry.customer_asn(asn(64_504), asn(3333), None).unwrap();
    assert_eq!(said.to_string(), "aut-num AS64504 (RIPE), in AS3333:AS-CUSTOMERS (RIPE)");
    assert!(registry.customer_asn(asn(64_501), asn(3333), None).is_err(), "it has no aut-num object");
}

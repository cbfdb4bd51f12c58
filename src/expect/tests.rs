//! Files of expectations, right and wrong, and what becomes of them beside a daemon of samples.

use super::{junit, parse, wait};
use crate::api::{Client, tests::Endpoint};
use std::time::{Duration, Instant};

const EVERYTHING: &str = r#"
within_s = 0

[[session]]
name = "up"
attachment = "ams-1/private"
within_s = 10
for_s = 2

[[route]]
attachment = "ams-1/private/primary"
prefix = "10.0.0.0/16"
as_path = " 65010   65010 "
next_hop = "172.16.0.1"
metric = 5
communities = ["65010:1", "64496:1:2", "rt:65000:1", "no-export"]
refused = false

[[lookup]]
virtual_network = "hub"
address = "10.0.0.1"
prefix = "10.0.0.0/16"
next_hops = ["172.16.0.5", "172.16.0.1"]

[[route]]
attachment = "ams-1/private/primary"
direction = "advertised"
prefix = "10.66.0.0/16"
present = false

[[limit]]
attachment = "ams-1/private/primary"
max = 4000
held = 3
state = "Ok"

[[lookup]]
attachment = "ams-1/private/primary"
address = "192.0.2.1"
present = false

[[effective_route]]
virtual_network = "hub"
prefix = "fd10::/48"
next_hops = []
"#;

#[test]
fn every_key_is_read_in_the_order_of_the_file() {
    let expectations = parse("lab.toml", EVERYTHING).unwrap();
    let text: Vec<String> = expectations.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "up: session ams-1/private/primary Established",
            "up: session ams-1/private/secondary Established",
            "route 10.0.0.0/16 received on ams-1/private/primary, path 65010 65010, next hop 172.16.0.1, metric 5, \
             communities 65010:1 64496:1:2 rt:65000:1 no-export, accepted",
            "lookup 10.0.0.1 in hub finds 10.0.0.0/16 over 172.16.0.1 and 172.16.0.5",
            "route 10.66.0.0/16 advertised on ams-1/private/primary absent",
            "limit ams-1/private/primary ipv4, max 4000, held 3, Ok",
            "lookup 192.0.2.1 in ams-1/private/primary finds nothing",
            "effective route fd10::/48 in hub over no next hop",
        ]
    );
    assert_eq!(
        (expectations[0].within, expectations[0].steady),
        (Duration::from_secs(10), Duration::from_secs(2))
    );
    assert_eq!((expectations[3].within, expectations[3].steady), (Duration::ZERO, Duration::ZERO));
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_a_remedy() {
    for (text, place_and_cause, remedy) in [
        ("", "lab.toml: nothing is expected", "add a [[session]]"),
        ("[[session]", "lab.toml:1:", "correct the syntax"),
        ("[[sessions]]\n", "lab.toml:1:3: unknown key \"sessions\"", "did you mean session?"),
        ("session = 1\n", "this is not a [[session]] table", "double brackets"),
        ("[[session]]\n", "lab.toml:1:1: attachment is missing in [[session]]", "add attachment = "),
        (
            "[[session]]\nattachment = \"ams-1\"\n",
            "lab.toml:2:14: \"ams-1\" does not name a peering",
            "CIRCUIT/KIND",
        ),
        (
            "[[session]]\nattachment = \"a/private\"\nstate = \"Establishd\"\n",
            "lab.toml:3:9: state is \"Establishd\"",
            "did you mean \"Established\"?",
        ),
        (
            "[[session]]\nattachment = \"a/private\"\nwithin_s = -1\n",
            "lab.toml:3:12: within_s is -1",
            "from 0 to 86400",
        ),
        (
            "[[route]]\nattachment = \"a/private\"\nprefix = \"10.0.0.1/8\"\n",
            "lab.toml:3:10: prefix is \"10.0.0.1/8\"",
            "write \"10.0.0.0/8\"",
        ),
        (
            "[[route]]\nattachment = \"a/private\"\nprefix = \"10.0.0.0/8\"\npresent = false\nmetric = 1\n",
            "lab.toml:5:10: metric says what the route is like",
            "remove metric",
        ),
        (
            "[[route]]\nattachment = \"a/private\"\nprefix = \"10.0.0.0/8\"\nas_path = \"65010 i\"\n",
            "lab.toml:4:11: as_path is \"65010 i\"",
            "AS numbers",
        ),
        (
            "[[route]]\nattachment = \"a/private\"\nprefix = \"10.0.0.0/8\"\ncommunities = [\"red\"]\n",
            "lab.toml:4:16: \"red\" is not a community",
            "12076:51002",
        ),
        (
            "[[route]]\nattachment = \"a/private\"\nprefix = \"::/0\"\ndirection = \"advertised\"\nrefused = true\n",
            "lab.toml:5:11: an advertised route is never refused",
            "direction = \"received\"",
        ),
        (
            "[[limit]]\nattachment = \"a/private\"\n",
            "lab.toml:1:1: nothing is said about the limit",
            "add max",
        ),
        (
            "[[lookup]]\naddress = \"10.0.0.1\"\n",
            "lab.toml:1:1: a lookup needs virtual_network",
            "name the table",
        ),
        (
            "[[lookup]]\nattachment = \"a/private\"\naddress = \"10.0.0.1\"\n",
            "lab.toml:2:14: a/private names two peerings",
            "write a/private/primary",
        ),
        (
            "[[lookup]]\nvirtual_network = \"hub\"\naddress = \"10.0.0.1\"\nprefix = \"10.1.0.0/16\"\n",
            "lab.toml:3:11: 10.0.0.1 does not lie in 10.1.0.0/16",
            "correct one",
        ),
        (
            "[[lookup]]\nvirtual_network = \"hub\"\naddress = \"ten\"\n",
            "lab.toml:3:11: address is \"ten\"",
            "as an address alone",
        ),
    ] {
        let errors = parse("lab.toml", text).unwrap_err();
        let said = errors.plain().to_string();
        assert!(said.contains(place_and_cause) && said.contains(remedy), "{text}\n{said}");
        assert_eq!(errors.iter().count(), 1, "{text}\n{said}");
    }
}

/// What the daemon of samples shows, each expectation asked once.
async fn seen(text: &str) -> Vec<Option<String>> {
    let endpoint = Endpoint::start().await;
    let client = Client::new(&endpoint.address.to_string()).unwrap();
    let mut seen = Vec::new();
    for expectation in parse("lab.toml", &format!("within_s = 0\n{text}")).unwrap() {
        seen.push(wait(&expectation, &client, Instant::now()).await.missed);
    }
    seen
}

#[tokio::test]
async fn what_is_there_is_seen_and_what_is_not_is_described() {
    let route = |rest: &str| format!("[[route]]\nattachment = \"ams-1/private/primary\"\n{rest}\n");
    for (text, missed) in [
        ("[[session]]\nattachment = \"ams-1/private/primary\"\n".to_owned(), None),
        (
            "[[session]]\nattachment = \"ams-1/private/secondary\"\n".to_owned(),
            Some("172.16.0.5 is Active: segments from 172.16.0.5 carry no TCP MD5 signature"),
        ),
        ("[[session]]\nattachment = \"ams-1/private/secondary\"\nstate = \"Active\"\n".to_owned(), None),
        (
            "[[session]]\nattachment = \"lon-1/private/primary\"\n".to_owned(),
            Some("there is no such session"),
        ),
        (route("prefix = \"10.0.0.0/24\"\nas_path = \"65010 65020\""), None),
        (route("prefix = \"10.0.0.0/24\"\nas_path = \"65011\""), Some("path 65010 65020, next hop")),
        (route("prefix = \"10.0.0.0/24\"\ncommunities = [\"1:1\"]"), Some("path 65010")),
        (route("prefix = \"10.0.0.0/24\"\npresent = false"), Some("it is there: path 65010")),
        (route("prefix = \"fd10::/48\""), Some("there is no such route")),
        (route("prefix = \"fd10::/48\"\npresent = false"), None),
        ("[[lookup]]\nvirtual_network = \"hub\"\naddress = \"10.0.0.7\"\n".to_owned(), None),
        (
            "[[lookup]]\nvirtual_network = \"hub\"\naddress = \"10.0.0.7\"\nnext_hops = [\"192.0.2.9\"]\n"
                .to_owned(),
            Some(" over "),
        ),
        ("[[effective_route]]\nvirtual_network = \"hub\"\nprefix = \"10.9.194.0/24\"\n".to_owned(), None),
        (
            "[[effective_route]]\nvirtual_network = \"nowhere\"\nprefix = \"10.9.195.0/24\"\n".to_owned(),
            Some("no nowhere is configured"),
        ),
        ("[[limit]]\nattachment = \"ams-1/private/primary\"\nmax = 1\n".to_owned(), Some("max 4000, held")),
    ] {
        let seen = seen(&text).await;
        let [seen] = seen.as_slice() else { panic!("{text}: {seen:?}") };
        match (seen, missed) {
            (None, None) => {}
            (Some(seen), Some(words)) if seen.contains(words) => {}
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_answering_is_seen_too() {
    let client = Client::new("127.0.0.1:1").unwrap();
    let all = parse("lab.toml", "within_s = 0\n[[session]]\nattachment = \"a/private/primary\"\n").unwrap();
    let verdict = wait(&all[0], &client, Instant::now()).await;
    assert!(verdict.missed.is_some_and(|seen| seen.contains("no daemon answers")));
}

#[test]
fn the_junit_report_is_xml_that_holds_any_text() {
    let all = parse("a&b.toml", "[[session]]\nname = \"<up>\"\nattachment = \"a/private\"\n").unwrap();
    let verdict = |missed: Option<&str>| super::Verdict {
        took: Duration::from_millis(1_234),
        missed: missed.map(str::to_owned),
    };
    let verdicts: Vec<_> =
        all.into_iter().zip([verdict(None), verdict(Some("Idle: \"\u{1b}]<&> no\""))]).collect();
    let xml = String::from_utf8(junit("a&b.toml", &verdicts).unwrap()).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
    assert_eq!(suite.attribute("name"), Some("a&b.toml"));
    assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("2"), Some("1")));
    let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases[0].attribute("name"), Some("<up>: session a/private/primary Established"));
    assert_eq!(cases[0].attribute("time"), Some("1.234"));
    assert!(!cases[0].has_children());
    let failure = cases[1].first_element_child().unwrap();
    assert_eq!(failure.attribute("message"), Some("not within 30 s"));
    assert!(failure.text().unwrap().contains("last seen: Idle: \"\u{FFFD}]<&> no\""), "{xml}");
}

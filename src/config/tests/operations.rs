//! What may be done to a circuit that runs.

use super::*;
use crate::{
    azure::{CircuitState, Party, PeeringKind, ProviderState},
    config::{
        document::Forbidden,
        operation::{Edit, Operation},
        transition::illegal,
    },
};

fn document(text: &str) -> Document {
    load_text(text).unwrap_or_else(|errors| panic!("{}", errors.plain())).document
}

fn keys(text: &str) -> Vec<Edit> {
    let table: toml::Table = text.parse().unwrap();
    table.into_iter().map(|(key, value)| Edit { key, value: Some(value) }).collect()
}

fn named(name: &str) -> crate::azure::CircuitName {
    name.parse().unwrap()
}

fn create(name: &str, text: &str) -> Operation {
    Operation::CreateCircuit { name: named(name), keys: keys(text) }
}

fn peer(name: &str, text: &str, by: Party) -> Operation {
    Operation::SetPeering { circuit: named(name), kind: PeeringKind::Private, keys: keys(text), by }
}

const ORDER: &str = "service_provider = \"Equinix\"\npeering_location = \"Amsterdam\"\nbandwidth_mbps = 500";
const LINKS: &str = "peer_asn = 65020\nvlan_id = 100\nprimary_peer_address_prefix = \"172.16.9.0/30\"\n\
    secondary_peer_address_prefix = \"172.16.9.4/30\"";

fn step(state: ProviderState) -> Operation {
    Operation::SetProviderState { name: named("ams-2"), state }
}

#[test]
fn s01_a_circuit_lives_from_its_order_to_its_end() {
    use ProviderState::{Deprovisioning, NotProvisioned, Provisioned, Provisioning};
    let running = plan(LAB);
    let start = document(LAB);
    let ordered = start.after(&create("ams-2", ORDER)).unwrap();
    let circuit = ordered.load(&running).unwrap().plan.circuits[1].clone();
    assert_eq!((circuit.provider_state, circuit.bandwidth.mbps()), (NotProvisioned, 500));
    assert_eq!(start.after(&create("ams-1", ORDER)).unwrap_err(), Forbidden::Exists("ams-1".to_owned()));

    let too_early = ordered.after(&peer("ams-2", LINKS, Party::Customer)).unwrap();
    let said = too_early.load(&running).unwrap_err().plain().to_string();
    assert!(
        said.contains(&format!("'NotProvisioned' of this service key '{}'", circuit.service_key)),
        "{said}"
    );

    let provisioned = [Provisioning, Provisioned]
        .into_iter()
        .fold(ordered, |document, state| document.after(&step(state)).unwrap());
    let peered = provisioned.after(&peer("ams-2", LINKS, Party::Customer)).unwrap();
    assert_eq!(peered.load(&running).unwrap().plan.attachments.len(), 4);

    let delete = Operation::DeleteCircuit { name: named("ams-2") };
    let refused = peered.after(&delete).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "The specified dedicated circuit is not in Deprovisioned state. Please initiate the deprovisioning process with \
         your service provider. Circuit ams-2 is Provisioned."
    );
    assert_eq!(refused.azure_code(), Some("ConflictError"));
    let taken_down = peered.after(&step(Deprovisioning)).unwrap();
    assert!(taken_down.load(&running).is_err(), "its peerings are still there");
    let gone =
        Operation::DeletePeering { circuit: named("ams-2"), kind: PeeringKind::Private, by: Party::Customer };
    let down = [gone, step(Deprovisioning)];
    let down = down.iter().fold(peered, |document, operation| document.after(operation).unwrap());
    let ended = down.after(&step(NotProvisioned)).unwrap().after(&delete).unwrap();
    assert!(diff(&running, &ended.load(&running).unwrap().plan).is_empty());

    // A delete while the provider is at it waits for him.
    let waiting = down.after(&delete).unwrap();
    assert_eq!(waiting.load(&running).unwrap().plan.circuits[1].state, CircuitState::Disabling);
    let change = Operation::ChangeCircuit { name: named("ams-2"), keys: keys("bandwidth_mbps = 1000") };
    assert_eq!(waiting.after(&change).unwrap_err(), Forbidden::Disabling("ams-2".to_owned()));
    let ended = waiting.after(&step(NotProvisioned)).unwrap();
    assert!(diff(&running, &ended.load(&running).unwrap().plan).is_empty());
}

#[test]
fn what_an_operation_may_not_do_is_refused_by_name() {
    let start = document(LAB);
    let change = |text: &str| Operation::ChangeCircuit { name: named("ams-1"), keys: keys(text) };
    let back = Operation::SetProviderState { name: named("ams-1"), state: ProviderState::Provisioning };
    let nothing =
        Operation::DeletePeering { circuit: named("ams-1"), kind: PeeringKind::Public, by: Party::Customer };
    for (operation, said) in [
        (change("service_provider = \"Colt\""), "service_provider cannot be set by this operation"),
        (create("x", "service_key = \"y\""), "service_key cannot be set by this operation"),
        (Operation::DeleteCircuit { name: named("x") }, "there is no circuit x"),
        (back, "serviceProviderProvisioningState cannot go from Provisioned to Provisioning"),
        (nothing, "circuit ams-1 has no public peering"),
    ] {
        let refused = start.after(&operation).unwrap_err();
        assert_eq!(refused.to_string(), said);
        assert!(!refused.remedy().is_empty());
    }
    let bad = start.after(&change("bandwidth_mbps = 300")).unwrap().load(&plan(LAB)).unwrap_err();
    assert!(bad.plain().to_string().contains("bandwidth_mbps is 300"), "{}", bad.plain());
}

#[test]
fn s33_what_the_provider_has_set_is_read_only_for_the_customer() {
    let managed = lab(
        "name = \"ams-1\"\n",
        "name = \"ams-1\"\nservice_provider = \"Colt\"\npeering_location = \"Amsterdam\"\nauthorized_by = \"provider\"\n",
    );
    let start = document(&managed);
    let edit = |by| peer("ams-1", "peer_asn = 65099", by);
    let refused = start.after(&edit(Party::Customer)).unwrap_err();
    assert!(refused.to_string().ends_with("set by the provider and read-only for the customer"), "{refused}");
    let changed = start.after(&edit(Party::Provider)).unwrap().load(&plan(&managed)).unwrap().plan;
    assert_eq!(changed.attachments[0].last_modified_by, Party::Provider);
    assert_eq!(changed.attachments[0].peer_asn.get(), 65_099);
    // On a circuit of the customer's, what the provider has touched is the provider's.
    let touched = document(LAB).after(&edit(Party::Provider)).unwrap();
    assert!(touched.after(&edit(Party::Customer)).is_err());
}

#[test]
fn s30_a_circuit_grows_and_does_not_shrink() {
    let sized = |mbps: u32, sku: &str| {
        plan(&lab(
            "name = \"ams-1\"\n",
            &format!("name = \"ams-1\"\nbandwidth_mbps = {mbps}\nsku = {sku:?}\n"),
        ))
    };
    let (standard, premium) = ("Standard_MeteredData", "Premium_MeteredData");
    let (unlimited, local) = ("Standard_UnlimitedData", "Local_UnlimitedData");
    for (from, to, refused) in [
        ((1000, standard), (2000, standard), None),
        ((1000, standard), (500, standard), Some("the bandwidth cannot be reduced from 1 Gbps to 500 Mbps")),
        ((1000, standard), (1000, premium), None),
        ((1000, premium), (1000, standard), None),
        ((1000, standard), (1000, unlimited), None),
        ((1000, unlimited), (1000, standard), Some("UnlimitedData does not become MeteredData")),
        ((1000, unlimited), (1000, local), Some("a circuit does not become Local")),
        ((1000, local), (1000, "Premium_UnlimitedData"), None),
    ] {
        let found = illegal(&sized(from.0, from.1), &sized(to.0, to.1));
        let said = found.first().map(ToString::to_string);
        assert_eq!(said.is_some(), refused.is_some(), "{from:?} {to:?} {said:?}");
        assert!(said.unwrap_or_default().contains(refused.unwrap_or_default()), "{from:?} {to:?}");
    }
}

#[test]
fn a_file_that_is_read_again_keeps_what_operations_made_of_it() {
    let running = plan(LAB);
    let read_again = |before: &Document, text: &str| document(text).with(before.overlay()).0;
    let names = |document: &Document| -> Vec<String> {
        let plan = document.load(&running).unwrap().plan;
        plan.circuits.iter().map(|circuit| circuit.name.to_string()).collect()
    };
    let created = document(LAB).after(&create("ams-2", ORDER)).unwrap();
    assert_eq!(names(&read_again(&created, &lab("65010", "65011"))), ["ams-1", "ams-2"]);
    // The file has the last word about a circuit that it names.
    let taken_over = format!("{LAB}\n[[circuit]]\nname = \"ams-2\"\n");
    let taken = read_again(&created, &taken_over);
    assert_eq!(names(&taken), ["ams-1", "ams-2"]);
    assert_eq!(names(&read_again(&taken, LAB)), ["ams-1"]);

    let sized = |document: &Document| document.load(&running).unwrap().plan.circuits[0].bandwidth.mbps();
    let grow = Operation::ChangeCircuit { name: named("ams-1"), keys: keys("bandwidth_mbps = 2000") };
    let grown = document(LAB).after(&grow).unwrap();
    assert_eq!(sized(&read_again(&grown, LAB)), 2000);
    let edited = lab("name = \"ams-1\"\n", "name = \"ams-1\"\nbandwidth_mbps = 5000\n");
    assert_eq!(sized(&read_again(&grown, &edited)), 5000);
}

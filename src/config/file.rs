//! The file as it is written: names and shapes of its keys, no meaning yet. These types never leave `config`.

use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, marker::PhantomData};
use toml::Spanned;

/// The whole file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct File {
    #[serde(default)]
    pub(super) daemon: DaemonTable,
    #[serde(default)]
    pub(super) routers: RoutersTable,
    #[serde(default)]
    pub(super) virtual_network: Vec<Spanned<VirtualNetworkTable>>,
    #[serde(default)]
    pub(super) service_prefixes: ServicePrefixesTable,
    pub(super) registry: Option<RegistryTable>,
    #[serde(default)]
    pub(super) route_filter: Vec<Spanned<RouteFilterTable>>,
    #[serde(default)]
    pub(super) service_provider: Vec<Spanned<ServiceProviderTable>>,
    #[serde(default)]
    pub(super) express_route_port: Vec<Spanned<PortTable>>,
    #[serde(default)]
    pub(super) circuit: Vec<Spanned<CircuitTable>>,
    #[serde(default)]
    pub(super) lab: LabTable,
}

/// `[daemon]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct DaemonTable {
    pub(super) rules: Option<Spanned<String>>,
    pub(super) asn: Option<Spanned<Integer>>,
    pub(super) control: Option<Spanned<String>>,
    pub(super) control_token_file: Option<Spanned<String>>,
    pub(super) control_requests_per_s: Option<Spanned<Integer>>,
    pub(super) state_dir: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) freebind: bool,
    pub(super) manage_addresses: Option<Spanned<bool>>,
}

/// `[routers]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RoutersTable {
    #[serde(default)]
    pub(super) primary: RouterTable,
    #[serde(default)]
    pub(super) secondary: RouterTable,
}

/// `[routers.primary]` and `[routers.secondary]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RouterTable {
    pub(super) router_id: Option<Spanned<String>>,
    pub(super) interface: Option<Spanned<String>>,
    pub(super) encapsulation: Option<Spanned<String>>,
}

/// `[lab]`: departures from Azure.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct LabTable {
    #[serde(default)]
    pub(super) open_transit: bool,
}

/// `[[virtual_network]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct VirtualNetworkTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) region: Option<Spanned<String>>,
    pub(super) community: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) peered_with: Vec<Spanned<String>>,
    pub(super) address_space: Option<Spanned<Vec<Spanned<String>>>>,
}

/// `[service_prefixes]`: the files that say what Microsoft's services use.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct ServicePrefixesTable {
    pub(super) service_tags: Option<Spanned<String>>,
    pub(super) datacenter_ranges: Option<Spanned<String>>,
    pub(super) microsoft_365: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) microsoft_365_authorized: bool,
}

/// `[registry]`: what says who holds which prefixes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RegistryTable {
    #[serde(default)]
    pub(super) rpsl: Vec<Spanned<String>>,
    pub(super) vrps: Option<Spanned<String>>,
    pub(super) rtr: Option<Spanned<String>>,
}

/// `[[route_filter]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RouteFilterTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) communities: Option<Spanned<Vec<Spanned<String>>>>,
}

/// `[[service_provider]]`: a provider that is not built in, or other facts of one that is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct ServiceProviderTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) kind: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) peering_locations: Vec<Spanned<String>>,
    pub(super) bandwidths_mbps: Option<Vec<Spanned<Integer>>>,
    pub(super) microsoft_peering: Option<bool>,
}

/// `[[express_route_port]]`: a provider's port, or a customer's own (ExpressRoute Direct).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct PortTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) peering_location: Option<Spanned<String>>,
    pub(super) bandwidth_gbps: Option<Spanned<Integer>>,
    pub(super) service_provider: Option<Spanned<String>>,
}

/// `[[circuit]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct CircuitTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) service_provider: Option<Spanned<String>>,
    pub(super) provider_kind: Option<Spanned<String>>,
    pub(super) express_route_port: Option<Spanned<String>>,
    pub(super) cloud: Option<Spanned<String>>,
    pub(super) peering_location: Option<Spanned<String>>,
    pub(super) circuit_provisioning_state: Option<Spanned<String>>,
    pub(super) service_provider_provisioning_state: Option<Spanned<String>>,
    pub(super) service_key: Option<Spanned<String>>,
    pub(super) authorized_by: Option<Spanned<String>>,
    pub(super) bandwidth_mbps: Option<Spanned<Integer>>,
    pub(super) sku: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) virtual_networks: Vec<Spanned<ScalarOr<String, LinkTable>>>,
    #[serde(default)]
    pub(super) global_reach: Vec<Spanned<ScalarOr<String, GlobalReachTable>>>,
    #[serde(default)]
    pub(super) peering: Vec<Spanned<PeeringTable>>,
}

/// A linked virtual network with more than its name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct LinkTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) routing_weight: Option<Spanned<Integer>>,
}

/// A circuit that is connected by Global Reach, with more than its name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct GlobalReachTable {
    pub(super) circuit: Option<Spanned<String>>,
    pub(super) address_prefix: Option<Spanned<String>>,
}

/// `[[circuit.peering]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct PeeringTable {
    pub(super) kind: Option<Spanned<String>>,
    pub(super) state: Option<Spanned<String>>,
    pub(super) peer_asn: Option<Spanned<Integer>>,
    pub(super) vlan_id: Option<Spanned<Integer>>,
    pub(super) primary_peer_address_prefix: Option<Spanned<String>>,
    pub(super) secondary_peer_address_prefix: Option<Spanned<String>>,
    pub(super) ipv6_primary_peer_address_prefix: Option<Spanned<String>>,
    pub(super) ipv6_secondary_peer_address_prefix: Option<Spanned<String>>,
    pub(super) shared_key: Option<Spanned<String>>,
    pub(super) shared_key_file: Option<Spanned<String>>,
    pub(super) prefix_limit: Option<Spanned<ScalarOr<Integer, LimitTable>>>,
    pub(super) ipv6_prefix_limit: Option<Spanned<ScalarOr<Integer, LimitTable>>>,
    pub(super) advertise: Option<bool>,
    pub(super) graceful_restart: Option<Spanned<ScalarOr<String, GracefulRestartTable>>>,
    pub(super) bgp_role: Option<Spanned<ScalarOr<String, RoleTable>>>,
    pub(super) as_sets: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) attribute_limits: AttributeLimitsTable,
    pub(super) route_filter: Option<Spanned<String>>,
    pub(super) last_modified_by: Option<Spanned<String>>,
    pub(super) advertised_public_prefixes: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) customer_asn: Option<Spanned<Integer>>,
    pub(super) routing_registry_name: Option<Spanned<String>>,
    pub(super) advertised_public_prefixes_state: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) timers: TimersTable,
    pub(super) primary: Option<Spanned<ScalarOr<String, SessionTable>>>,
    pub(super) secondary: Option<Spanned<ScalarOr<String, SessionTable>>>,
    pub(super) ipv6_primary: Option<Spanned<ScalarOr<String, SessionTable>>>,
    pub(super) ipv6_secondary: Option<Spanned<ScalarOr<String, SessionTable>>>,
}

/// `prefix_limit = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct LimitTable {
    pub(super) max: Option<Spanned<Integer>>,
    pub(super) action: Option<Spanned<String>>,
    pub(super) restart_s: Option<Spanned<Integer>>,
}

/// `graceful_restart = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct GracefulRestartTable {
    pub(super) part: Option<Spanned<String>>,
    pub(super) restart_s: Option<Spanned<Integer>>,
    pub(super) stale_s: Option<Spanned<Integer>>,
    pub(super) deferral_s: Option<Spanned<Integer>>,
    pub(super) notifications: Option<bool>,
}

/// `bgp_role = { … }`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RoleTable {
    pub(super) role: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) strict: bool,
}

/// `attribute_limits = { … }`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct AttributeLimitsTable {
    pub(super) as_path: Option<Spanned<Integer>>,
    pub(super) communities: Option<Spanned<Integer>>,
    pub(super) attributes: Option<Spanned<Integer>>,
}

/// `timers = { … }`.
#[expect(clippy::struct_field_names, reason = "the unit stands in the key")]
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct TimersTable {
    pub(super) hold_s: Option<Spanned<Integer>>,
    pub(super) keepalive_s: Option<Spanned<Integer>>,
    pub(super) connect_retry_s: Option<Spanned<Integer>>,
    pub(super) idle_hold_s: Option<Spanned<Integer>>,
    pub(super) send_hold_s: Option<Spanned<Integer>>,
}

/// `primary = { … }` and its like: one session, as far as it differs from what the subnet says.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct SessionTable {
    pub(super) local_address: Option<Spanned<String>>,
    pub(super) peer_address: Option<Spanned<String>>,
    pub(super) local_endpoint: Option<Spanned<String>>,
    pub(super) peer_endpoint: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) passive: bool,
    #[serde(default)]
    pub(super) ttl_security: bool,
    pub(super) families: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) ipv6_next_hop: Option<Spanned<String>>,
    pub(super) interface: Option<Spanned<String>>,
    pub(super) encapsulation: Option<Spanned<String>>,
}

/// A TOML integer; its range is judged where its meaning is known.
#[derive(Clone, Copy)]
pub(crate) struct Integer(pub(crate) i64);

/// A short form, or a table that says more.
pub(super) enum ScalarOr<S, T> {
    Scalar(S),
    Table(T),
}

/// What a message calls the short form.
pub(super) trait Scalar {
    const EXPECTED: &'static str;
}

impl Scalar for String {
    const EXPECTED: &'static str = "a string or a table";
}

impl Scalar for Integer {
    const EXPECTED: &'static str = "an integer or a table";
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntegerVisitor;

        impl Visitor<'_> for IntegerVisitor {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Integer, E> {
                Ok(Integer(number))
            }
        }

        deserializer.deserialize_any(IntegerVisitor)
    }
}

/// By hand, because an untagged enum of serde loses the locations inside the table.
impl<'de, S, T> Deserialize<'de> for ScalarOr<S, T>
where
    S: Scalar + Deserialize<'de>,
    T: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherVisitor<S, T>(PhantomData<(S, T)>);

        impl<'de, S, T> Visitor<'de> for EitherVisitor<S, T>
        where
            S: Scalar + Deserialize<'de>,
            T: Deserialize<'de>,
        {
            type Value = ScalarOr<S, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(S::EXPECTED)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                S::deserialize(text.into_deserializer()).map(ScalarOr::Scalar)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                S::deserialize(number.into_deserializer()).map(ScalarOr::Scalar)
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(table)).map(ScalarOr::Table)
            }
        }

        deserializer.deserialize_any(EitherVisitor(PhantomData))
    }
}

//! Operations on circuits: from the schema's words to the daemon's, and back.

use super::{changes, ending, invalid};
use crate::{
    api::schema::{
        BandwidthOffered, ControlError, ErrorCode, Operated, OperationRequest, ServiceProvider,
        ServiceProviderProperties, ServiceProviders,
    },
    config::{ConfigErrors, Finding, Operation, Plan, operation::Edit, transition::Illegal},
    daemon::{Done, Handle, OperationRefused},
};
use serde_json::{Map, Value};

pub(super) async fn operate(handle: &Handle, request: OperationRequest) -> Result<Operated, ControlError> {
    let circuit = request.circuit().clone();
    let Done { difference, unkept } = handle.operate(operation(request)?).await.map_err(refused)?;
    let directory = handle.directory();
    let service_key = directory.plan.circuit(&circuit).map(|circuit| circuit.service_key.to_string());
    Ok(Operated { changes: changes(&difference), service_key, unkept })
}

fn operation(request: OperationRequest) -> Result<Operation, ControlError> {
    Ok(match request {
        OperationRequest::CreateCircuit { name, keys } => {
            Operation::CreateCircuit { name, keys: edits(keys)? }
        }
        OperationRequest::ChangeCircuit { name, keys } => {
            Operation::ChangeCircuit { name, keys: edits(keys)? }
        }
        OperationRequest::DeleteCircuit { name } => Operation::DeleteCircuit { name },
        OperationRequest::SetProviderState { name, state } => Operation::SetProviderState { name, state },
        OperationRequest::SetPeering { circuit, kind, keys, by } => {
            Operation::SetPeering { circuit, kind, keys: edits(keys)?, by: by.into() }
        }
        OperationRequest::DeletePeering { circuit, kind, by } => {
            Operation::DeletePeering { circuit, kind, by: by.into() }
        }
    })
}

fn edits(keys: Map<String, Value>) -> Result<Vec<Edit>, ControlError> {
    let edit = |(key, value): (String, Value)| {
        if value.is_null() {
            return Ok(Edit { key, value: None });
        }
        match toml::Value::try_from(&value) {
            Ok(value) => Ok(Edit { key, value: Some(value) }),
            Err(error) => {
                let message = format!("the value of {key} is not one of the configuration: {error}");
                Err(ControlError::new(ErrorCode::InvalidRequest, message))
            }
        }
    };
    keys.into_iter().map(edit).collect()
}

fn refused(refused: OperationRefused) -> ControlError {
    match refused {
        OperationRefused::NoDocument => ControlError::new(ErrorCode::Conflict, refused.to_string())
            .with_remedy("start it with `msee run -c FILE` to be able to change its circuits"),
        OperationRefused::Forbidden(forbidden) => {
            let refusal = ControlError::new(ErrorCode::Conflict, forbidden.to_string());
            let azure_code = forbidden.azure_code().map(str::to_owned);
            ControlError { azure_code, ..refusal.with_remedy(forbidden.remedy()) }
        }
        OperationRefused::Invalid(errors) => invalid_operation(&errors),
        OperationRefused::Illegal(illegal) => illegal_change(&illegal),
        OperationRefused::Ending(_) => ending(),
    }
}

/// The first error is the cause: places in a text that nobody has written help nobody.
fn invalid_operation(errors: &ConfigErrors) -> ControlError {
    let Some(first) = errors.iter().next() else { return invalid(errors) };
    let azure_code = errors.iter().find_map(|error| error.finding().azure_code());
    ControlError {
        azure_code: azure_code.map(str::to_owned),
        ..ControlError::new(ErrorCode::Conflict, first.to_string()).with_remedy(first.finding().remedy())
    }
}

pub(super) fn illegal_change(illegal: &[Illegal]) -> ControlError {
    let message = illegal.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let refusal = ControlError::new(ErrorCode::Conflict, message);
    match illegal.first() {
        Some(first) => refusal.with_remedy(first.remedy()),
        None => refusal,
    }
}

pub(super) fn service_providers(plan: &Plan) -> ServiceProviders {
    let provider = |provider: &crate::azure::ServiceProvider| ServiceProvider {
        name: provider.name.clone(),
        resource_type: "Microsoft.Network/expressRouteServiceProviders".to_owned(),
        properties: ServiceProviderProperties {
            peering_locations: provider.locations.iter().map(ToString::to_string).collect(),
            bandwidths_offered: provider
                .bandwidths(plan.daemon.rules)
                .into_iter()
                .map(|mbps| BandwidthOffered { offer_name: offer_name(mbps), value_in_mbps: mbps })
                .collect(),
            provisioning_state: "Succeeded".to_owned(),
        },
    };
    ServiceProviders { value: plan.service_providers.iter().map(provider).collect() }
}

/// `500Mbps`, `1Gbps`: without the space that people read.
fn offer_name(mbps: u32) -> String {
    if mbps.is_multiple_of(1_000) { format!("{}Gbps", mbps / 1_000) } else { format!("{mbps}Mbps") }
}

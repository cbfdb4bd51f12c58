//! Requests to the control endpoint, as far as they are not HTTP: query strings, JSON bodies, names in paths. What was
//! understood is said again and understood as the same.

use msee::api::schema::{
    DiffRequest, DisableRequest, EffectiveRoutesQuery, EventsQuery, ExplainQuery, LookupQuery,
    OperationRequest, RoutesQuery, SessionTarget, SessionsQuery,
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// A query string, for each path that has one, and the name that stands in a path.
pub fn queries(input: &[u8]) {
    query::<SessionsQuery>(input);
    query::<RoutesQuery>(input);
    query::<EffectiveRoutesQuery>(input);
    query::<LookupQuery>(input);
    query::<ExplainQuery>(input);
    query::<EventsQuery>(input);
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(target) = text.parse::<SessionTarget>()
    {
        assert_eq!(target.to_string().parse(), Ok(target));
    }
}

/// A body, for each path that takes one.
pub fn operations(input: &[u8]) {
    body::<OperationRequest>(input);
    body::<DiffRequest>(input);
    body::<DisableRequest>(input);
}

fn query<T: DeserializeOwned + Serialize + PartialEq + Debug>(input: &[u8]) {
    let Ok(query) = serde_urlencoded::from_bytes::<T>(input) else { return };
    let Ok(text) = serde_urlencoded::to_string(&query) else { panic!("{query:?} cannot be said again") };
    match serde_urlencoded::from_str::<T>(&text) {
        Ok(again) => assert_eq!(again, query),
        Err(error) => panic!("{text}: {error}"),
    }
}

fn body<T: DeserializeOwned + Serialize + PartialEq + Debug>(input: &[u8]) {
    let Ok(body) = serde_json::from_slice::<T>(input) else { return };
    let Ok(text) = serde_json::to_string(&body) else { panic!("{body:?} cannot be said again") };
    match serde_json::from_str::<T>(&text) {
        Ok(again) => assert_eq!(again, body),
        Err(error) => panic!("{text}: {error}"),
    }
}

//! The log line of a request. It holds the path's template, never the path, a query or a header.

use poem::{Response, http::Method};

use super::{Arrival, route_table::METHODS};

pub(super) fn write(
    owner: &str,
    method: &Method,
    pattern: Option<&str>,
    arrival: &Arrival,
    response: &Response,
) {
    tracing::info!(
        target: "tessera::request",
        owner,
        // An unknown method is free text of the caller's.
        method = if METHODS.contains(method) { method.as_str() } else { "(other)" },
        path = pattern.unwrap_or("(unmatched)"),
        status = response.status().as_u16(),
        micros = u64::try_from(arrival.elapsed().as_micros()).unwrap_or(u64::MAX),
        request_id = arrival.request_id(),
        "request"
    );
}

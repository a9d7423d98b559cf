//! Which bucket a request is counted in, and under whose name.

use std::sync::Arc;

use poem::http::Method;

use super::{caller::Caller, errors::PnutError};
use crate::{
    edge::Arrival,
    limits::{Rate, RateLimits, address_key},
};

/// Whether a request only looks. Matches `x-rate-bucket` of every operation.
pub(super) fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// Counts one request.
pub(super) fn count(
    limits: &Arc<RateLimits>,
    method: &Method,
    arrival: &Arrival,
    caller: &Caller,
) -> Rate {
    let address = || format!("address {}", address_key(arrival.client()));
    let (client, known) = match caller {
        Caller::Holder(token) => (format!("token {}", token.record.id), true),
        // Nobody can say whether this token is valid. Valid ones must not be locked out for it.
        Caller::Refused(PnutError::Unavailable { .. }) => (address(), true),
        Caller::Anonymous | Caller::Refused(_) => (address(), false),
    };
    let bucket = match (is_read(method), known) {
        (true, true) => &limits.token_reads,
        (true, false) => &limits.anonymous_reads,
        (false, _) => &limits.writes,
    };
    bucket.count(&client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::routes::ROUTES;

    #[test]
    fn methods_agree_with_the_documented_buckets() {
        for route in ROUTES.iter().filter(|route| route.dialect == "pnut") {
            let method: Method = route.method.parse().expect("a method");
            assert_eq!(
                is_read(&method),
                route.rate_bucket == "token_reads",
                "{}",
                route.operation
            );
        }
    }
}

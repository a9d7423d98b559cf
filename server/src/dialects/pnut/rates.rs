//! Which buckets a request is counted in: those of reads or those of writes.

use poem::http::Method;

use crate::limits::Lane;

/// Matches `x-rate-bucket` of every operation.
pub(super) fn lane(method: &Method) -> Lane {
    if method == Method::GET || method == Method::HEAD {
        Lane::Reads
    } else {
        Lane::Writes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::routes::ROUTES;

    #[test]
    fn methods_agree_with_the_documented_buckets() {
        for route in ROUTES.iter().filter(|route| route.dialect == "pnut") {
            let method: Method = route.method.parse().expect("a method");
            let bucket = match lane(&method) {
                Lane::Reads => "token_reads",
                Lane::Writes => "writes",
                Lane::General => "default",
            };
            assert_eq!(bucket, route.rate_bucket, "{}", route.operation);
        }
    }
}

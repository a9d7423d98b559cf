//! Which content coding a client wants (RFC 9110 §12.5.3).

use poem::http::{HeaderMap, header};

/// Whether gzip is wanted rather than the bytes as they are.
pub(super) fn wants_gzip(headers: &HeaderMap) -> bool {
    let mut gzip = None;
    let mut identity = None;
    let mut any = None;
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    for (coding, weight) in lines.flat_map(|line| line.split(',')).map(weighed) {
        match coding.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => gzip = gzip.or(Some(weight)),
            "identity" => identity = identity.or(Some(weight)),
            "*" => any = any.or(Some(weight)),
            _ => {}
        }
    }
    match (gzip.or(any), identity) {
        (Some(gzip), identity) => gzip > 0 && gzip >= identity.unwrap_or(0),
        // Not named, but the only one that is not refused.
        (None, identity) => identity == Some(0),
    }
}

/// A coding and its weight in thousandths; what is no weight is none.
fn weighed(element: &str) -> (&str, u32) {
    let mut parts = element.split(';').map(str::trim);
    let coding = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    (
        coding,
        weight.map_or(1000, |text| thousandths(text).unwrap_or(0)),
    )
}

fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match whole {
        "0" => 0,
        "1" => 1000,
        _ => return None,
    };
    digits.then_some(())?;
    let fraction: u32 = format!("{fraction:0<3}").parse().ok()?;
    (whole + fraction <= 1000).then_some(whole + fraction)
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    #[test]
    fn gzip_is_sent_where_it_is_admitted_and_not_wanted_less() {
        for (sent, wanted) in [
            (&[][..], false),
            (&[""], false),
            (&["gzip"], true),
            (&["GZip"], true),
            (&["x-gzip"], true),
            (&["gzip, deflate, br, zstd"], true),
            (&["br", "gzip"], true),
            (&["deflate, br"], false),
            (&["gzip;q=0"], false),
            (&["gzip;q=0.000"], false),
            (&["gzip;q=0.001"], true),
            (&["gzip ; q=0.5 , identity;q=0.4"], true),
            (&["gzip;q=0.5, identity"], false),
            (&["*"], true),
            (&["*;q=0"], false),
            (&["*;q=0.1, gzip;q=0"], false),
            (&["*;q=0, gzip"], true),
            (&["identity"], false),
            (&["identity;q=0"], true),
            (&["identity;q=0, gzip;q=0"], false),
            (&["gzip;q=2"], false),
            (&["gzip;q=x"], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in sent {
                let value = HeaderValue::from_static(line);
                headers.append(header::ACCEPT_ENCODING, value);
            }
            assert_eq!(wants_gzip(&headers), wanted, "{sent:?}");
        }
    }
}

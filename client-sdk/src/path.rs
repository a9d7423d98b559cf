//! Path parameters: encoded so that each stays one segment, and refused where no encoding helps.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but what RFC 3986 calls unreserved. URLs read `\` as `/`, so less would not do.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The text of one path segment.
pub(crate) fn encode_path(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Whether `path` still has the shape of `template`, below the path of the origin.
///
/// `.` and `..` are taken out of a path even when they are encoded, and an empty text leaves a hole in it.
pub(crate) fn fits(path: &str, origin: &str, template: &str) -> bool {
    let Some(path) = path.strip_prefix(origin.trim_end_matches('/')) else {
        return false;
    };
    let (mut sent, mut wanted) = (path.split('/'), template.split('/'));
    loop {
        match (sent.next(), wanted.next()) {
            (None, None) => return true,
            (Some(sent), Some(wanted)) if wanted.starts_with('{') => {
                if sent.is_empty() {
                    return false;
                }
            }
            (Some(sent), Some(wanted)) if sent == wanted => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "/tokens/{tokenId}/revoke";

    #[test]
    fn whatever_a_segment_holds_it_stays_one() {
        assert_eq!(encode_path("a/b\\c..?#%~"), "a%2Fb%5Cc..%3F%23%25~");
        assert!(fits("/tokens/a%2Fb/revoke", "/", TEMPLATE));
        assert!(fits("/stem/tokens/a/revoke", "/stem", TEMPLATE));
    }

    #[test]
    fn a_path_with_a_hole_or_a_step_back_does_not_fit() {
        for path in [
            "/tokens//revoke",
            "/tokens/revoke",
            "/revoke",
            "/tokens/a/b/revoke",
        ] {
            assert!(!fits(path, "/", TEMPLATE), "{path}");
        }
        assert!(!fits("/tokens/a/revoke", "/stem", TEMPLATE));
    }
}

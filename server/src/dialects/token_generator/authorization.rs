//! Reads `Authorization: Token token="<jwt>"`, the scheme of Rails' token authentication.

/// What separates parameters; the first services that spoke this scheme sent either.
const DELIMITERS: [char; 2] = [',', ';'];

/// Blanks around names and values (RFC 9110 §5.6.3); no others of Unicode's.
const BLANKS: [char; 2] = [' ', '\t'];

/// The token of a header value; `None` unless the scheme is `Token` and exactly one parameter is called `token`, quoted
/// or not. Whatever the other parameters hold, and whether they are any, changes nothing.
pub(super) fn token(value: &str) -> Option<&str> {
    let (scheme, mut rest) = value.split_once(BLANKS)?;
    if !scheme.eq_ignore_ascii_case("token") {
        return None;
    }
    let mut found = None;
    while !rest.is_empty() {
        let (parameter, remaining) = first(rest);
        rest = remaining;
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        // Of two tokens one would be checked and the other believed.
        if name.trim_matches(BLANKS).eq_ignore_ascii_case("token") && found.replace(value).is_some()
        {
            return None;
        }
    }
    unquoted(found?.trim_matches(BLANKS)).filter(|token| !token.is_empty())
}

/// The first parameter of a list, and what follows its delimiter. One inside of a quoted value is none.
fn first(list: &str) -> (&str, &str) {
    let plain = list.find(DELIMITERS).unwrap_or(list.len());
    let quote = list
        .find('=')
        .filter(|equals| *equals < plain)
        .and_then(|equals| {
            let value = list.get(equals + 1..)?;
            let quoted = value.trim_start_matches(BLANKS).strip_prefix('"')?;
            Some(list.len() - quoted.len())
        });
    let end = match quote {
        None => plain,
        Some(start) => {
            let quoted = list.get(start..).unwrap_or_default();
            let close = closing_quote(quoted).map_or(list.len(), |at| start + at + 1);
            let after = list.get(close..).unwrap_or_default();
            close + after.find(DELIMITERS).unwrap_or(after.len())
        }
    };
    let parameter = list.get(..end).unwrap_or(list);
    (parameter, list.get(end + 1..).unwrap_or_default())
}

/// A value without its quotes, escapes left in; `None` when it is not whole.
fn unquoted(value: &str) -> Option<&str> {
    match value.strip_prefix('"') {
        None => (!value.contains('"')).then_some(value),
        Some(quoted) => {
            let (token, after) = quoted.split_at_checked(closing_quote(quoted)?)?;
            (after == "\"").then_some(token)
        }
    }
}

/// Where a quoted string ends (RFC 9110 §5.6.4).
fn closing_quote(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    quoted.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn quoted_and_bare_tokens_are_read_with_further_parameters_after_them() {
        for value in [
            r#"Token token="a.b.c""#,
            "Token token=a.b.c",
            r#"token token = "a.b.c""#,
            "TOKEN  token=a.b.c ",
            r#"Token token="a.b.c", nonce="x,\"token=evil\"""#,
            r#"Token token="a.b.c";nonce=x"#,
            "Token token=a.b.c; nonce=x, other=y",
            "Token token=a.b.c,",
            "Token\ttoken=a.b.c",
            "Token token=a.b.c, nonsense",
            r#"Token token="a.b.c", nonce="never closed, token=d"#,
            "Token token=a.b.c;\u{fffd}, =, \u{fffd}=\"",
            r#"Token nonce="x, token=d", token="a.b.c""#,
        ] {
            assert_eq!(token(value), Some("a.b.c"), "{value}");
        }
    }

    #[test]
    fn everything_else_is_no_token() {
        for value in [
            "",
            "Token",
            "Token ",
            "Token a.b.c",
            "Token token=",
            r#"Token token="""#,
            r#"Token token="a.b.c"#,
            r#"Token token="a.b.c" x"#,
            "Token token=a.b.c, token=d.e.f",
            r#"Token nonce="x, token=a.b.c""#,
            "Token \u{a0}token=a.b.c",
            r#"Token token=a.b.c""#,
            "Bearer token=a.b.c",
            "Tokentoken=a.b.c",
            "Basic YTpi",
        ] {
            assert_eq!(token(value), None, "{value}");
        }
    }

    #[test]
    fn a_bare_value_with_spaces_inside_is_left_to_the_token_check() {
        assert_eq!(token("Token token=a b"), Some("a b"));
    }
}

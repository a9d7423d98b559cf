//! Reads `Authorization: Token token="<jwt>"`, the scheme of Rails' token authentication.

/// What separates parameters; the first services that spoke this scheme sent either.
const DELIMITERS: [char; 2] = [',', ';'];

/// The token of a header value; `None` unless the scheme is `Token` and its first parameter, and no
/// later one, is `token`, quoted or not.
pub(super) fn token(value: &str) -> Option<&str> {
    let (scheme, parameters) = value.split_once([' ', '\t'])?;
    if !scheme.eq_ignore_ascii_case("token") {
        return None;
    }
    let (first, mut rest) = parameter(parameters)?;
    let token = first.named("token").filter(|token| !token.is_empty())?;
    while !rest.trim_start().is_empty() {
        let (further, remaining) = parameter(rest)?;
        // Of two tokens one would be checked and the other believed.
        if further.named("token").is_some() {
            return None;
        }
        rest = remaining;
    }
    Some(token)
}

/// One `name=value`; the value without its quotes, escapes left in.
struct Parameter<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> Parameter<'a> {
    fn named(&self, name: &str) -> Option<&'a str> {
        self.name.eq_ignore_ascii_case(name).then_some(self.value)
    }
}

/// The first parameter of a list and what follows its delimiter.
fn parameter(list: &str) -> Option<(Parameter<'_>, &str)> {
    let (name, after) = list.trim_start().split_once('=')?;
    let name = name.trim_end();
    let after = after.trim_start();
    let (value, rest) = match after.strip_prefix('"') {
        Some(quoted) => quoted.split_at_checked(closing_quote(quoted)?)?,
        None => after.split_at_checked(after.find(DELIMITERS).unwrap_or(after.len()))?,
    };
    let (value, rest) = match rest.strip_prefix('"') {
        Some(rest) => (value, rest),
        None => (value.trim_end(), rest),
    };
    let rest = rest.trim_start();
    let rest = if rest.is_empty() {
        rest
    } else {
        rest.strip_prefix(DELIMITERS)?
    };
    let bare = |text: &str| !text.contains([' ', '\t', '"', ',', ';']);
    (bare(name) && !name.is_empty()).then_some((Parameter { name, value }, rest))
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
            r#"Token nonce="x", token="a.b.c""#,
            "Token token=a.b.c, nonsense",
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

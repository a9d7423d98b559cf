//! Reads credentials, parameters and bodies out of a request.

use std::borrow::Cow;

use http_body_util::BodyExt;
use poem::{
    Request, RequestBody,
    http::{HeaderValue, header, header::GetAll},
    web::headers::{Authorization, HeaderMapExt, authorization::Basic},
};
use poem_openapi::types::ParseFromJSON;
use serde_json::{Map, Value};

use super::{BODY_LIMIT, Rejection, RejectionKind, Secret, Shape, misspelt, read_json_text};

/// A body as poem has it inside.
type BoxBody = http_body_util::combinators::BoxBody<bytes::Bytes, std::io::Error>;

/// How the user id and the password of HTTP Basic are written before they are joined by a colon (`x-basic`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasicForm {
    /// As `application/x-www-form-urlencoded` writes values (RFC 6749 §2.3.1).
    FormEncoded,
    /// As they are (RFC 7617): a `+` or `%` in them is just that.
    Plain,
}

/// User id and password of HTTP Basic.
#[derive(Debug, Clone)]
pub struct BasicCredentials {
    /// The part before the first colon.
    pub username: String,
    /// The part after it.
    pub password: Secret,
}

/// The value of a credential header; more than one of them is a rejection.
pub fn credential_header<'a>(request: &'a Request, name: &'static str) -> Result<Option<&'a str>, Rejection> {
    one_of_credential(request.headers().get_all(name), name)
}

fn one_of_credential<'a>(all: GetAll<'a, HeaderValue>, name: &'static str) -> Result<Option<&'a str>, Rejection> {
    let mut values = all.iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Rejection::credential(RejectionKind::CredentialRepeated, name));
    }
    first
        .to_str()
        .map(Some)
        .map_err(|_| Rejection::credential(RejectionKind::CredentialMalformed, name))
}

/// `Authorization` under a scheme whose value is a list of parameters, of which one is the credential. Bytes that are
/// no text become U+FFFD: a credential has none of them, and what stands beside it is nobody's business.
pub fn authorization_credential(request: &Request) -> Result<Option<Secret>, Rejection> {
    let mut lines = request.headers().get_all(header::AUTHORIZATION).iter();
    let first = lines.next();
    if lines.next().is_some() {
        return Err(Rejection::credential(RejectionKind::CredentialRepeated, "Authorization"));
    }
    Ok(first.map(|value| Secret::from(String::from_utf8_lossy(value.as_bytes()).into_owned())))
}

/// An API key that travels in a header.
pub fn header_credential(request: &Request, name: &'static str) -> Result<Option<Secret>, Rejection> {
    Ok(credential_header(request, name)?.map(Secret::from))
}

/// Whether a credential is absent or empty.
pub fn is_blank(credential: Option<&Secret>) -> bool {
    credential.is_none_or(|credential| credential.expose().is_empty())
}

/// What follows `scheme` in `Authorization` (RFC 9110 §11.4: the scheme's case is free).
///
/// What is of the scheme but cannot be read is malformed; everything else is of another scheme, also text that is none.
fn after_scheme<'a>(request: &'a Request, scheme: &str) -> Result<Option<&'a str>, Rejection> {
    let refuse = |kind| Rejection::credential(kind, "Authorization");
    let malformed = || match request.headers().get(header::AUTHORIZATION) {
        Some(value) if is_of_scheme(value.as_bytes(), scheme) => refuse(RejectionKind::CredentialMalformed),
        _ => refuse(RejectionKind::CredentialOfOtherScheme),
    };
    let sent = request.headers().get_all(header::AUTHORIZATION);
    let value = match one_of_credential(sent, "Authorization") {
        Ok(Some(value)) => value,
        Ok(None) => return Ok(None),
        Err(rejection) if rejection.kind == RejectionKind::CredentialMalformed => return Err(malformed()),
        Err(rejection) => return Err(rejection),
    };
    let (sent, rest) = value.split_once(' ').ok_or_else(malformed)?;
    let rest = rest.trim();
    if sent.eq_ignore_ascii_case(scheme) && !rest.is_empty() && !rest.as_bytes().contains(&b' ') {
        Ok(Some(rest))
    } else {
        Err(malformed())
    }
}

/// Whether a value of `Authorization`, text or not, is of that scheme and has something after it.
fn is_of_scheme(value: &[u8], scheme: &str) -> bool {
    value.split_at_checked(scheme.len()).is_some_and(|(sent, rest)| {
        sent.eq_ignore_ascii_case(scheme.as_bytes()) && rest.starts_with(b" ") && !rest.trim_ascii().is_empty()
    })
}

/// The bearer token of `Authorization` (RFC 6750 §2.1).
pub fn bearer_credential(request: &Request) -> Result<Option<Secret>, Rejection> {
    Ok(after_scheme(request, "Bearer")?.map(Secret::from))
}

/// The user id and password of `Authorization: Basic`.
pub fn basic_credential(request: &Request, form: BasicForm) -> Result<Option<BasicCredentials>, Rejection> {
    let malformed = || Rejection::credential(RejectionKind::CredentialMalformed, "Authorization");
    if after_scheme(request, "Basic")?.is_none() {
        return Ok(None);
    }
    let Authorization(basic) = request.headers().typed_get::<Authorization<Basic>>().ok_or_else(malformed)?;
    let read = |text: &str| match form {
        BasicForm::FormEncoded => decode_form(text),
        BasicForm::Plain => Some(text.to_owned()),
    };
    Ok(Some(BasicCredentials {
        username: read(basic.username()).ok_or_else(malformed)?,
        password: read(basic.password()).map(Secret::from).ok_or_else(malformed)?,
    }))
}

/// The raw value of a cookie; of several with the name the first counts. It is found on bytes: the other cookies
/// of the header may hold any. Those of its own that are no text become U+FFFD.
pub fn cookie_credential(request: &Request, name: &str) -> Option<Secret> {
    let headers = request.headers().get_all(header::COOKIE).iter();
    headers
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            Some((&pair[..equals], &pair[equals + 1..]))
        })
        .find(|(sent, _)| sent.trim_ascii() == name.as_bytes())
        .map(|(_, value)| Secret::from(String::from_utf8_lossy(value.trim_ascii()).into_owned()))
}

/// An API key that travels in the query; sent twice it is a rejection.
pub fn query_credential(request: &Request, name: &'static str) -> Result<Option<Secret>, Rejection> {
    match one_of_query(request, name) {
        Ok(None) => Ok(None),
        Ok(Some(value)) => value
            .map(|text| Some(Secret::from(text)))
            .ok_or_else(|| Rejection::credential(RejectionKind::CredentialMalformed, name)),
        Err(Repeated) => Err(Rejection::credential(RejectionKind::CredentialRepeated, name)),
    }
}

/// A header parameter; of several the first counts. Bytes that are not UTF-8 become U+FFFD: what a
/// value may hold is its schema's business.
pub fn header_parameter(request: &Request, name: &'static str) -> Option<String> {
    let value = request.headers().get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// A query parameter; sent twice it is a rejection.
pub fn query_parameter(request: &Request, name: &'static str) -> Result<Option<String>, Rejection> {
    match one_of_query(request, name) {
        Ok(None) => Ok(None),
        Ok(Some(value)) => value
            .map(Some)
            .ok_or_else(|| Rejection::parameter(RejectionKind::ParameterInvalid, name)),
        Err(Repeated) => Err(Rejection::parameter(RejectionKind::ParameterRepeated, name)),
    }
}

/// Checks a parameter against its schema and types it.
pub fn typed_parameter<T: ParseFromJSON>(
    text: Option<String>,
    name: &'static str,
    required: bool,
    shape: &Shape,
) -> Result<Option<T>, Rejection> {
    let invalid = || Rejection::parameter(RejectionKind::ParameterInvalid, name);
    let Some(text) = text else {
        return if required {
            Err(Rejection::parameter(RejectionKind::ParameterMissing, name))
        } else {
            Ok(None)
        };
    };
    let mut value = shape.read_text(&text);
    shape.settle(&mut value);
    shape.check(&value, "").map_err(|_| invalid())?;
    T::parse_from_json(Some(value)).map(Some).map_err(|_| invalid())
}

/// A query parameter that was sent twice.
struct Repeated;

/// Refuses a query in which something stands that has to be spelt `exact`ly and stand elsewhere; the documented
/// parameters are `known`.
pub fn check_query(
    request: &Request,
    known: &[&str],
    exact: &'static [&'static str],
) -> Result<(), Rejection> {
    for (sent, _) in split_pairs(request.uri().query().unwrap_or_default()) {
        let name = decode_form_lossy(sent);
        if let Some(meant) = misspelt(&name, exact).filter(|_| !known.contains(&name.as_str())) {
            return Err(Rejection::parameter(RejectionKind::ParameterInvalid, meant));
        }
    }
    Ok(())
}

/// The value of a query parameter; `Some(None)` when it is not UTF-8.
fn one_of_query(request: &Request, name: &str) -> Result<Option<Option<String>>, Repeated> {
    let query = request.uri().query().unwrap_or_default();
    let mut found = None;
    for (sent, value) in split_pairs(query) {
        // The other pairs, whatever they are, are none of the operation's business.
        if decode_form(sent).as_deref() == Some(name) && found.replace(decode_form(value)).is_some() {
            return Err(Repeated);
        }
    }
    Ok(found)
}

/// The media types an operation documents for its body.
#[derive(Debug, Clone, Copy)]
pub struct BodyForms {
    /// `application/json` is one of them.
    pub json: bool,
    /// `application/x-www-form-urlencoded` is one of them.
    pub form: bool,
    /// Whether the body must be there.
    pub required: bool,
    /// `x-exact-names`: members that no other member may be mistaken for.
    pub exact: &'static [&'static str],
}

/// Reads, checks and types the body of an operation.
pub async fn read_body<T: ParseFromJSON>(
    request: &Request,
    mut body: RequestBody,
    forms: BodyForms,
    shape: &Shape,
) -> Result<Option<T>, Rejection> {
    let reject = |kind| Rejection::body(kind, "");
    let body = body.take().map_err(|_| reject(RejectionKind::BodyMissing))?;
    let bytes = whole(body, BODY_LIMIT).await.map_err(reject)?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    if bytes.is_empty() && !forms.required {
        return Ok(None);
    }
    if is_coded(request) {
        return Err(reject(RejectionKind::ContentCodingUnsupported));
    }
    let mut sent = request.headers().get_all(header::CONTENT_TYPE).iter();
    let media_type = match sent.next() {
        // Readers disagree on which of two counts.
        Some(_) if sent.next().is_some() => return Err(reject(RejectionKind::MediaTypeUnsupported)),
        None if bytes.is_empty() => return Err(reject(RejectionKind::BodyMissing)),
        None => return Err(reject(RejectionKind::MediaTypeUnsupported)),
        // Its parameters are nobody's business, whatever bytes they have.
        Some(sent) => String::from_utf8_lossy(sent.as_bytes()),
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let mut value = if forms.json && essence.eq_ignore_ascii_case("application/json") {
        let value = read_json(bytes)?;
        shape.check_digits(&value, bytes)?;
        value
    } else if forms.form && essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        check_valueless(bytes, forms.exact)?;
        read_form(bytes, shape)?
    } else {
        return Err(reject(RejectionKind::MediaTypeUnsupported));
    };
    shape.check_names(&value, forms.exact)?;
    shape.settle(&mut value);
    shape.check(&value, "")?;
    T::parse_from_json(Some(value))
        .map(Some)
        .map_err(|_| reject(RejectionKind::FieldInvalid))
}

/// The bytes of a body, or why they cannot be had: it has more than `limit`, or breaks off.
async fn whole(body: impl Into<BoxBody>, limit: usize) -> Result<Vec<u8>, RejectionKind> {
    let mut body = body.into();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| RejectionKind::BodyIncomplete)?;
        let data: &[u8] = frame.data_ref().map_or(&[], |data| data);
        if bytes.len() + data.len() > limit {
            return Err(RejectionKind::BodyTooLarge);
        }
        // One frame is the rule. Where there are more, they get all the room there may be, once: doubling would leave as much behind.
        let room = if bytes.is_empty() { data.len() } else { limit };
        bytes.reserve_exact(room - bytes.len());
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

/// U+FEFF in UTF-8. Windows programs write it before text; it is no part of the text (RFC 8259 §8.1 lets a reader skip it).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Whether the body came under a content coding (RFC 9110 §8.4); `identity` is none.
fn is_coded(request: &Request) -> bool {
    let mut lines = request.headers().get_all(header::CONTENT_ENCODING).iter();
    lines.any(|line| {
        let mut codings = line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
    })
}

fn read_json(bytes: &[u8]) -> Result<Value, Rejection> {
    if bytes.is_empty() {
        return Err(Rejection::body(RejectionKind::BodyMissing, ""));
    }
    read_json_text(bytes).ok_or_else(|| Rejection::body(RejectionKind::BodyMalformed, ""))
}

/// A field without so much as an equals sign is not an empty one where its name has to be exact.
fn check_valueless(bytes: &[u8], exact: &'static [&'static str]) -> Result<(), Rejection> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let mut names = text.split('&').filter(|pair| !pair.is_empty() && !pair.contains('='));
    names
        .find_map(|name| misspelt(&decode_form_lossy(name), exact).map(|_| decode_form_lossy(name)))
        .map_or(Ok(()), |name| Err(Rejection::body(RejectionKind::FieldInvalid, format!("/{name}"))))
}

/// A form as the JSON object it stands for, its values typed by `shape`.
fn read_form(bytes: &[u8], shape: &Shape) -> Result<Value, Rejection> {
    let malformed = || Rejection::body(RejectionKind::BodyMalformed, "");
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    let properties = match shape {
        Shape::Object { properties, .. } => *properties,
        _ => &[],
    };
    let (mut members, mut valueless) = (Map::new(), Vec::new());
    for (name, value) in form_pairs(text).ok_or_else(malformed)? {
        let value = match properties.iter().find(|property| property.name == name) {
            Some(property) => {
                if value.is_empty() && property.shape.is_enumerated() {
                    valueless.push(name.clone());
                }
                property.shape.read_text(&value)
            }
            None => Value::String(value),
        };
        // RFC 6749 §3.2: no parameter twice.
        if members.contains_key(&name) {
            return Err(Rejection::body(RejectionKind::FieldRepeated, format!("/{name}")));
        }
        members.insert(name, value);
    }
    // RFC 6749 §3.2: without a value it is as if it were not there. Where an empty text is a
    // possible value, the operation decides.
    for name in valueless {
        members.shift_remove(&name);
    }
    Ok(Value::Object(members))
}

/// Pairs of `application/x-www-form-urlencoded`; `None` when they are not UTF-8.
fn form_pairs(text: &str) -> Option<Vec<(String, String)>> {
    split_pairs(text)
        .map(|(name, value)| Some((decode_form(name)?, decode_form(value)?)))
        .collect()
}

fn split_pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn decode_form(text: &str) -> Option<String> {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return Some(text.to_owned());
    }
    percent_decode(&text.replace('+', " "))
}

fn decode_form_lossy(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

pub(super) fn percent_decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}


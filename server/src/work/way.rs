//! One way to prove a name to an operation with a secret that does not fit. Each dialect lists its own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::Request;
use poem::http::Method;
use serde_json::{Value, json};

use crate::dialects::{DialectSettings, REGISTRATIONS};
use crate::domain::{Dialect, KeyAlgorithm, MachineSecret, PrincipalKind, SecretPurpose};

/// The clients' `kid` of their assertion keys.
pub(crate) const KID: &str = "k1";

/// How names are proved to a dialect.
pub(crate) struct Ways {
    /// The ways to prove a name to an operation: none if it takes no name; `None` for an operation that is not listed.
    pub(crate) of: fn(operation: &str) -> Option<Vec<Way>>,
    /// The profile (a JSON object) of a principal that has the name.
    pub(crate) profile: fn(name: &str) -> Value,
    /// What a client proves itself with whose own proof is right, if a way needs one.
    pub(crate) caller: Option<MachineSecret>,
    /// Members of JSON answers that are never the same twice.
    pub(crate) varying: &'static [&'static str],
}

/// A client whose own proof is right: its name and its secret.
#[derive(Default)]
pub(crate) struct Caller {
    pub(crate) name: String,
    pub(crate) secret: String,
}

/// One way to prove a name to an operation.
pub(crate) struct Way {
    /// In words, for whoever reads a failure.
    pub(crate) told: String,
    /// Whose principals have the name.
    pub(crate) dialect: Dialect,
    pub(crate) kind: PrincipalKind,
    pub(crate) purpose: SecretPurpose,
    /// The algorithm of a known client's assertion key.
    pub(crate) algorithm: KeyAlgorithm,
    /// A request that claims the name and proves it with the wrong secret.
    pub(crate) claim: Claim,
}

type Claim = Box<dyn Fn(&str, &Caller) -> Request>;

/// A way to prove the name of such a principal by such a secret.
pub(crate) fn way(
    told: impl Into<String>,
    (dialect, kind, purpose): (Dialect, PrincipalKind, SecretPurpose),
    claim: impl Fn(&str, &Caller) -> Request + 'static,
) -> Way {
    Way {
        told: told.into(),
        dialect,
        kind,
        purpose,
        algorithm: KeyAlgorithm::EdDsa,
        claim: Box::new(claim),
    }
}

/// A token that its holder signed names a secret by its `iss`, wherever a token is taken, whosever it is.
pub(crate) fn secret_token(
    told: &str,
    claim: impl Fn(String, &Caller) -> Request + 'static,
) -> Way {
    let settings = DialectSettings::default();
    let mut all = REGISTRATIONS.iter();
    let taking = all.find(|dialect| (dialect.rules)(&settings).self_signed);
    let dialect = taking.expect("a dialect in which holders sign tokens").id;
    let proved = (dialect, PrincipalKind::SecretHolder, SecretPurpose::HmacKey);
    way(told, proved, move |iss, caller| {
        let token = forged(KeyAlgorithm::Hs256, None, &json!({ "iss": iss }));
        claim(token, caller)
    })
}

/// The same in `Authorization: Bearer`.
pub(crate) fn bearer(method: Method, path: &'static str) -> Way {
    secret_token("Bearer", move |token, _| {
        Request::builder()
            .method(method.clone())
            .uri_str(path)
            .header("authorization", format!("Bearer {token}"))
            .finish()
    })
}

/// A token with a signature that fits no key.
pub(crate) fn forged(algorithm: KeyAlgorithm, kid: Option<&str>, claims: &Value) -> String {
    let header = match kid {
        Some(kid) => json!({ "alg": algorithm.as_str(), "kid": kid }),
        None => json!({ "alg": algorithm.as_str() }),
    };
    let length = match algorithm {
        KeyAlgorithm::Hs256 => 32,
        KeyAlgorithm::Es256 | KeyAlgorithm::EdDsa => 64,
        KeyAlgorithm::Rs256 => 256,
    };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!(
        "{}.{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes()),
        encode(&vec![1; length])
    )
}

/// A POST, for a body or none.
pub(crate) fn post(path: &str) -> poem::RequestBuilder {
    Request::builder().method(Method::POST).uri_str(path)
}

/// A POST of a JSON body.
pub(crate) fn post_json(path: &str, body: &Value) -> Request {
    post(path)
        .content_type("application/json")
        .body(body.to_string())
}

/// A POST of a form.
pub(crate) fn form(path: &str, fields: &[(&str, &str)]) -> Request {
    post(path)
        .content_type("application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(fields).unwrap_or_default())
}

/// The address of a user of that name.
pub(crate) fn email(name: &str) -> String {
    format!("{name}@mail.example")
}

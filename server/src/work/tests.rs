//! A name that is known costs what an unknown one costs, in every operation that takes a name and a proof.
//!
//! Each operation of the document is listed in [`ways`], each purpose of a secret must be proved by one of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use poem::Request;
use poem::http::StatusCode;
use serde_json::{Value, json};

use super::{Work, take};
use crate::authority::{
    Actor, AuthorityError, Clock, Dialect, KeyAlgorithm, KeyId, NewSecret, PasswordCost, Principal,
    PrincipalKind, SecretPurpose, SystemClock, TokenAuthority,
};
use crate::config::Config;
use crate::edge::SystemMonotonic;
use crate::generated::routes::ROUTES;
use crate::keys::{SystemRandomness, stand_in};
use crate::serve::{Ports, Server};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The clients' `kid` of their assertion keys.
const KID: &str = "k1";

/// One way to prove a name to an operation.
struct Way {
    /// In words, for whoever reads a failure.
    told: String,
    dialect: Dialect,
    kind: PrincipalKind,
    purpose: SecretPurpose,
    /// The algorithm of a known client's assertion key.
    algorithm: KeyAlgorithm,
    /// A request that claims the name and proves it with the wrong secret.
    claim: Claim,
}

type Claim = Box<dyn Fn(&str, &Lab) -> Request>;

/// Who has the name that is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// Somebody, whose secret is another.
    Known,
    /// Nobody.
    Unknown,
    /// Somebody with such a secret, who is disabled.
    Disabled,
    /// Somebody with a secret of every other purpose.
    WithoutSecret,
    /// Somebody whose secret was revoked.
    RevokedSecret,
}

/// A server that is asked in this thread, with what the claims need.
struct Lab {
    server: Server,
    /// A pnut client and its right secret for the password grant.
    app: (String, String),
    _folder: tempfile::TempDir,
}

/// What a request cost, and what came back.
#[derive(Debug, PartialEq)]
struct Cost {
    work: Vec<Work>,
    answer: (StatusCode, String),
}

/// The ways to prove a name to an operation: none if it takes no name.
#[expect(
    clippy::panic,
    reason = "an operation that nobody listed must not pass"
)]
fn ways(operation: &str) -> Vec<Way> {
    match operation {
        "animeloop_create_session" => logins(),
        "auth_api_issue_long_token" => long_tokens(),
        "manis_create_token" => vec![merchant()],
        "oauth_introspect_token" => clients("/oauth/introspect"),
        "oauth_revoke_token" => clients("/oauth/revoke"),
        "pnut_create_access_token" => grants(),
        "token_generator_create_token" => vec![secret_token()],
        // A session is found by a random identifier, a token by its hash, and neither names anybody.
        "animeloop_delete_session"
        | "animeloop_get_token"
        | "animeloop_read_token"
        | "animeloop_create_token"
        | "animeloop_revoke_token"
        | "auth_api_issue_short_token"
        | "auth_api_revoke_token"
        | "oauth_list_keys"
        | "oauth_get_metadata"
        | "pnut_get_token"
        | "pnut_delete_token" => Vec::new(),
        unlisted => panic!("{unlisted}: list the ways to prove a name to it, or none"),
    }
}

fn way(
    told: impl Into<String>,
    (dialect, kind, purpose): (Dialect, PrincipalKind, SecretPurpose),
    claim: impl Fn(&str, &Lab) -> Request + 'static,
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

fn logins() -> Vec<Way> {
    let proved = (
        Dialect::Animeloop,
        PrincipalKind::User,
        SecretPurpose::Password,
    );
    const PATH: &str = "/api/v2/auth/login";
    vec![
        way("JSON", proved, |name, _| {
            post_json(
                PATH,
                &json!({ "username": name, "password": "wrong_password" }),
            )
        }),
        way("form", proved, |name, _| {
            form(PATH, &[("username", name), ("password", "wrong_password")])
        }),
    ]
}

fn merchant() -> Way {
    let proved = (
        Dialect::Manis,
        PrincipalKind::Merchant,
        SecretPurpose::MerchantSecret,
    );
    way("headers", proved, |name, _| {
        post("/api/v1/auth/token")
            .header("x-merchant-id", name)
            .header("x-secret", "wrong")
            .finish()
    })
}

fn clients(path: &'static str) -> Vec<Way> {
    let proved = (
        Dialect::Oauth,
        PrincipalKind::Client,
        SecretPurpose::ClientSecret,
    );
    vec![
        way("Basic", proved, move |name, _| {
            let pair = STANDARD.encode(format!("{name}:wrong"));
            let request = post(path).header("authorization", format!("Basic {pair}"));
            request
                .content_type("application/x-www-form-urlencoded")
                .body("token=any")
        }),
        way("form", proved, move |name, _| {
            let fields = [
                ("token", "any"),
                ("client_id", name),
                ("client_secret", "wrong"),
            ];
            form(path, &fields)
        }),
    ]
}

fn grants() -> Vec<Way> {
    const PATH: &str = "/v1/oauth/access_token";
    let client = |purpose| (Dialect::Pnut, PrincipalKind::Client, purpose);
    let user = (Dialect::Pnut, PrincipalKind::User, SecretPurpose::Password);
    let by_password = |name: String, lab: &Lab| {
        let (app, secret) = &lab.app;
        let fields = [
            ("grant_type", "password"),
            ("client_id", app),
            ("password_grant_secret", secret),
            ("username", &name),
            ("password", "wrong"),
        ];
        form(PATH, &fields)
    };
    vec![
        way(
            "client credentials",
            client(SecretPurpose::ClientSecret),
            |name, _| {
                let fields = [
                    ("grant_type", "client_credentials"),
                    ("client_id", name),
                    ("client_secret", "wrong"),
                ];
                form(PATH, &fields)
            },
        ),
        way(
            "the client of a password grant",
            client(SecretPurpose::PasswordGrantSecret),
            |name, _| {
                let fields = [
                    ("grant_type", "password"),
                    ("client_id", name),
                    ("password_grant_secret", "wrong"),
                    ("username", "anybody"),
                    ("password", "any"),
                ];
                form(PATH, &fields)
            },
        ),
        way("a user by name", user, move |name, lab| {
            by_password(name.to_owned(), lab)
        }),
        way("a user by address", user, move |name, lab| {
            by_password(email(name), lab)
        }),
    ]
}

fn long_tokens() -> Vec<Way> {
    let keyed = |name: &str, body: &Value| {
        let request = post("/v1/auth/tokens/long").header("x-client-id", name);
        request
            .content_type("application/json")
            .body(body.to_string())
    };
    let client = |purpose| (Dialect::AuthApi, PrincipalKind::Client, purpose);
    let with = |grant_type: &'static str, proof: &'static str, value: &'static str| {
        move |name: &str, _: &Lab| {
            let body = json!({
                "grant_type": grant_type, "client_id": name, proof: value,
            });
            keyed(name, &body)
        }
    };
    let mut ways = vec![
        way(
            "client secret",
            client(SecretPurpose::ClientSecret),
            with("client_credentials", "client_secret", "wrong"),
        ),
        way(
            "one-time code",
            client(SecretPurpose::TotpSeed),
            with("client_credentials", "otp_code", "000000"),
        ),
    ];
    for algorithm in KeyAlgorithm::ALL.iter().copied() {
        for held in KeyAlgorithm::ALL.iter().copied() {
            for kid in [None, Some(KID), Some("other")] {
                if held == KeyAlgorithm::Hs256 {
                    continue;
                }
                let told = format!("{algorithm} assertion by {kid:?}, {held} key");
                let proved = client(SecretPurpose::AssertionKey);
                let claim = move |name: &str, _: &Lab| {
                    let body = json!({
                        "grant_type": "assertion", "client_id": name,
                        "assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                        "assertion": forged(algorithm, kid, &json!({ "iss": name, "sub": name })),
                    });
                    keyed(name, &body)
                };
                ways.push(Way {
                    algorithm: held,
                    ..way(told, proved, claim)
                });
            }
        }
    }
    ways
}

fn secret_token() -> Way {
    let proved = (
        Dialect::TokenGenerator,
        PrincipalKind::SecretHolder,
        SecretPurpose::HmacKey,
    );
    way("a token of the holder's", proved, |iss, _| {
        let token = forged(KeyAlgorithm::Hs256, None, &json!({ "iss": iss }));
        post("/api/v1/token")
            .header("authorization", format!("Token token=\"{token}\""))
            .finish()
    })
}

/// A token with a signature that fits no key.
fn forged(algorithm: KeyAlgorithm, kid: Option<&str>, claims: &Value) -> String {
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

fn post(path: &str) -> poem::RequestBuilder {
    Request::builder()
        .method(poem::http::Method::POST)
        .uri_str(path)
}

fn post_json(path: &str, body: &Value) -> Request {
    post(path)
        .content_type("application/json")
        .body(body.to_string())
}

fn form(path: &str, fields: &[(&str, &str)]) -> Request {
    post(path)
        .content_type("application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(fields).unwrap_or_default())
}

fn email(name: &str) -> String {
    format!("{name}@mail.example")
}

impl Lab {
    async fn open() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("tessera.db");
        let mut config = Config::local(format!("sqlite://{}", database.display()));
        config.policy.rates.enforced = false;
        config.password_cost = PasswordCost {
            memory_kib: 64,
            passes: 1,
        };
        // A checkpoint is nobody's request.
        config.commits_per_checkpoint = std::num::NonZeroU32::MAX;
        let ports = Ports {
            clock: Arc::new(SystemClock) as Arc<dyn Clock>,
            monotonic: Arc::new(SystemMonotonic::default()),
            randomness: Arc::new(SystemRandomness::default()),
        };
        let server = Server::prepare(&config, &ports).await?;
        let authority = server.authority();
        let operator = Actor::operator();
        let app = authority
            .create_principal(
                &operator,
                Dialect::Pnut,
                PrincipalKind::Client,
                "the-app",
                serde_json::Map::new(),
            )
            .await?;
        let secret = NewSecret::Random(SecretPurpose::PasswordGrantSecret);
        let secret = authority.add_secret(&operator, &app, secret).await?;
        let secret = secret.value.ok_or("no secret")?.expose().to_owned();
        Ok(Self {
            server,
            app: (app.name, secret),
            _folder: folder,
        })
    }

    fn authority(&self) -> &TokenAuthority {
        self.server.authority()
    }

    async fn principal(&self, way: &Way, name: &str) -> Result<Principal, AuthorityError> {
        let profile = json!({ "email": email(name), "scopes": ["jobs:*", "introspect:any"] });
        let profile = profile.as_object().cloned().unwrap_or_default();
        self.authority()
            .create_principal(&Actor::operator(), way.dialect, way.kind, name, profile)
            .await
    }

    async fn secret(&self, way: &Way, of: &Principal, purpose: SecretPurpose) -> Outcome<KeyId> {
        let secret = match purpose {
            SecretPurpose::Password => NewSecret::Password("another_password".into()),
            SecretPurpose::ClientSecret
            | SecretPurpose::PasswordGrantSecret
            | SecretPurpose::MerchantSecret => NewSecret::Random(purpose),
            SecretPurpose::HmacKey => NewSecret::HmacKey(None),
            SecretPurpose::TotpSeed => NewSecret::TotpSeed,
            SecretPurpose::AssertionKey => NewSecret::AssertionKey {
                kid: KID.to_owned(),
                algorithm: way.algorithm,
                public_pem: stand_in::public_pem(way.algorithm, &SystemRandomness::default())?
                    .ok_or("no public key")?,
            },
        };
        let operator = Actor::operator();
        let registered = self.authority().add_secret(&operator, of, secret).await?;
        Ok(registered.id)
    }

    /// The name to claim, which is a secret's identifier where those name their holders.
    async fn name(&self, way: &Way, case: Case, number: usize) -> Outcome<String> {
        let name = format!("{:.5}-{number:04}", format!("{case:?}"));
        let operator = Actor::operator();
        let secret = match case {
            Case::Known => {
                let principal = self.principal(way, &name).await?;
                self.secret(way, &principal, way.purpose).await?
            }
            Case::Unknown => KeyId::new("nobodys-identifier-000"),
            Case::Disabled => {
                let principal = self.principal(way, &name).await?;
                let secret = self.secret(way, &principal, way.purpose).await?;
                self.authority()
                    .set_enabled(&operator, &principal, false)
                    .await?;
                secret
            }
            Case::WithoutSecret => {
                let principal = self.principal(way, &name).await?;
                let mut last = None;
                for purpose in SecretPurpose::ALL.iter().copied() {
                    if purpose != way.purpose {
                        last = Some(self.secret(way, &principal, purpose).await?);
                    }
                }
                last.ok_or("no other purpose")?
            }
            Case::RevokedSecret => {
                let principal = self.principal(way, &name).await?;
                let secret = self.secret(way, &principal, way.purpose).await?;
                self.authority()
                    .revoke_secret(&operator, &principal, &secret)
                    .await?;
                secret
            }
        };
        Ok(match way.purpose {
            SecretPurpose::HmacKey => secret.as_str().to_owned(),
            SecretPurpose::Password
            | SecretPurpose::ClientSecret
            | SecretPurpose::PasswordGrantSecret
            | SecretPurpose::MerchantSecret
            | SecretPurpose::TotpSeed
            | SecretPurpose::AssertionKey => name,
        })
    }

    async fn cost(&self, way: &Way, case: Case, number: usize) -> Outcome<Cost> {
        let name = self.name(way, case, number).await?;
        let request = (way.claim)(&name, self);
        take();
        let response = self.server.ask(request).await;
        let work = take();
        let status = response.status();
        let body = response.into_body().into_string().await?;
        // manis tells when it answers.
        let body = match serde_json::from_str::<Value>(&body) {
            Ok(Value::Object(mut members)) => {
                members.shift_remove("timestamp");
                Value::Object(members).to_string()
            }
            Ok(_) | Err(_) => body,
        };
        Ok(Cost {
            work,
            answer: (status, body),
        })
    }
}

/// What cannot be missing where a secret of that purpose is compared.
fn at_least(purpose: SecretPurpose) -> Vec<Work> {
    match purpose {
        SecretPurpose::Password => vec![Work::PasswordHash],
        SecretPurpose::ClientSecret
        | SecretPurpose::PasswordGrantSecret
        | SecretPurpose::MerchantSecret => vec![Work::Mac],
        SecretPurpose::HmacKey => vec![Work::Unseal, Work::Signature(KeyAlgorithm::Hs256)],
        SecretPurpose::TotpSeed => vec![Work::Unseal, Work::Code],
        SecretPurpose::AssertionKey => vec![Work::Parse],
    }
}

/// The first piece of work that is not the same, or the answers.
fn difference(known: &Cost, other: &Cost) -> String {
    let longest = known.work.len().max(other.work.len());
    let pieces = (0..longest).map(|at| (at, known.work.get(at), other.work.get(at)));
    match pieces.into_iter().find(|(_, known, other)| known != other) {
        Some((at, known, other)) => format!("piece {at} is {other:?}, known {known:?}"),
        None => format!("answer {:?}, known {:?}", other.answer, known.answer),
    }
}

#[tokio::test]
async fn a_known_name_costs_what_an_unknown_one_costs() -> Outcome<()> {
    let lab = Lab::open().await?;
    let mut proved = BTreeSet::new();
    let mut differing = Vec::new();
    let mut number = 0;
    for route in ROUTES {
        for way in ways(route.operation) {
            let told = format!("{} ({})", route.operation, way.told);
            proved.insert(way.purpose);
            number += 1;
            let known = lab.cost(&way, Case::Known, number).await?;
            for work in at_least(way.purpose) {
                assert!(known.work.contains(&work), "{told}: no {work:?}");
            }
            for case in [
                Case::Unknown,
                Case::Disabled,
                Case::WithoutSecret,
                Case::RevokedSecret,
            ] {
                let other = lab.cost(&way, case, number).await?;
                if other != known {
                    differing.push(format!("{told}, {case:?}: {}", difference(&known, &other)));
                }
            }
        }
    }
    let all: BTreeSet<_> = SecretPurpose::ALL.iter().copied().collect();
    assert_eq!(proved, all, "purposes that no operation was asked to prove");
    assert!(
        differing.is_empty(),
        "{} names cost more or less than a known one:\n{}",
        differing.len(),
        differing.join("\n")
    );
    Ok(())
}

//! A name that is known costs what an unknown one costs, in every operation that takes a name and a proof.
//!
//! Each operation of the document is listed in its dialect's `ways.rs`, each purpose of a secret must be proved by one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use poem::http::StatusCode;
use serde_json::Value;

use super::{Caller, KID, Way};
use crate::authority::{Claimant, NewSecret, RegistryError, TokenAuthority};
use crate::config::Config;
use crate::dialects::{REGISTRATIONS, Registration};
use crate::domain::SystemMonotonic;
use crate::domain::work::{Work, take};
use crate::domain::{
    Actor, Clock, Dialect, KeyAlgorithm, KeyId, MachineSecret, PasswordCost, Principal,
    PrincipalKind, Secret, SecretPurpose, SystemClock,
};
use crate::generated::routes::ROUTES;
use crate::keys::{SystemRandomness, stand_in};
use crate::serve::{Ports, Server};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

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
    callers: BTreeMap<Dialect, Caller>,
    _folder: tempfile::TempDir,
}

/// What a request cost, and what came back.
#[derive(Debug, PartialEq)]
struct Cost {
    work: Vec<Work>,
    answer: (StatusCode, String),
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
        // A copy is a copy in every case, and not when the store has told something just in time.
        server.authority().believe();
        let mut callers = BTreeMap::new();
        for dialect in REGISTRATIONS {
            let caller = match dialect.ways.caller {
                Some(sort) => caller(server.authority(), dialect, sort).await?,
                None => Caller::default(),
            };
            callers.insert(dialect.id, caller);
        }
        Ok(Self {
            server,
            callers,
            _folder: folder,
        })
    }

    fn authority(&self) -> &TokenAuthority {
        self.server.authority()
    }

    async fn principal(&self, way: &Way, name: &str) -> Result<Principal, RegistryError> {
        let profile = (registered(way.dialect).ways.profile)(name);
        let profile = profile.as_object().cloned().unwrap_or_default();
        self.authority()
            .registry()
            .create_principal(&Actor::operator(), way.dialect, way.kind, name, profile)
            .await
    }

    async fn secret(&self, way: &Way, of: &Principal, purpose: SecretPurpose) -> Outcome<KeyId> {
        let secret = match purpose {
            SecretPurpose::Password => NewSecret::password("another_password"),
            SecretPurpose::ClientSecret => NewSecret::Random(MachineSecret::Client),
            SecretPurpose::PasswordGrantSecret => NewSecret::Random(MachineSecret::PasswordGrant),
            SecretPurpose::MerchantSecret => NewSecret::Random(MachineSecret::Merchant),
            SecretPurpose::HmacKey => NewSecret::HmacKey(None),
            SecretPurpose::TotpSeed => NewSecret::TotpSeed(None),
            SecretPurpose::AssertionKey => NewSecret::AssertionKey {
                kid: KID.to_owned(),
                algorithm: way.algorithm,
                public_pem: stand_in::public_pem(way.algorithm, &SystemRandomness::default())?
                    .ok_or("no public key")?,
            },
        };
        let operator = Actor::operator();
        let registered = self
            .authority()
            .registry()
            .add_secret(&operator, of, secret)
            .await?;
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
            // The same garbage twice is not looked up twice.
            Case::Unknown => KeyId::new(format!("nobodys-identifier-{number:03}")),
            Case::Disabled => {
                let principal = self.principal(way, &name).await?;
                let secret = self.secret(way, &principal, way.purpose).await?;
                self.authority()
                    .registry()
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
                    .registry()
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

    async fn cost(&self, at: &At, case: Case, number: usize) -> Outcome<Cost> {
        let name = self.name(&at.way, case, number).await?;
        self.cost_of(at, &name).await
    }

    async fn cost_of(&self, at: &At, name: &str) -> Outcome<Cost> {
        let caller = self.callers.get(&at.dialect.id).ok_or("no caller")?;
        let request = (at.way.claim)(name, caller);
        if let Some(sort) = at.dialect.ways.caller {
            // Whose own proof is right is known by a copy, which others' changes may have cost it.
            let secret = Secret::new(caller.secret.as_str());
            let claimant = Claimant {
                dialect: at.dialect.id,
                kind: PrincipalKind::Client,
                name: &caller.name,
            };
            let proofs = self.authority().proofs();
            let operator = Actor::operator();
            proofs.secret(&operator, claimant, sort, &secret).await?;
        }
        take();
        let response = self.server.ask(request).await;
        let work = take();
        let status = response.status();
        let body = response.into_body().into_string().await?;
        let body = match serde_json::from_str::<Value>(&body) {
            Ok(Value::Object(mut members)) => {
                for member in at.dialect.ways.varying {
                    members.shift_remove(*member);
                }
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

/// A way to prove a name to an operation, with the dialect that has the operation.
struct At {
    operation: &'static str,
    dialect: &'static Registration,
    way: Way,
}

fn registered(dialect: Dialect) -> &'static Registration {
    let mut all = REGISTRATIONS.iter();
    all.find(|one| one.id == dialect)
        .expect("a registered dialect")
}

/// Every way to prove a name to any operation of the document.
fn ways() -> impl Iterator<Item = At> {
    ROUTES.iter().flat_map(|route| {
        let dialect = registered(Dialect::new(route.dialect));
        let operation = route.operation;
        let ways = (dialect.ways.of)(operation);
        let ways = ways
            .unwrap_or_else(|| panic!("{operation}: list the ways to prove a name to it, or none"));
        ways.into_iter().map(move |way| At {
            operation,
            dialect,
            way,
        })
    })
}

async fn caller(
    authority: &TokenAuthority,
    dialect: &Registration,
    sort: MachineSecret,
) -> Outcome<Caller> {
    let operator = Actor::operator();
    let profile = (dialect.ways.profile)("caller");
    let profile = profile.as_object().cloned().unwrap_or_default();
    let (id, kind) = (dialect.id, PrincipalKind::Client);
    let client = authority
        .registry()
        .create_principal(&operator, id, kind, "caller", profile)
        .await?;
    let secret = authority
        .registry()
        .add_secret(&operator, &client, NewSecret::Random(sort))
        .await?;
    let secret = secret.value.ok_or("no secret")?;
    Ok(Caller {
        name: client.name,
        secret: secret.expose().to_owned(),
    })
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
    for at in ways() {
        let told = format!("{} ({})", at.operation, at.way.told);
        proved.insert(at.way.purpose);
        number += 1;
        let known = lab.cost(&at, Case::Known, number).await?;
        for work in at_least(at.way.purpose) {
            assert!(known.work.contains(&work), "{told}: no {work:?}");
        }
        for case in [
            Case::Unknown,
            Case::Disabled,
            Case::WithoutSecret,
            Case::RevokedSecret,
        ] {
            let other = lab.cost(&at, case, number).await?;
            if other != known {
                differing.push(format!("{told}, {case:?}: {}", difference(&known, &other)));
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

/// The sixth wrong proof of a name meets a lock. What the five before and the lock cost tells nothing either.
#[tokio::test]
async fn a_known_name_is_locked_at_the_cost_of_an_unknown_one() -> Outcome<()> {
    let lab = Lab::open().await?;
    let mut locked = BTreeSet::new();
    for (number, at) in ways()
        .filter(|at| {
            matches!(
                at.way.purpose,
                SecretPurpose::Password | SecretPurpose::TotpSeed
            )
        })
        .enumerate()
    {
        let known = lab.name(&at.way, Case::Known, number).await?;
        let unknown = lab.name(&at.way, Case::Unknown, number).await?;
        for attempt in 1..=6 {
            let cost = lab.cost_of(&at, &known).await?;
            let other = lab.cost_of(&at, &unknown).await?;
            let told = format!("{}, attempt {attempt}", at.way.told);
            assert_eq!(other, cost, "{told}: {}", difference(&cost, &other));
            let refused = cost.answer.0 == StatusCode::TOO_MANY_REQUESTS;
            assert_eq!(refused, attempt == 6, "{told}: {:?}", cost.answer);
        }
        locked.insert(at.way.purpose);
    }
    assert_eq!(locked.len(), 2, "passwords and one-time codes");
    Ok(())
}

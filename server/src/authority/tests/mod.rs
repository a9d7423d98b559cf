//! The core over a real temporary database, with a clock that stands still and seeded randomness.

mod copies;
mod decoys;
mod end_many;
mod endings;
mod explain;
mod families;
mod gone;
mod growth;
mod lifecycle;
mod linear;
mod lockouts;
mod older;
mod passwords;
mod principals;
mod proofs;
mod races;
mod revocation;
mod rotation;
mod secret_tokens;
mod sessions;
mod stale_keys;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::{
    AuthoritySettings, Claimant, DialectRules, Follower as _, IssueRequest, NewSecret,
    PasswordError, ProvenUser, RegistryError, TokenAuthority, TokenFacts,
};
use crate::domain::{
    Actor, Claims, Clock, Dialect, KeyAlgorithm, NoRandomness, PasswordCost, Principal,
    PrincipalKind, Randomness, Secret, TokenClass,
};
use crate::keys::MasterKey;
use crate::keys::hash::sha256_of_parts;
use crate::storage::{Ground, SqlStore};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// 2024-01-01T00:00:00.250Z: not a whole second, so that rounding shows.
const START_MS: i64 = 1_704_067_200_250;

/// Stands still until it is moved.
struct FixedClock(AtomicI64);

impl Clock for FixedClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// SHA-256 of a counter: the same bytes in every run, never twice in one.
struct SeededRandomness(AtomicU64);

impl Randomness for SeededRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        for chunk in buffer.chunks_mut(32) {
            let block = sha256_of_parts(&[
                b"seed",
                &self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes(),
            ]);
            for (to, from) in chunk.iter_mut().zip(block) {
                *to = from;
            }
        }
        Ok(())
    }
}

impl TokenAuthority {
    /// Believes its copies for an hour, whatever the store says and when. What this process commits, it is told at once.
    pub(crate) fn believe(&self) {
        let later = Instant::now() + Duration::from_secs(3600);
        self.core.cache.caught_up(later);
    }
}

/// An authority on a database of its own.
struct Bench {
    authority: TokenAuthority,
    store: SqlStore,
    clock: Arc<FixedClock>,
    randomness: Arc<SeededRandomness>,
    /// The last to go.
    ground: Ground,
}

const TOKEN: TokenClass = TokenClass::new("token");

/// JWTs under an HMAC key of the dialect's own.
const MAC: Dialect = Dialect::new("mac");

/// Opaque tokens.
const OPAQUE: Dialect = Dialect::new("opaque");

/// The same, for others.
const OPAQUE_TOO: Dialect = Dialect::new("opaque_too");

/// Tokens that holders sign, beside those under an HMAC key of the dialect's own.
const SELF_SIGNED: Dialect = Dialect::new("self_signed");

/// JWTs under a key pair.
const SIGNED: Dialect = Dialect::new("signed");

/// The same, for others.
const SIGNED_TOO: Dialect = Dialect::new("signed_too");

/// All of them.
const DIALECTS: [Dialect; 6] = [MAC, OPAQUE, OPAQUE_TOO, SELF_SIGNED, SIGNED, SIGNED_TOO];

fn rules(dialect: Dialect) -> DialectRules {
    match dialect {
        MAC => DialectRules {
            session_max_secs: Some(30 * 24 * 3600),
            ..DialectRules::signed(&[KeyAlgorithm::Hs256])
        },
        SELF_SIGNED => DialectRules {
            self_signed: true,
            ..DialectRules::signed(&[KeyAlgorithm::Hs256])
        },
        SIGNED | SIGNED_TOO => DialectRules::signed(&KeyAlgorithm::PAIRS),
        _ => DialectRules::OPAQUE,
    }
}

impl Bench {
    async fn new() -> Result<Self, Box<dyn std::error::Error>> {
        Self::on(Ground::of_this_run().await?).await
    }

    /// One that looks into its own file.
    async fn in_a_file() -> Result<Self, Box<dyn std::error::Error>> {
        Self::on(Ground::in_a_file()?).await
    }

    async fn on(ground: Ground) -> Result<Self, Box<dyn std::error::Error>> {
        let clock = Arc::new(FixedClock(AtomicI64::new(START_MS)));
        let randomness = Arc::new(SeededRandomness(AtomicU64::new(0)));
        let store = ground.open().await?;
        let shared = (&clock, &randomness);
        let authority = open_on(store.clone(), shared, [1; 32], &DIALECTS).await?;
        Ok(Self {
            authority,
            store,
            clock,
            randomness,
            ground,
        })
    }

    /// Another process on the same database.
    async fn reopened(&self) -> Result<TokenAuthority, Box<dyn std::error::Error>> {
        self.serving(&DIALECTS).await
    }

    /// Another process on the same database, with these dialects only.
    async fn serving(
        &self,
        dialects: &[Dialect],
    ) -> Result<TokenAuthority, Box<dyn std::error::Error>> {
        open(
            &self.ground,
            &self.clock,
            &self.randomness,
            [1; 32],
            dialects,
        )
        .await
    }

    fn pass(&self, secs: i64) {
        self.clock.0.fetch_add(secs * 1000, Ordering::SeqCst);
    }

    async fn principal(
        &self,
        dialect: Dialect,
        kind: PrincipalKind,
        name: &str,
    ) -> Result<Principal, RegistryError> {
        self.authority
            .registry()
            .create_principal(&Actor::operator(), dialect, kind, name, Map::new())
            .await
    }

    /// A user who has proved the password, as a login does.
    async fn login(&self, user: &Principal, password: &str) -> Result<ProvenUser, PasswordError> {
        self.authority
            .proofs()
            .password(&nobody(), by_name(user), &secret(password))
            .await
    }

    async fn user(&self, name: &str, password: &str) -> Result<Principal, RegistryError> {
        let user = self.principal(MAC, PrincipalKind::User, name).await?;
        self.authority
            .registry()
            .add_secret(&Actor::operator(), &user, NewSecret::password(password))
            .await?;
        Ok(user)
    }
}

async fn open(
    ground: &Ground,
    clock: &Arc<FixedClock>,
    randomness: &Arc<SeededRandomness>,
    master: [u8; 32],
    dialects: &[Dialect],
) -> Result<TokenAuthority, Box<dyn std::error::Error>> {
    let store = ground.open().await?;
    open_on(store, (clock, randomness), master, dialects).await
}

async fn open_on(
    store: SqlStore,
    (clock, randomness): (&Arc<FixedClock>, &Arc<SeededRandomness>),
    master: [u8; 32],
    dialects: &[Dialect],
) -> Result<TokenAuthority, Box<dyn std::error::Error>> {
    let mut settings = AuthoritySettings::new("http://127.0.0.1:8080");
    settings.password_cost = PasswordCost {
        memory_kib: 64,
        passes: 1,
    };
    settings.dialects = dialects
        .iter()
        .map(|&dialect| (dialect, rules(dialect)))
        .collect();
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let randomness: Arc<dyn Randomness> = Arc::clone(randomness) as _;
    Ok(TokenAuthority::open(
        Arc::new(store),
        clock,
        randomness,
        MasterKey::from_bytes(master),
        settings,
    )
    .await?)
}

/// A token without an end, one live per user.
fn mac_token(user: &Principal) -> IssueRequest {
    let claims = |facts: &TokenFacts| {
        Claims::new()
            .with("uid", 7)
            .with("username", "alice")
            .with("date", facts.issued_at_ms)
            .with("jti", facts.id.as_str())
    };
    IssueRequest::jwt(MAC, TOKEN, user.id, claims).superseding()
}

fn by_name(principal: &Principal) -> Claimant<'_> {
    Claimant {
        dialect: principal.dialect,
        kind: principal.kind,
        name: &principal.name,
    }
}

fn nobody() -> Actor {
    at("192.0.2.1")
}

/// Somebody unknown at an address.
fn at(address: impl Into<String>) -> Actor {
    Actor::anonymous(Some(address.into()))
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

fn json_of(token: &Secret, part: usize) -> Option<Value> {
    use base64::Engine as _;
    let part = token.expose().split('.').nth(part)?;
    serde_json::from_slice(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(part)
            .ok()?,
    )
    .ok()
}

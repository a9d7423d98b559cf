//! Issuing tokens: opaque ones and JWTs, slots, families.

use std::sync::Arc;

use super::changes::{Change, ChangeSet};
use super::error::misuse;
use super::request::{Form, IssueRequest, Parent, TokenFacts};
use super::shape::opaque;
use super::{Core, IssueError, StoreError, Tokens, Unavailable, audit};
use crate::domain::{
    Actor, Claims, KeyAlgorithm, KeyId, PrincipalId, Secret, SecretState, Standing, TokenHash,
    TokenId, TokenRecord, TokenState,
};
use crate::keys::hash::{dated_text, sha256};
use crate::keys::jwt::{can_be_read, header_text};
use crate::keys::ring::KeyRing;
use crate::keys::signing::SigningKey;

/// A token just made: the only moment at which its text exists here.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuedToken {
    /// The token itself.
    pub token: Secret,
    /// Its row.
    pub record: Arc<TokenRecord>,
}

/// Where a new token hangs: its family, what it dies with, when it must be over.
#[derive(Default)]
struct Place {
    family: Option<TokenId>,
    parent: Option<TokenId>,
    expires_by_ms: Option<i64>,
    /// A token that is not the parent, but must live when the new one is written.
    asked_by: Option<TokenId>,
}

impl Place {
    fn below(parent: &TokenRecord) -> Self {
        Self {
            family: Some(parent.family.clone()),
            parent: Some(parent.id.clone()),
            expires_by_ms: parent.expires_at_ms,
            asked_by: None,
        }
    }
}

/// What happens, and must hold, in the transaction that writes a new token.
struct Terms {
    takes_slot: bool,
    granting_user: Option<PrincipalId>,
    asked_by: Option<TokenId>,
    standing: Option<Standing>,
}

/// A token that is made but not written, and with it what must hold when it is.
struct Draft {
    issued: IssuedToken,
    terms: Terms,
}

impl Draft {
    fn is_parentless(&self) -> bool {
        self.issued.record.parent.is_none()
    }

    fn add_to(&self, changes: ChangeSet, actor: &Actor, at_ms: i64) -> ChangeSet {
        let (record, terms) = (&self.issued.record, &self.terms);
        let grant = terms.granting_user.map(|user| Change::MergeGrant {
            user,
            client: record.principal,
            scopes: record.scopes.clone(),
            at_ms,
        });
        let asked_by = terms.asked_by.clone();
        changes
            .with_some(terms.standing.clone().map(Change::RequireStanding))
            .with_some(asked_by.map(|id| Change::RequireLive(id, at_ms)))
            .with(Change::InsertToken {
                record: record.clone(),
                takes_slot: terms.takes_slot,
            })
            .with_some(grant)
            .with(audit::done(at_ms, actor, "token.issue").on(record.dialect, record.id.as_str()))
    }
}

impl Tokens<'_> {
    /// Issues a token; durable when this returns.
    ///
    /// # Errors
    /// [`IssueError`]; a request that breaks a rule (no audience where one is required, no key to sign with) is `Unavailable`, and
    /// the log says which.
    pub async fn issue(
        self,
        actor: &Actor,
        request: IssueRequest,
    ) -> Result<IssuedToken, IssueError> {
        let issued = self.issue_all(actor, vec![request]).await?;
        issued.into_iter().next().ok_or(IssueError::Unavailable)
    }

    /// Issues several tokens in one transaction, in that order: all of them, or none.
    ///
    /// # Errors
    /// As of [`Tokens::issue`], whichever token it is about.
    pub async fn issue_all(
        self,
        actor: &Actor,
        requests: Vec<IssueRequest>,
    ) -> Result<Vec<IssuedToken>, IssueError> {
        let now_ms = self.0.now_ms();
        let mut drafts = Vec::with_capacity(requests.len());
        for request in requests {
            drafts.push(self.0.draft(request, now_ms).await?);
        }
        self.0.insert(actor, &drafts).await?;
        Ok(drafts.into_iter().map(|draft| draft.issued).collect())
    }

    /// The same bytes again, signed from the stored claims: of every algorithm but `ES256`, which signs differently each time.
    ///
    /// # Errors
    /// `Unavailable` when its key is gone, the bytes would differ, or it is an opaque one.
    pub async fn reproduce(self, record: &TokenRecord) -> Result<Secret, Unavailable> {
        let (Some(header), Some(id)) = (&record.header, &record.key_id) else {
            return Err(misuse("an opaque token cannot be reproduced"));
        };
        let ring = self.0.ring().await?.found;
        let key = if let Some(key) = ring.verifying(id) {
            key.signing.clone()
        } else {
            let key = self.0.registered_key(id).await?;
            key.ok_or(Unavailable)?.signing.clone()
        };
        let token = key.sign(header, &record.claims.to_text())?;
        if sha256(token.as_bytes()) == record.hash.0 {
            Ok(token)
        } else {
            tracing::error!(token_id = %record.id, "stored claims do not give the token back");
            Err(Unavailable)
        }
    }
}

impl Core {
    /// Makes a token that nobody knows of yet.
    async fn draft(&self, mut request: IssueRequest, now_ms: i64) -> Result<Draft, IssueError> {
        let place = self.place(request.parent.take(), now_ms).await?;
        let registered = match &request.form {
            Form::Jwt { key, .. } => key.clone(),
            Form::Opaque { .. } => None,
        };
        let key = match registered {
            Some(id) => Some(self.registered_signing_key(id, request.owner).await?),
            None if matches!(request.form, Form::Opaque { .. }) => None,
            None => {
                let ring = self.ring().await?.found;
                Some(dialect_key(&ring, &request)?)
            }
        };
        let facts = self.facts(&request, &place, now_ms)?;
        let claims = request
            .claims
            .take()
            .map_or_else(Claims::new, |make| make(&facts));
        let (token, header, key_id) = match (&request.form, key) {
            (Form::Opaque { prefix }, _) => {
                let random = self.random_text::<32>()?;
                (opaque(prefix, &random), None, None)
            }
            (Form::Jwt { typ, .. }, Some((id, key))) => {
                let kid = (key.algorithm() != KeyAlgorithm::Hs256).then_some(id.as_str());
                let header = header_text(typ, key.algorithm(), kid);
                let token = key.sign(&header, &claims.to_text());
                let token = token.map_err(Unavailable::from)?;
                if !can_be_read(&token, &claims) {
                    return Err(IssueError::TooLarge);
                }
                (token, Some(header), Some(id))
            }
            (Form::Jwt { .. }, None) => return Err(misuse("no key to sign with").into()),
        };
        let record = TokenRecord {
            hash: TokenHash(sha256(token.as_bytes())),
            family: place.family.unwrap_or_else(|| facts.id.clone()),
            id: facts.id,
            dialect: request.dialect,
            class: request.class,
            principal: request.owner,
            subject: request.subject,
            scopes: request.scopes,
            audience: request.audience,
            claims,
            header,
            key_id,
            parent: place.parent,
            state: TokenState::Active,
            issued_at_ms: facts.issued_at_ms,
            not_before_ms: None,
            expires_at_ms: facts.expires_at_ms,
            revoked_at_ms: None,
        };
        let terms = Terms {
            takes_slot: request.takes_slot,
            granting_user: request.granting.then_some(record.subject).flatten(),
            asked_by: place.asked_by,
            standing: request.standing,
        };
        Ok(Draft {
            issued: IssuedToken {
                token,
                record: Arc::new(record),
            },
            terms,
        })
    }

    /// Commits new tokens, again after losing a race for a slot.
    async fn insert(&self, actor: &Actor, drafts: &[Draft]) -> Result<(), IssueError> {
        let at_ms = self.now_ms();
        let mut tries_left = 8;
        loop {
            let changes = drafts.iter().fold(ChangeSet::new(), |changes, draft| {
                draft.add_to(changes, actor, at_ms)
            });
            match self.store.commit(changes).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict) if tries_left > 0 => tries_left -= 1,
                Err(StoreError::Ended) if drafts.iter().all(Draft::is_parentless) => {
                    return Err(IssueError::Disabled);
                }
                Err(StoreError::Ended | StoreError::Overtaken) => return Err(IssueError::Ended),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn place(&self, parent: Option<Parent>, now_ms: i64) -> Result<Place, IssueError> {
        match parent {
            None => Ok(Place::default()),
            Some(Parent::Of(record)) => Ok(Place::below(still_live(&record, now_ms)?)),
            Some(Parent::FamilyOf(member)) => {
                still_live(&member, now_ms)?;
                let asked_by = Some(member.id.clone());
                let first = self.first_of_family(&member).await?;
                let first = first.ok_or(IssueError::Ended)?;
                Ok(Place {
                    asked_by,
                    ..Place::below(still_live(&first, now_ms)?)
                })
            }
            Some(Parent::Source {
                record,
                stored: true,
            }) => Ok(Place {
                expires_by_ms: None,
                ..Place::below(still_live(&record, now_ms)?)
            }),
            Some(Parent::Source {
                record,
                stored: false,
            }) => Ok(Place {
                parent: Some(record.id.clone()),
                ..Place::default()
            }),
        }
    }

    /// Identifier and times. A JWT with an end is dated in whole seconds, so that its claims say what its row says.
    fn facts(
        &self,
        request: &IssueRequest,
        place: &Place,
        now_ms: i64,
    ) -> Result<TokenFacts, IssueError> {
        let caps = [request.expires_by_ms, place.expires_by_ms];
        let in_seconds = matches!(request.form, Form::Jwt { .. })
            && (request.lifetime_secs.is_some() || caps != [None, None]);
        let floor = |at_ms: i64| {
            if in_seconds {
                at_ms - at_ms.rem_euclid(1000)
            } else {
                at_ms
            }
        };
        let issued_at_ms = floor(now_ms);
        let asked = request
            .lifetime_secs
            .map(|secs| issued_at_ms.saturating_add(secs.saturating_mul(1000)));
        let expires_at_ms = [asked].into_iter().chain(caps).flatten().min().map(floor);
        if expires_at_ms.is_some_and(|end| now_ms >= end) {
            return Err(IssueError::Expired);
        }
        let dated = dated_text(self.randomness.as_ref(), now_ms).map_err(Unavailable::from)?;
        let id = TokenId::new(format!("{}{dated}", request.id_prefix));
        Ok(TokenFacts {
            id,
            issued_at_ms,
            expires_at_ms,
        })
    }

    /// A live registered secret of the owner, to sign with.
    async fn registered_signing_key(
        &self,
        id: KeyId,
        owner: PrincipalId,
    ) -> Result<(KeyId, SigningKey), IssueError> {
        let key = self.registered_key(&id).await?;
        let key = key
            .filter(|key| key.principal == owner && key.state == SecretState::Live)
            .ok_or(IssueError::Ended)?;
        Ok((id, key.signing.clone()))
    }
}

/// The dialect's own key, for a JWT that names no other.
fn dialect_key(ring: &KeyRing, request: &IssueRequest) -> Result<(KeyId, SigningKey), IssueError> {
    let key = ring
        .active(request.dialect)
        .ok_or_else(|| misuse("the dialect has no signing key"))?;
    if key.algorithm != KeyAlgorithm::Hs256 && request.audience.is_none() {
        return Err(misuse("no audience").into());
    }
    Ok((key.id.clone(), key.signing.clone()))
}

/// Whether a token, as it was looked up, may have others hang on it. That it still may is required where they are written.
fn still_live(record: &TokenRecord, now_ms: i64) -> Result<&TokenRecord, IssueError> {
    if record.state != TokenState::Active {
        return Err(IssueError::Ended);
    }
    if record.expires_at_ms.is_some_and(|end| now_ms >= end) {
        return Err(IssueError::Expired);
    }
    Ok(record)
}

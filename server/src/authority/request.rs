//! What to issue: requests for opaque tokens and JWTs, and what their claims are made from.

use std::fmt;
use std::sync::Arc;

use super::LiveToken;
use crate::domain::{
    Claims, Dialect, KeyId, PrincipalId, ScopeSet, Standing, TokenClass, TokenId, TokenRecord,
};

/// What a claims function is told about the token being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    /// The new token's identifier (for `jti`).
    pub id: TokenId,
    /// Milliseconds of the epoch.
    pub issued_at_ms: i64,
    /// First millisecond at which it is over, after every cap; always a whole second for JWTs.
    pub expires_at_ms: Option<i64>,
}

impl TokenFacts {
    /// `iat`: whole seconds of the epoch.
    #[must_use]
    pub const fn issued_at_secs(&self) -> i64 {
        self.issued_at_ms.div_euclid(1000)
    }

    /// `exp`: whole seconds of the epoch.
    #[must_use]
    pub fn expires_at_secs(&self) -> Option<i64> {
        self.expires_at_ms.map(|ms| ms.div_euclid(1000))
    }
}

/// Makes the claims once identifier and times are known; their order is kept.
pub type ClaimsFn = Box<dyn FnOnce(&TokenFacts) -> Claims + Send>;

/// The form of a token.
pub(super) enum Form {
    Opaque {
        prefix: &'static str,
    },
    Jwt {
        typ: &'static str,
        key: Option<KeyId>,
    },
}

/// What to issue. Start with [`IssueRequest::opaque`] or [`IssueRequest::jwt`], then add.
pub struct IssueRequest {
    pub(super) dialect: Dialect,
    pub(super) class: TokenClass,
    pub(super) owner: PrincipalId,
    pub(super) form: Form,
    pub(super) claims: Option<ClaimsFn>,
    pub(super) subject: Option<PrincipalId>,
    pub(super) scopes: ScopeSet,
    pub(super) audience: Option<String>,
    pub(super) lifetime_secs: Option<i64>,
    pub(super) expires_by_ms: Option<i64>,
    pub(super) id_prefix: &'static str,
    pub(super) takes_slot: bool,
    pub(super) parent: Option<Parent>,
    pub(super) granting: bool,
    pub(super) standing: Option<Standing>,
}

/// How a new token hangs on an old one.
pub(super) enum Parent {
    Of(Arc<TokenRecord>),
    FamilyOf(Arc<TokenRecord>),
    Source {
        record: Arc<TokenRecord>,
        stored: bool,
    },
}

impl fmt::Debug for IssueRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueRequest({} {})", self.dialect, self.class.as_str())
    }
}

impl IssueRequest {
    fn new(dialect: Dialect, class: TokenClass, owner: PrincipalId, form: Form) -> Self {
        Self {
            dialect,
            class,
            owner,
            form,
            claims: None,
            subject: None,
            scopes: ScopeSet::empty(),
            audience: None,
            lifetime_secs: None,
            expires_by_ms: None,
            id_prefix: "",
            takes_slot: false,
            parent: None,
            granting: false,
            standing: None,
        }
    }

    /// An opaque token: `prefix`, 256 random bits in base64url (43 characters), and a checksum (6 characters). The prefix has not
    /// exactly two dots, or the token would look like a JWT.
    #[must_use]
    pub fn opaque(
        dialect: Dialect,
        class: TokenClass,
        owner: PrincipalId,
        prefix: &'static str,
    ) -> Self {
        Self::new(dialect, class, owner, Form::Opaque { prefix })
    }

    /// A JWT signed with the dialect's active key; `claims` makes the whole payload, in order.
    ///
    /// The header is `{"typ":"JWT","alg":"HS256"}` for dialects with a shared key, else
    /// `{"typ":…,"alg":…,"kid":…}`.
    #[must_use]
    pub fn jwt(
        dialect: Dialect,
        class: TokenClass,
        owner: PrincipalId,
        claims: impl FnOnce(&TokenFacts) -> Claims + Send + 'static,
    ) -> Self {
        let mut request = Self::new(
            dialect,
            class,
            owner,
            Form::Jwt {
                typ: "JWT",
                key: None,
            },
        );
        request.claims = Some(Box::new(claims));
        request
    }

    /// `typ` of the JOSE header instead of `JWT` (no effect on opaque tokens).
    #[must_use]
    pub fn typ(mut self, name: &'static str) -> Self {
        if let Form::Jwt { typ, .. } = &mut self.form {
            *typ = name;
        }
        self
    }

    /// Signs with a registered HMAC secret of the owner instead of the dialect's key (no effect on opaque tokens).
    #[must_use]
    pub fn signed_with(mut self, secret: KeyId) -> Self {
        if let Form::Jwt { key, .. } = &mut self.form {
            *key = Some(secret);
        }
        self
    }

    /// The user it speaks for, when that is not the owner.
    #[must_use]
    pub fn subject(mut self, user: PrincipalId) -> Self {
        self.subject = Some(user);
        self
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(mut self, scopes: ScopeSet) -> Self {
        self.scopes = scopes;
        self
    }

    /// `aud`; the claims function must put the same into the payload. Required for JWTs under a key pair.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Life in seconds; without it the token has no end of its own.
    #[must_use]
    pub fn lifetime_secs(mut self, secs: i64) -> Self {
        self.lifetime_secs = Some(secs);
        self
    }

    /// Ends no later than that moment (milliseconds), whatever the life asked for.
    #[must_use]
    pub fn expires_by_ms(mut self, at_ms: i64) -> Self {
        self.expires_by_ms = Some(at_ms);
        self
    }

    /// What the identifier starts with, such as `tok_lt_`.
    #[must_use]
    pub fn id_prefix(mut self, prefix: &'static str) -> Self {
        self.id_prefix = prefix;
        self
    }

    /// Takes the one slot of `(dialect, owner, class)`: the live token there is superseded in the same transaction.
    #[must_use]
    pub fn superseding(mut self) -> Self {
        self.takes_slot = true;
        self
    }

    /// A child of `parent`, as it was looked up: same family, never outlives it, dies with it. `IssueError::Ended` if the parent has ended meanwhile.
    #[must_use]
    pub fn child_of(mut self, parent: &Arc<TokenRecord>) -> Self {
        self.parent = Some(Parent::Of(Arc::clone(parent)));
        self
    }

    /// A token made from a live one: it dies when that one is ended, but may outlive its expiry. It joins
    /// the family of a stored token; one that its holder signed starts none, so a new family begins.
    #[must_use]
    pub fn derived_from(mut self, source: &LiveToken) -> Self {
        self.parent = Some(Parent::Source {
            record: Arc::clone(&source.record),
            stored: source.stored,
        });
        self
    }

    /// A sibling in the family of `member` (which must be live): ends no later than the family's first
    /// token and dies with that one, but not with `member`.
    #[must_use]
    pub fn in_family_of(mut self, member: &Arc<TokenRecord>) -> Self {
        self.parent = Some(Parent::FamilyOf(Arc::clone(member)));
        self
    }

    /// Also notes the scopes as granted by the subject to the owner, in the same transaction.
    #[must_use]
    pub fn granting(mut self) -> Self {
        self.granting = true;
        self
    }

    /// Issues only while what the caller was let in by is still good; `IssueError::Ended` if it is not.
    #[must_use]
    pub fn standing_on(mut self, standing: Standing) -> Self {
        self.standing = Some(standing);
        self
    }
}

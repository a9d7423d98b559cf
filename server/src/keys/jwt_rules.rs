//! What a JWT must satisfy besides its signature (RFC 7519 §4.1), and why one is refused.

use crate::domain::Claims;

/// Why a JWT is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtFault {
    /// Not three parts of base64url with two JSON objects in it, or too large.
    #[error("malformed")]
    Malformed,
    /// A header member or value that is not allowed.
    #[error("header not allowed")]
    Header,
    /// Another algorithm than the key's, or a signature that does not fit.
    #[error("wrong signature")]
    Signature,
    /// A claim is missing, of the wrong type or of the wrong value.
    #[error("wrong claim")]
    Claim,
    /// `exp` lies farther ahead than allowed; everything else is right.
    #[error("ends too late")]
    TooLong,
    /// Past `exp`.
    #[error("expired")]
    Expired,
    /// `nbf` or `iat` in the future.
    #[error("not yet valid")]
    NotYetValid,
    /// The key cannot be used.
    #[error("unusable key")]
    Key,
}

/// What a payload must satisfy besides its signature.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Values of `typ` that name another class of tokens; any other one, and one that is no text, says nothing.
    pub other_types: &'a [&'a str],
    /// `iss` must be this string.
    pub issuer: Option<&'a str>,
    /// `sub` must be this string.
    pub subject: Option<&'a str>,
    /// `aud` must be this one string.
    pub audience: Option<&'a str>,
    /// Whether `exp` must be there; if it is there it always counts.
    pub require_exp: bool,
    /// Whether an `exp` of exactly zero stands for none.
    pub zero_exp_is_none: bool,
    /// Farthest `exp` allowed from now, seconds.
    pub max_life_secs: Option<i64>,
    /// Now, milliseconds; `None` where the dates are only read, and held against the clock each time that the token comes.
    pub now_ms: Option<i64>,
    /// How far `nbf`, `iat` and the farthest `exp` may lie ahead, seconds. `exp` itself gets no grace.
    pub leeway_secs: i64,
}

/// The claims of a JWT whose signature and rules hold.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedJwt {
    /// All of them, as presented.
    pub claims: Claims,
    /// The JSON text they were read from.
    pub text: String,
    /// `exp`, whole seconds, rounded down.
    pub exp: Option<i64>,
    /// `nbf`, whole seconds, rounded up.
    pub nbf: Option<i64>,
    /// `iat`, whole seconds, rounded up.
    pub iat: Option<i64>,
}

impl VerifiedJwt {
    /// When it begins to count: the later of `nbf` and `iat`, less the leeway; milliseconds.
    #[must_use]
    pub fn begins_ms(&self, leeway_secs: i64) -> Option<i64> {
        let last = [self.nbf, self.iat].into_iter().flatten().max()?;
        Some(last.saturating_sub(leeway_secs).saturating_mul(1000))
    }
}

impl Rules<'_> {
    /// Refuses the type of another class of tokens.
    pub(super) fn check_type(&self, typ: &str) -> Result<(), JwtFault> {
        if self.other_types.iter().any(|other| is_type(typ, other)) {
            return Err(JwtFault::Header);
        }
        Ok(())
    }

    /// Holds what a verified JWT says against the rules.
    pub(super) fn check(&self, jwt: &VerifiedJwt) -> Result<(), JwtFault> {
        for (name, wanted) in [
            ("iss", self.issuer),
            ("sub", self.subject),
            ("aud", self.audience),
        ] {
            if wanted.is_some_and(|wanted| jwt.claims.get_str(name) != Some(wanted)) {
                return Err(JwtFault::Claim);
            }
        }
        if self.require_exp && jwt.exp.is_none() {
            return Err(JwtFault::Claim);
        }
        let Some(now_ms) = self.now_ms else {
            return Ok(());
        };
        let latest = now_ms.saturating_add(self.leeway_secs.saturating_mul(1000));
        if jwt
            .exp
            .is_some_and(|exp| now_ms >= exp.saturating_mul(1000))
        {
            return Err(JwtFault::Expired);
        }
        if [jwt.nbf, jwt.iat]
            .into_iter()
            .flatten()
            .any(|from| from.saturating_mul(1000) > latest)
        {
            return Err(JwtFault::NotYetValid);
        }
        // Last: who is told how long it may be has everything else right.
        let too_long = |(exp, most): (i64, i64)| (exp - most).saturating_mul(1000) > latest;
        if jwt.exp.zip(self.max_life_secs).is_some_and(too_long) {
            return Err(JwtFault::TooLong);
        }
        Ok(())
    }
}

/// Whether `typ` is that media type, whose `application/` may be left out (RFC 7515 §4.1.9).
fn is_type(typ: &str, media_type: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        Some(_) | None => typ,
    };
    short.eq_ignore_ascii_case(media_type)
}

#[cfg(test)]
#[path = "jwt_rules_tests.rs"]
mod tests;

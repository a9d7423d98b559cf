//! Where holders sign tokens of their own: tokens issued here, tokens that holders of registered secrets sign, tokens derived from those.

use serde_json::json;

use super::{Bench, MAC, Outcome, SELF_SIGNED, START_MS, json_of, nobody};
use crate::authority::{
    Introspection, IssueError, IssueRequest, NewSecret, RegisteredSecret, RegistryError,
    Revocation, TokenError, TokenFilter,
};
use crate::domain::{Actor, Claims, Principal, PrincipalKind, Secret, TokenClass};
use crate::keys::signing::SigningKey;

const HEADER: &str = r#"{"alg":"HS256"}"#;
const DERIVED: TokenClass = TokenClass::new("derived");

async fn holder(bench: &Bench, name: &str) -> Result<(Principal, RegisteredSecret), RegistryError> {
    let holder = bench
        .principal(SELF_SIGNED, PrincipalKind::SecretHolder, name)
        .await?;
    let registered = bench
        .authority
        .registry()
        .add_secret(&Actor::operator(), &holder, NewSecret::HmacKey(None))
        .await?;
    Ok((holder, registered))
}

fn sign(
    registered: &RegisteredSecret,
    header: &str,
    claims: &Claims,
) -> Result<Secret, Box<dyn std::error::Error>> {
    let secret = registered.value.as_ref().ok_or("no secret")?;
    Ok(SigningKey::hs256(secret.as_bytes()).sign(header, &claims.to_text())?)
}

#[tokio::test]
async fn holder_signs_its_own_tokens() -> Outcome {
    let bench = Bench::new().await?;
    let (holder, registered) = holder(&bench, "h").await?;
    let claims = Claims::new()
        .with("iss", registered.id.as_str())
        .with("admin", true);
    let token = sign(&registered, HEADER, &claims)?;
    let live = bench
        .authority
        .tokens()
        .authenticate(SELF_SIGNED, token.expose())
        .await?;
    assert_eq!(
        (live.stored, live.owner.id, live.record.key_id.as_ref()),
        (false, holder.id, Some(&registered.id))
    );
    assert_eq!(live.record.claims, claims);
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(MAC, token.expose())
            .await,
        Err(TokenError::Unknown)
    );
    assert!(matches!(
        bench.authority.tokens().introspect(token.expose()).await?,
        Introspection::Active(_)
    ));
    // Revoked by its bytes; a second time is a no-op; another token of the holder lives on.
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), token.expose(), None, None)
            .await?,
        Revocation::Ended
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), token.expose(), None, None)
            .await?,
        Revocation::AlreadyEnded
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(SELF_SIGNED, token.expose())
            .await,
        Err(TokenError::Revoked)
    );
    let other = sign(&registered, HEADER, &claims.with("n", 1))?;
    bench
        .authority
        .tokens()
        .authenticate(SELF_SIGNED, other.expose())
        .await?;
    Ok(())
}

#[tokio::test]
async fn key_is_chosen_by_issuer_and_pinned_to_hs256() -> Outcome {
    let bench = Bench::new().await?;
    let (_, registered) = holder(&bench, "h").await?;
    let (_, other) = holder(&bench, "other").await?;
    let claims = |iss: &str| Claims::new().with("iss", iss);
    let refused = |token: Secret| {
        let authority = bench.authority.clone();
        async move {
            authority
                .tokens()
                .authenticate(SELF_SIGNED, token.expose())
                .await
                .err()
        }
    };
    let unknown = Some(TokenError::Unknown);
    assert_eq!(
        refused(sign(&registered, HEADER, &claims(other.id.as_str()))?).await,
        unknown
    );
    assert_eq!(
        refused(sign(&registered, HEADER, &claims("nobody"))?).await,
        unknown
    );
    assert_eq!(
        refused(sign(&registered, HEADER, &claims("a' OR 1=1"))?).await,
        unknown
    );
    assert_eq!(
        refused(sign(
            &registered,
            HEADER,
            &Claims::new().with("user_id", "u")
        )?)
        .await,
        unknown
    );
    for alg in ["none", "None", "HS512", "RS256"] {
        let header = format!(r#"{{"typ":"JWT","alg":"{alg}"}}"#);
        assert_eq!(
            refused(sign(&registered, &header, &claims(registered.id.as_str()))?).await,
            unknown
        );
    }
    let now = START_MS / 1000;
    let ended = claims(registered.id.as_str()).with("exp", now);
    assert_eq!(
        refused(sign(&registered, HEADER, &ended)?).await,
        Some(TokenError::Expired)
    );
    let text_date = claims(registered.id.as_str()).with("exp", (now + 100).to_string());
    assert_eq!(
        refused(sign(&registered, HEADER, &text_date)?).await,
        unknown
    );
    let early = claims(registered.id.as_str()).with("nbf", now + 60);
    assert_eq!(
        refused(sign(&registered, HEADER, &early)?).await,
        Some(TokenError::NotYetValid)
    );
    // The dialect's own key signs no secret tokens, and a holder's key signs no user tokens.
    assert_eq!(
        refused(sign(
            &registered,
            HEADER,
            &Claims::new().with("exp", now + 100).with("user_id", "u")
        )?)
        .await,
        unknown
    );
    Ok(())
}

#[tokio::test]
async fn derived_tokens_keep_issuer_and_key() -> Outcome {
    let bench = Bench::new().await?;
    let (holder, registered) = holder(&bench, "h").await?;
    let iss = registered.id.as_str().to_owned();
    let request = IssueRequest::jwt(SELF_SIGNED, DERIVED, holder.id, move |facts| {
        Claims::new()
            .with("exp", facts.expires_at_secs())
            .with("iat", facts.issued_at_secs())
            .with("iss", iss)
            .with(
                "abilities",
                serde_json::json!({ "z": { "Access": { "see": true } }, "a": 1 }),
            )
            .with("jti", facts.id.as_str())
    })
    .lifetime_secs(14_400)
    .signed_with(registered.id.clone());
    let issued = bench.authority.tokens().issue(&nobody(), request).await?;
    let payload = json_of(&issued.token, 1).ok_or("no payload")?.to_string();
    assert!(
        payload.starts_with(r#"{"exp":1704081600,"iat":1704067200,"iss":""#),
        "{payload}"
    );
    assert!(payload.contains(r#""abilities":{"z":{"Access":{"see":true}},"a":1},"jti":"#));
    assert_eq!(
        json_of(&issued.token, 0)
            .map(|header| header.to_string())
            .as_deref(),
        Some(r#"{"typ":"JWT","alg":"HS256"}"#)
    );
    assert_eq!(
        bench.authority.tokens().reproduce(&issued.record).await?,
        issued.token
    );
    let live = bench
        .authority
        .tokens()
        .authenticate(SELF_SIGNED, issued.token.expose())
        .await?;
    assert!(live.stored);
    // Replaced: what it signed with a row lives on, what it signs now does not. Revoked: all of it is dead.
    let own = sign(
        &registered,
        HEADER,
        &Claims::new().with("iss", registered.id.as_str()),
    )?;
    bench
        .authority
        .tokens()
        .authenticate(SELF_SIGNED, own.expose())
        .await?;
    bench
        .authority
        .registry()
        .replace_secret(&Actor::operator(), &holder, NewSecret::HmacKey(None))
        .await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(SELF_SIGNED, own.expose())
            .await,
        Err(TokenError::Unknown)
    );
    bench
        .authority
        .tokens()
        .authenticate(SELF_SIGNED, issued.token.expose())
        .await?;
    bench
        .authority
        .registry()
        .revoke_secret(&Actor::operator(), &holder, &registered.id)
        .await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(SELF_SIGNED, issued.token.expose())
            .await,
        Err(TokenError::Unknown)
    );
    Ok(())
}

#[tokio::test]
async fn token_that_would_not_be_accepted_back_is_not_issued() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(SELF_SIGNED, PrincipalKind::User, "u")
        .await?;
    let request = |claims: Claims| {
        IssueRequest::jwt(SELF_SIGNED, DERIVED, user.id, move |_| claims).lifetime_secs(60)
    };
    let long = bench
        .authority
        .tokens()
        .issue(
            &nobody(),
            request(Claims::new().with("x", "y".repeat(4000))),
        )
        .await;
    assert_eq!(long, Err(IssueError::TooLarge));
    let mut deep = serde_json::json!(1);
    for _ in 0..40 {
        deep = serde_json::json!({ "a": deep });
    }
    assert_eq!(
        bench
            .authority
            .tokens()
            .issue(&nobody(), request(Claims::new().with("x", deep)))
            .await,
        Err(IssueError::TooLarge)
    );
    Ok(())
}

#[tokio::test]
async fn a_revoked_token_does_not_wake_up_when_its_time_or_its_owner_comes() -> Outcome {
    let bench = Bench::new().await?;
    let (holder, registered) = holder(&bench, "h").await?;
    let (authority, operator) = (&bench.authority, Actor::operator());
    let claims = Claims::new().with("iss", registered.id.as_str());
    let later = claims.clone().with("nbf", START_MS / 1000 + 3600);
    let later = sign(&registered, HEADER, &later)?;
    let of_disabled = sign(&registered, HEADER, &claims)?;
    let revoke = |token: Secret| async move {
        authority
            .tokens()
            .revoke_presented(&nobody(), token.expose(), None, None)
            .await
    };
    assert_eq!(revoke(later.clone()).await?, Revocation::Ended);
    authority
        .registry()
        .set_enabled(&operator, &holder, false)
        .await?;
    assert_eq!(revoke(of_disabled.clone()).await?, Revocation::Ended);
    authority
        .registry()
        .set_enabled(&operator, &holder, true)
        .await?;
    bench.pass(7200);
    for token in [later, of_disabled] {
        let refused = authority.tokens().authenticate(SELF_SIGNED, token.expose());
        assert_eq!(refused.await, Err(TokenError::Revoked));
    }
    Ok(())
}

#[tokio::test]
async fn what_a_holder_signed_for_another_audience_is_refused() -> Outcome {
    let bench = Bench::new().await?;
    let (_, registered) = holder(&bench, "h").await?;
    let claims = Claims::new().with("iss", registered.id.as_str());
    for (audience, accepted) in [
        (json!(bench.authority.issuer()), true),
        (json!("https://elsewhere.example"), false),
        (
            json!([bench.authority.issuer(), "https://elsewhere.example"]),
            false,
        ),
        (json!(null), false),
    ] {
        let token = sign(
            &registered,
            HEADER,
            &claims.clone().with("aud", audience.clone()),
        )?;
        let live = bench
            .authority
            .tokens()
            .authenticate(SELF_SIGNED, token.expose());
        assert_eq!(live.await.is_ok(), accepted, "{audience}");
    }
    Ok(())
}

#[tokio::test]
async fn tokens_issued_together_are_written_together_or_not_at_all() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(SELF_SIGNED, PrincipalKind::User, "u")
        .await?;
    let request = |text: String| {
        IssueRequest::jwt(SELF_SIGNED, DERIVED, user.id, move |facts| {
            Claims::new().with("x", text).with("jti", facts.id.as_str())
        })
        .lifetime_secs(60)
    };
    let rows = async || bench.authority.tokens().list(TokenFilter::default()).await;
    let requests = vec![request(String::new()), request("y".repeat(4000))];
    let refused = bench
        .authority
        .tokens()
        .issue_all(&nobody(), requests)
        .await;
    assert_eq!(refused, Err(IssueError::TooLarge));
    assert_eq!(rows().await?.rows, []);
    let requests = ["a", "b"].map(|text| request(text.to_owned()));
    let issued = bench
        .authority
        .tokens()
        .issue_all(&nobody(), requests.into())
        .await?;
    let order: Vec<_> = issued
        .iter()
        .map(|issued| issued.record.claims.get_str("x"))
        .collect();
    assert_eq!(order, [Some("a"), Some("b")]);
    assert_eq!(rows().await?.rows.len(), 2);
    Ok(())
}

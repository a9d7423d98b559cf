//! Issue, find again, reproduce, introspect, supersede, expire, restart.

use super::{
    Bench, DIALECTS, MAC, OPAQUE, Outcome, SIGNED_TOO, START_MS, TOKEN, json_of, mac_token, nobody,
};
use crate::authority::{Introspection, IssueError, IssueRequest, TokenError};

use crate::domain::{Actor, Claims, PrincipalKind, ScopeSet, TokenClass, TokenState};

const APP_TOKEN: TokenClass = TokenClass::new("app");

#[tokio::test]
async fn opaque_token_lives_until_its_end() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(OPAQUE, PrincipalKind::Client, "app")
        .await?;
    let request = IssueRequest::opaque(OPAQUE, APP_TOKEN, client.id, "pn_")
        .scopes(ScopeSet::parse("basic email"))
        .lifetime_secs(60);
    let issued = bench.authority.tokens().issue(&nobody(), request).await?;
    assert!(issued.token.expose().starts_with("pn_"));
    assert_eq!(issued.token.expose().len(), 52);
    assert_eq!(issued.record.expires_at_ms, Some(START_MS + 60_000));
    let live = bench
        .authority
        .tokens()
        .authenticate(OPAQUE, issued.token.expose())
        .await?;
    assert_eq!(
        (
            live.record.scopes.to_string().as_str(),
            live.owner.name.as_str(),
            live.stored
        ),
        ("basic email", "app", true)
    );
    assert_eq!(live.record, issued.record);
    bench.pass(60);
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(OPAQUE, issued.token.expose())
            .await,
        Err(TokenError::Expired)
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .introspect(issued.token.expose())
            .await?,
        Introspection::Inactive
    );
    Ok(())
}

#[tokio::test]
async fn token_is_bound_to_its_dialect() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    for dialect in DIALECTS.iter().copied() {
        let outcome = bench
            .authority
            .tokens()
            .authenticate(dialect, issued.token.expose())
            .await;
        if dialect == MAC {
            outcome?;
        } else {
            assert_eq!(outcome, Err(TokenError::Unknown), "{dialect}");
        }
    }
    let Introspection::Active(live) = bench
        .authority
        .tokens()
        .introspect(issued.token.expose())
        .await?
    else {
        return Err("inactive".into());
    };
    assert_eq!(live.record.id, issued.record.id);
    Ok(())
}

#[tokio::test]
async fn jwt_is_reproduced_byte_for_byte_also_after_a_restart() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .in_slot(MAC, user.id, &TOKEN)
            .await?,
        None
    );
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    assert!(
        issued
            .token
            .expose()
            .starts_with("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.")
    );
    let expected = format!(
        r#"{{"uid":7,"username":"alice","date":{START_MS},"jti":"{}"}}"#,
        issued.record.id
    );
    assert_eq!(
        json_of(&issued.token, 1).map(|claims| claims.to_string()),
        Some(expected)
    );
    let again = bench.reopened().await?;
    let record = again
        .tokens()
        .in_slot(MAC, user.id, &TOKEN)
        .await?
        .ok_or("no live token")?;
    assert_eq!(again.tokens().reproduce(&record).await?, issued.token);
    again
        .tokens()
        .authenticate(MAC, issued.token.expose())
        .await?;
    assert_eq!(
        again.sessions().secret().await?,
        bench.authority.sessions().secret().await?
    );
    assert_eq!(
        again.tokens().public_keys().await?,
        bench.authority.tokens().public_keys().await?
    );
    Ok(())
}

#[tokio::test]
async fn asymmetric_jwts_carry_kid_and_need_an_audience() -> Outcome {
    let bench = Bench::new().await?;
    let merchant = bench
        .principal(SIGNED_TOO, PrincipalKind::Merchant, "m1")
        .await?;
    let request = || {
        IssueRequest::jwt(SIGNED_TOO, TOKEN, merchant.id, |facts| {
            Claims::new()
                .with("iss", "http://127.0.0.1:8080")
                .with("aud", "signed_too")
                .with("iat", facts.issued_at_secs())
                .with("exp", facts.expires_at_secs())
                .with("jti", facts.id.as_str())
        })
        .lifetime_secs(900)
    };
    assert!(matches!(
        bench.authority.tokens().issue(&nobody(), request()).await,
        Err(IssueError::Unavailable)
    ));
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), request().audience("signed_too").typ("at+jwt"))
        .await?;
    // Dated in whole seconds, so that claims and row agree.
    assert_eq!(issued.record.issued_at_ms, START_MS - 250);
    assert_eq!(issued.record.expires_at_ms, Some(START_MS - 250 + 900_000));
    let header = json_of(&issued.token, 0).ok_or("no header")?;
    let keys = bench.authority.tokens().public_keys().await?;
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().any(|key| header["kid"] == key.id.as_str()));
    assert_eq!(
        (header["typ"].as_str(), header["alg"].as_str()),
        (Some("at+jwt"), Some("EdDSA"))
    );
    bench
        .authority
        .tokens()
        .authenticate(SIGNED_TOO, issued.token.expose())
        .await?;
    // Claims without the audience of the row are not honoured.
    let bare =
        IssueRequest::jwt(SIGNED_TOO, TOKEN, merchant.id, |_| Claims::new()).audience("signed_too");
    let bare = bench.authority.tokens().issue(&nobody(), bare).await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(SIGNED_TOO, bare.token.expose())
            .await,
        Err(TokenError::Unknown)
    );
    Ok(())
}

#[tokio::test]
async fn new_token_supersedes_the_live_one() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let first = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    bench.pass(1);
    let second = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    assert_ne!(first.token, second.token);
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(MAC, first.token.expose())
            .await,
        Err(TokenError::Revoked)
    );
    let live = bench
        .authority
        .tokens()
        .in_slot(MAC, user.id, &TOKEN)
        .await?
        .ok_or("no live token")?;
    assert_eq!(live.id, second.record.id);
    assert_eq!(
        bench
            .authority
            .tokens()
            .owned(MAC, user.id, &first.record.id)
            .await?
            .map(|record| record.state),
        Some(TokenState::Superseded)
    );
    Ok(())
}

#[tokio::test]
async fn disabled_principals_open_nothing() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(OPAQUE, PrincipalKind::Client, "app")
        .await?;
    let request = || IssueRequest::opaque(OPAQUE, APP_TOKEN, client.id, "");
    let issued = bench.authority.tokens().issue(&nobody(), request()).await?;
    bench
        .authority
        .registry()
        .set_enabled(&Actor::operator(), &client, false)
        .await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(OPAQUE, issued.token.expose())
            .await,
        Err(TokenError::Disabled)
    );
    assert_eq!(
        bench.authority.tokens().issue(&nobody(), request()).await,
        Err(IssueError::Disabled)
    );
    bench
        .authority
        .registry()
        .set_enabled(&Actor::operator(), &client, true)
        .await?;
    bench
        .authority
        .tokens()
        .authenticate(OPAQUE, issued.token.expose())
        .await?;
    Ok(())
}

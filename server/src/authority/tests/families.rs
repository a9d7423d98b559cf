//! Long and short tokens: who dies with whom, and nobody outlives.

use std::sync::Arc;

use super::{Bench, OPAQUE, Outcome, SELF_SIGNED, SIGNED, START_MS, nobody};
use crate::authority::{Extent, IssueError, IssueRequest, IssuedToken, Revocation, TokenError};
use crate::domain::{Claims, Principal, PrincipalKind, ScopeSet, TokenClass, TokenId, TokenRecord};

const LONG: TokenClass = TokenClass::new("long");
const SHORT: TokenClass = TokenClass::new("short");

fn long(client: &Principal) -> IssueRequest {
    IssueRequest::opaque(SIGNED, LONG, client.id, "lt_")
        .id_prefix("tok_lt_")
        .lifetime_secs(3600)
}

fn short(client: &Principal, parent: &Arc<TokenRecord>) -> IssueRequest {
    IssueRequest::jwt(SIGNED, SHORT, client.id, |facts| {
        Claims::new()
            .with("iss", "i")
            .with("aud", "a")
            .with("exp", facts.expires_at_secs())
            .with("jti", facts.id.as_str())
    })
    .audience("a")
    .id_prefix("tok_st_")
    .lifetime_secs(900)
    .child_of(parent)
}

async fn dead(bench: &Bench, token: &IssuedToken) -> bool {
    bench
        .authority
        .tokens()
        .authenticate(SIGNED, token.token.expose())
        .await
        == Err(TokenError::Revoked)
}

#[tokio::test]
async fn short_tokens_die_with_their_long_one() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let first = bench
        .authority
        .tokens()
        .issue(&nobody(), long(&client))
        .await?;
    let second = bench
        .authority
        .tokens()
        .issue(&nobody(), long(&client))
        .await?;
    assert!(
        first.token.expose().starts_with("lt_") && first.record.id.as_str().starts_with("tok_lt_")
    );
    let one = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &first.record))
        .await?;
    let two = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &second.record))
        .await?;
    assert!(one.record.id.as_str().starts_with("tok_st_"));
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke(&nobody(), &one.record, Extent::Token, None)
            .await?,
        Revocation::Ended
    );
    assert!(dead(&bench, &one).await && !dead(&bench, &first).await);
    let again = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &first.record))
        .await?;
    bench
        .authority
        .tokens()
        .revoke(&nobody(), &first.record, Extent::Token, None)
        .await?;
    assert!(dead(&bench, &first).await && dead(&bench, &again).await);
    assert!(!dead(&bench, &second).await && !dead(&bench, &two).await);
    let late = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &first.record))
        .await;
    assert_eq!(late, Err(IssueError::Ended));
    let mut nobodys = TokenRecord::clone(&second.record);
    nobodys.id = TokenId::new("tok_lt_nobody");
    let nobodys = Arc::new(nobodys);
    let unknown = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &nobodys))
        .await;
    assert_eq!(unknown, Err(IssueError::Ended));
    Ok(())
}

#[tokio::test]
async fn nobody_outlives_the_parent() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let first = bench
        .authority
        .tokens()
        .issue(&nobody(), long(&client))
        .await?;
    bench.pass(3000);
    let child = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &first.record))
        .await?;
    // The long token ends at .250; the JWT's whole second before that.
    assert_eq!(child.record.expires_at_ms, Some(START_MS - 250 + 3_600_000));
    bench.pass(599);
    bench
        .authority
        .tokens()
        .authenticate(SIGNED, child.token.expose())
        .await?;
    bench.pass(1);
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(SIGNED, child.token.expose())
            .await,
        Err(TokenError::Expired)
    );
    let late = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &first.record))
        .await;
    assert_eq!(late, Err(IssueError::Expired));
    Ok(())
}

#[tokio::test]
async fn family_joins_root_and_ends_together() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let root = bench
        .authority
        .tokens()
        .issue(&nobody(), long(&client))
        .await?;
    let short_one = bench
        .authority
        .tokens()
        .issue(&nobody(), short(&client, &root.record))
        .await?;
    bench.pass(600);
    let sibling = bench
        .authority
        .tokens()
        .issue(&nobody(), long(&client).in_family_of(&short_one.record))
        .await?;
    assert_eq!(
        (&sibling.record.family, sibling.record.parent.as_ref()),
        (&root.record.id, Some(&root.record.id))
    );
    assert_eq!(sibling.record.expires_at_ms, root.record.expires_at_ms);
    bench
        .authority
        .tokens()
        .revoke(&nobody(), &short_one.record, Extent::Token, None)
        .await?;
    assert!(!dead(&bench, &sibling).await);
    let other = bench
        .authority
        .tokens()
        .issue(&nobody(), long(&client))
        .await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke(&nobody(), &sibling.record, Extent::Family, None)
            .await?,
        Revocation::Ended
    );
    assert!(
        dead(&bench, &root).await && dead(&bench, &sibling).await && !dead(&bench, &other).await
    );
    Ok(())
}

#[tokio::test]
async fn grant_stays_until_the_last_token_of_user_and_app() -> Outcome {
    let bench = Bench::new().await?;
    let app = bench
        .principal(OPAQUE, PrincipalKind::Client, "app")
        .await?;
    let user = bench
        .principal(OPAQUE, PrincipalKind::User, "alice")
        .await?;
    let request = |scopes: &str| {
        IssueRequest::opaque(OPAQUE, LONG, app.id, "")
            .subject(user.id)
            .scopes(ScopeSet::parse(scopes))
            .granting()
    };
    let first = bench
        .authority
        .tokens()
        .issue(&nobody(), request("basic email"))
        .await?;
    let second = bench
        .authority
        .tokens()
        .issue(&nobody(), request("basic stream"))
        .await?;
    let granted = || bench.authority.registry().granted_scopes(user.id, app.id);
    assert_eq!(
        granted().await?.map(|scopes| scopes.to_string()).as_deref(),
        Some("basic email stream")
    );
    bench
        .authority
        .tokens()
        .revoke(&nobody(), &first.record, Extent::Token, None)
        .await?;
    assert!(granted().await?.is_some());
    let live = bench
        .authority
        .tokens()
        .authenticate(OPAQUE, second.token.expose())
        .await?;
    assert_eq!(live.subject.map(|subject| subject.id), Some(user.id));
    bench
        .authority
        .tokens()
        .revoke(&nobody(), &second.record, Extent::Token, None)
        .await?;
    assert_eq!(granted().await?, None);
    Ok(())
}

#[tokio::test]
async fn what_was_derived_outlives_expiry_and_sweeping_but_not_revocation() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(SELF_SIGNED, PrincipalKind::User, "u")
        .await?;
    let request = |lifetime_secs| {
        IssueRequest::opaque(SELF_SIGNED, SHORT, user.id, "").lifetime_secs(lifetime_secs)
    };
    let authenticate = |token: &IssuedToken| {
        let (authority, token) = (bench.authority.clone(), token.token.clone());
        async move {
            authority
                .tokens()
                .authenticate(SELF_SIGNED, token.expose())
                .await
        }
    };
    let month = 30 * 24 * 3600;
    let first = bench
        .authority
        .tokens()
        .issue(&nobody(), request(3 * month))
        .await?;
    let second = request(60).derived_from(&authenticate(&first).await?);
    let second = bench.authority.tokens().issue(&nobody(), second).await?;
    let third = request(3 * month).derived_from(&authenticate(&second).await?);
    let third = bench.authority.tokens().issue(&nobody(), third).await?;
    assert_eq!(third.record.family, first.record.id);
    bench.pass(2 * month);
    bench.authority.upkeep().sweep().await?;
    assert_eq!(authenticate(&second).await, Err(TokenError::Expired));
    authenticate(&third).await?;
    bench
        .authority
        .tokens()
        .revoke(&nobody(), &first.record, Extent::Token, None)
        .await?;
    assert_eq!(authenticate(&third).await, Err(TokenError::Revoked));
    Ok(())
}

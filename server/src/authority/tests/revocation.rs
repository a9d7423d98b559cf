//! Revoking: final, with its first time, and of one's own tokens alone.

use super::{Bench, MAC, OPAQUE, Outcome, START_MS, TOKEN, mac_token, nobody};
use crate::authority::{Extent, IssueRequest, Revocation, RevokeError, TokenError};
use crate::domain::{PrincipalKind, TokenClass};

const APP_TOKEN: TokenClass = TokenClass::new("app");

#[tokio::test]
async fn revocation_is_final_and_keeps_its_first_time() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    let id = &issued.record.id;
    bench.pass(5);
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke(&nobody(), &issued.record, Extent::Token, Some("lost"))
            .await?,
        Revocation::Ended
    );
    bench.pass(5);
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke(&nobody(), &issued.record, Extent::Token, None)
            .await?,
        Revocation::AlreadyEnded
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), issued.token.expose(), None, None)
            .await?,
        Revocation::AlreadyEnded
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(MAC, issued.token.expose())
            .await,
        Err(TokenError::Revoked)
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .in_slot(MAC, user.id, &TOKEN)
            .await?,
        None
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .owned(MAC, user.id, id)
            .await?
            .and_then(|record| record.revoked_at_ms),
        Some(START_MS + 5000)
    );
    let rows = bench.authority.upkeep().audit_rows(1).await?;
    let row = rows.first().ok_or("no audit row")?;
    assert_eq!(
        (
            row.action.as_ref(),
            row.target.as_str(),
            row.reason.as_deref()
        ),
        ("token.revoke", id.as_str(), Some("lost"))
    );
    assert_eq!(row.actor.address.as_deref(), Some("192.0.2.1"));
    Ok(())
}

#[tokio::test]
async fn only_own_tokens_are_revoked_for_a_client() -> Outcome {
    let bench = Bench::new().await?;
    let owner = bench
        .principal(OPAQUE, PrincipalKind::Client, "app")
        .await?;
    let other = bench
        .principal(OPAQUE, PrincipalKind::Client, "other")
        .await?;
    let issued = bench
        .authority
        .tokens()
        .issue(
            &nobody(),
            IssueRequest::opaque(OPAQUE, APP_TOKEN, owner.id, ""),
        )
        .await?;
    let text = issued.token.expose();
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), text, Some(other.id), None)
            .await,
        Err(RevokeError::NotOwner)
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), "nonsense", None, None)
            .await,
        Err(RevokeError::Unknown)
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), &"x".repeat(5000), None, None)
            .await,
        Err(RevokeError::Unknown)
    );
    bench.authority.tokens().authenticate(OPAQUE, text).await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), text, Some(owner.id), None)
            .await?,
        Revocation::Ended
    );
    // Whose a dead token was is nobody's business.
    assert_eq!(
        bench
            .authority
            .tokens()
            .revoke_presented(&nobody(), text, Some(other.id), None)
            .await,
        Err(RevokeError::Unknown)
    );
    Ok(())
}

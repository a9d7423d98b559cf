//! Revoking: final, with its first time, and of one's own tokens alone.

use super::{Bench, Outcome, START_MS, TOKEN, animeloop, nobody};
use crate::authority::{Extent, IssueRequest, Revocation, RevokeError, TokenError};
use crate::domain::{Dialect, PrincipalKind, TokenClass};

const APP_TOKEN: TokenClass = TokenClass::new("app");

#[tokio::test]
async fn revocation_is_final_and_keeps_its_first_time() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(Dialect::Animeloop, PrincipalKind::User, "alice")
        .await?;
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), animeloop(&user))
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
            .authenticate(Dialect::Animeloop, issued.token.expose())
            .await,
        Err(TokenError::Revoked)
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .in_slot(Dialect::Animeloop, user.id, &TOKEN)
            .await?,
        None
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .owned(Dialect::Animeloop, user.id, id)
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
        .principal(Dialect::Pnut, PrincipalKind::Client, "app")
        .await?;
    let other = bench
        .principal(Dialect::Pnut, PrincipalKind::Client, "other")
        .await?;
    let issued = bench
        .authority
        .tokens()
        .issue(
            &nobody(),
            IssueRequest::opaque(Dialect::Pnut, APP_TOKEN, owner.id, ""),
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
    bench
        .authority
        .tokens()
        .authenticate(Dialect::Pnut, text)
        .await?;
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

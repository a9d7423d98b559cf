//! What is at rest, key rotation, sweeping.

use super::{Bench, Outcome, animeloop, nobody, open};
use crate::authority::{AuthorityError, Extent, IssueRequest};
use crate::domain::{Actor, Dialect, PrincipalKind, TokenClass};

const APP_TOKEN: TokenClass = TokenClass::new("app");

#[tokio::test]
async fn bent_tokens_and_wrong_master_keys_open_nothing() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(Dialect::Animeloop, PrincipalKind::User, "alice")
        .await?;
    let issued = bench.authority.issue(&nobody(), animeloop(&user)).await?;
    let text = issued.token.expose();
    for end in 0..text.len() {
        assert!(
            bench
                .authority
                .authenticate(Dialect::Animeloop, &text[..end])
                .await
                .is_err()
        );
    }
    assert!(
        bench
            .authority
            .authenticate(Dialect::Animeloop, &format!("{text}="))
            .await
            .is_err()
    );
    let refused = open(&bench.folder, &bench.clock, &bench.randomness, [2; 32]).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("master key")));
    Ok(())
}

#[tokio::test]
async fn nothing_secret_is_in_the_database() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "correct horse battery").await?;
    let proven = bench.login(&user, "correct horse battery").await?;
    let issued = bench.authority.issue(&nobody(), animeloop(&user)).await?;
    let session = bench
        .authority
        .open_session(&nobody(), Dialect::Animeloop, &proven, None)
        .await?;
    let mut stored = Vec::new();
    for entry in std::fs::read_dir(bench.folder.path())? {
        let path = entry?.path();
        assert_eq!(
            std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path)?) & 0o077,
            0,
            "{}",
            path.display()
        );
        stored.extend(std::fs::read(path)?);
    }
    let contains = |text: &str| {
        stored
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(contains("alice"));
    let signature = issued.token.expose().rsplit('.').next().unwrap_or_default();
    for clear in [
        "correct horse battery",
        signature,
        session.sid.expose(),
        bench.authority.session_secret().expose(),
    ] {
        assert!(!contains(clear));
    }
    Ok(())
}

#[tokio::test]
async fn rotated_key_verifies_until_it_is_retired() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(Dialect::Animeloop, PrincipalKind::User, "alice")
        .await?;
    let issued = bench.authority.issue(&nobody(), animeloop(&user)).await?;
    let old = issued.record.key_id.clone().ok_or("no key")?;
    assert!(matches!(
        bench.authority.retire_key(&nobody(), &old).await,
        Err(AuthorityError::Refused(_))
    ));
    bench.pass(1);
    let new = bench
        .authority
        .rotate_key(&Actor::operator(), Dialect::Animeloop)
        .await?;
    bench
        .authority
        .authenticate(Dialect::Animeloop, issued.token.expose())
        .await?;
    assert_eq!(
        bench.authority.reproduce(&issued.record).await?,
        issued.token
    );
    bench
        .authority
        .rotate_key(&Actor::operator(), Dialect::Manis)
        .await?;
    assert_eq!(
        bench.authority.jwks()["keys"].as_array().map(Vec::len),
        Some(3)
    );
    bench.authority.retire_key(&Actor::operator(), &old).await?;
    assert_eq!(
        bench
            .authority
            .authenticate(Dialect::Animeloop, issued.token.expose())
            .await,
        Err(AuthorityError::UnknownToken)
    );
    let successor = bench.authority.issue(&nobody(), animeloop(&user)).await?;
    assert_eq!(successor.record.key_id, Some(new));
    Ok(())
}

#[tokio::test]
async fn sweeping_keeps_what_still_counts() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "pw").await?;
    let client = bench
        .principal(Dialect::Pnut, PrincipalKind::Client, "app")
        .await?;
    let endless = bench.authority.issue(&nobody(), animeloop(&user)).await?;
    bench
        .authority
        .revoke(&nobody(), &endless.record.id, Extent::Token, None)
        .await?;
    let short = IssueRequest::opaque(Dialect::Pnut, APP_TOKEN, client.id, "").lifetime_secs(60);
    let short = bench.authority.issue(&nobody(), short).await?;
    let session = bench
        .authority
        .open_session(
            &nobody(),
            Dialect::Animeloop,
            &bench.login(&user, "pw").await?,
            None,
        )
        .await?;
    bench.authority.sweep().await?;
    assert!(
        bench
            .authority
            .find_session(Dialect::Animeloop, &session.sid)
            .await?
            .is_some()
    );
    bench.pass(61);
    bench.authority.sweep().await?;
    assert!(bench.authority.token(&short.record.id).await?.is_some());
    bench.pass(31 * 24 * 3600);
    bench.authority.sweep().await?;
    assert_eq!(bench.authority.token(&short.record.id).await?, None);
    assert_eq!(
        bench
            .authority
            .authenticate(Dialect::Pnut, short.token.expose())
            .await,
        Err(AuthorityError::UnknownToken)
    );
    assert_eq!(
        bench
            .authority
            .authenticate(Dialect::Animeloop, endless.token.expose())
            .await,
        Err(AuthorityError::RevokedToken)
    );
    Ok(())
}

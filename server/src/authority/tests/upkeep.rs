//! What is at rest, key rotation, sweeping.

use super::{Bench, DIALECTS, MAC, OPAQUE, Outcome, SIGNED_TOO, mac_token, nobody, open};
use crate::authority::{Extent, IssueRequest, KeyError, TokenError};
use crate::domain::{Actor, PrincipalKind, TokenClass};

const APP_TOKEN: TokenClass = TokenClass::new("app");

#[tokio::test]
async fn bent_tokens_and_wrong_master_keys_open_nothing() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    let text = issued.token.expose();
    for end in 0..text.len() {
        assert!(
            bench
                .authority
                .tokens()
                .authenticate(MAC, &text[..end])
                .await
                .is_err()
        );
    }
    assert!(
        bench
            .authority
            .tokens()
            .authenticate(MAC, &format!("{text}="))
            .await
            .is_err()
    );
    let refused = open(
        &bench.ground,
        &bench.clock,
        &bench.randomness,
        [2; 32],
        &DIALECTS,
    )
    .await;
    assert!(refused.is_err_and(|error| error.to_string().contains("master key")));
    Ok(())
}

#[tokio::test]
async fn nothing_secret_is_in_the_database() -> Outcome {
    let bench = Bench::in_a_file().await?;
    let user = bench.user("alice", "correct horse battery").await?;
    let proven = bench.login(&user, "correct horse battery").await?;
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    let session = bench
        .authority
        .sessions()
        .open(&nobody(), MAC, &proven, None)
        .await?;
    let mut stored = Vec::new();
    let file = bench.ground.file().ok_or("no file")?;
    for entry in std::fs::read_dir(file.parent().ok_or("no folder")?)? {
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
        session.signed.sid.expose(),
        bench.authority.sessions().secret().await?.expose(),
    ] {
        assert!(!contains(clear));
    }
    Ok(())
}

#[tokio::test]
async fn rotated_key_verifies_until_it_is_retired() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let issued = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    let old = issued.record.key_id.clone().ok_or("no key")?;
    assert!(matches!(
        bench
            .authority
            .registry()
            .retire_key(&nobody(), &old, true)
            .await,
        Err(KeyError::Signs)
    ));
    bench.pass(1);
    let new = bench
        .authority
        .registry()
        .rotate_key(&Actor::operator(), MAC)
        .await?;
    bench
        .authority
        .tokens()
        .authenticate(MAC, issued.token.expose())
        .await?;
    assert_eq!(
        bench.authority.tokens().reproduce(&issued.record).await?,
        issued.token
    );
    bench
        .authority
        .registry()
        .rotate_key(&Actor::operator(), SIGNED_TOO)
        .await?;
    assert_eq!(bench.authority.tokens().public_keys().await?.len(), 3);
    bench
        .authority
        .registry()
        .retire_key(&Actor::operator(), &old, true)
        .await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(MAC, issued.token.expose())
            .await,
        Err(TokenError::Unknown)
    );
    let successor = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    assert_eq!(successor.record.key_id, Some(new));
    Ok(())
}

#[tokio::test]
async fn sweeping_keeps_what_still_counts() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "pw").await?;
    let client = bench
        .principal(OPAQUE, PrincipalKind::Client, "app")
        .await?;
    let endless = bench
        .authority
        .tokens()
        .issue(&nobody(), mac_token(&user))
        .await?;
    bench
        .authority
        .tokens()
        .revoke(&nobody(), &endless.record, Extent::Token, None)
        .await?;
    let short = IssueRequest::opaque(OPAQUE, APP_TOKEN, client.id, "").lifetime_secs(60);
    let short = bench.authority.tokens().issue(&nobody(), short).await?;
    let session = bench
        .authority
        .sessions()
        .open(&nobody(), MAC, &bench.login(&user, "pw").await?, None)
        .await?;
    bench.authority.upkeep().sweep().await?;
    assert!(
        bench
            .authority
            .sessions()
            .find(MAC, &session.signed)
            .await?
            .is_some()
    );
    bench.pass(61);
    bench.authority.upkeep().sweep().await?;
    assert!(
        bench
            .authority
            .tokens()
            .owned(OPAQUE, client.id, &short.record.id)
            .await?
            .is_some()
    );
    bench.pass(31 * 24 * 3600);
    bench.authority.upkeep().sweep().await?;
    assert_eq!(
        bench
            .authority
            .tokens()
            .owned(OPAQUE, client.id, &short.record.id)
            .await?,
        None
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(OPAQUE, short.token.expose())
            .await,
        Err(TokenError::Unknown)
    );
    assert_eq!(
        bench
            .authority
            .tokens()
            .authenticate(MAC, endless.token.expose())
            .await,
        Err(TokenError::Revoked)
    );
    Ok(())
}

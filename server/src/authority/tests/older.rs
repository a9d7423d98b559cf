//! Tokens that were made before their rows became compact: each is as alive as it was, and what hung together still does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use super::{
    DIALECTS, FixedClock, MAC, OPAQUE, Outcome, SELF_SIGNED, SIGNED, START_MS, SeededRandomness,
    mac_token, nobody, open,
};
use crate::authority::{Extent, Introspection, TokenAuthority};
use crate::domain::PrincipalKind;
use crate::storage::{Ground, before_compact_tokens};

/// The texts of the tokens in that database.
const TOKENS: &str = include_str!("before_compact_tokens.txt");

const LIVE: [&str; 8] = [
    "derived",
    "foreign and alive",
    "in a family",
    "in its slot",
    "long",
    "of a user",
    "of an app",
    "short",
];

async fn live<'a>(
    authority: &TokenAuthority,
    texts: &BTreeMap<&'a str, &str>,
) -> Result<Vec<&'a str>, Box<dyn std::error::Error>> {
    let mut live = Vec::new();
    for (name, text) in texts {
        let known = authority.tokens().introspect(text).await?;
        if matches!(known, Introspection::Active(_)) {
            live.push(*name);
        }
    }
    Ok(live)
}

#[tokio::test]
async fn tokens_of_before_live_die_and_are_signed_again_as_ever() -> Outcome {
    let ground = Ground::in_a_file()?;
    before_compact_tokens(&ground.file().ok_or("no file")?).await?;
    let clock = Arc::new(FixedClock(AtomicI64::new(START_MS + 102_000)));
    // Numbers that were not drawn then.
    let randomness = Arc::new(SeededRandomness(AtomicU64::new(1_000_000)));
    let authority = open(&ground, &clock, &randomness, [1; 32], &DIALECTS).await?;
    let texts: BTreeMap<_, _> = TOKENS
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    assert_eq!(texts.len(), 15);
    assert_eq!(live(&authority, &texts).await?, LIVE);

    let tokens = || authority.tokens();
    for (name, dialect) in [
        ("in its slot", MAC),
        ("short", SIGNED),
        ("derived", SELF_SIGNED),
        ("in a family", SELF_SIGNED),
    ] {
        let record = tokens().authenticate(dialect, texts[name]).await?.record;
        assert_eq!(
            tokens().reproduce(&record).await?.expose(),
            texts[name],
            "{name}"
        );
    }

    // The short one goes with its long one, what was derived with its source, whoever held the slot for its successor.
    let long = tokens().authenticate(SIGNED, texts["long"]).await?;
    tokens()
        .revoke(&nobody(), &long.record, Extent::Token, None)
        .await?;
    let source = texts["foreign and alive"];
    tokens()
        .revoke_presented(&nobody(), source, None, None)
        .await?;
    let alice = authority
        .registry()
        .find_principal(MAC, PrincipalKind::User, "alice")
        .await?;
    tokens()
        .issue(&nobody(), mac_token(&alice.ok_or("nobody")?))
        .await?;
    assert_eq!(live(&authority, &texts).await?, ["of a user", "of an app"]);
    let user = tokens().authenticate(OPAQUE, texts["of a user"]).await?;
    tokens()
        .revoke(&nobody(), &user.record, Extent::Family, None)
        .await?;
    assert_eq!(live(&authority, &texts).await?, ["of an app"]);
    Ok(())
}

//! Sixty-four at once: exactly one wins, nobody sees a fault.

use std::sync::Arc;

use tokio::sync::Barrier;

use super::{Bench, MAC, Outcome, SIGNED, START_MS, TOKEN, by_name, mac_token, nobody, secret};
use crate::authority::{
    CodeError, Extent, NewSecret, PasswordError, Revocation, TokenError, TokenFilter,
};
use crate::domain::{Actor, PrincipalKind, TokenState};
use crate::keys::totp;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_slot_holds_one_live_token() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, request) = (bench.authority.clone(), mac_token(&user));
            tokio::spawn(async move { authority.tokens().issue(&nobody(), request).await })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let all = bench
        .authority
        .tokens()
        .list(TokenFilter {
            principal: Some(user.id),
            ..TokenFilter::default()
        })
        .await?
        .rows;
    assert_eq!(all.len(), 64);
    let live: Vec<_> = all
        .iter()
        .filter(|record| record.state == TokenState::Active)
        .collect();
    assert_eq!(live.len(), 1);
    let slot = bench
        .authority
        .tokens()
        .in_slot(MAC, user.id, &TOKEN)
        .await?;
    assert_eq!(slot.as_ref(), live.first().copied());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_works_once() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    let seed = bench
        .authority
        .registry()
        .add_secret(&Actor::operator(), &client, NewSecret::TotpSeed(None))
        .await?
        .value
        .ok_or("no seed")?;
    let code = totp::code_at(&seed, START_MS / 1000).ok_or("no code")?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, client, code) = (bench.authority.clone(), client.clone(), code.clone());
            tokio::spawn(async move {
                authority
                    .proofs()
                    .totp(&nobody(), by_name(&client), &code)
                    .await
            })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        match task.await? {
            Ok(_) => accepted += 1,
            Err(error) => assert_eq!(error, CodeError::Replayed),
        }
    }
    assert_eq!(accepted, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_that_falls_among_guesses_hides_which_of_them_were_right() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(SIGNED, PrincipalKind::Client, "svc")
        .await?;
    bench
        .authority
        .registry()
        .add_secret(&Actor::operator(), &client, NewSecret::TotpSeed(None))
        .await?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, client) = (bench.authority.clone(), client.clone());
            tokio::spawn(async move {
                let wrong = secret("no code");
                authority
                    .proofs()
                    .totp(&nobody(), by_name(&client), &wrong)
                    .await
            })
        })
        .collect();
    let mut looked_at = 0;
    for task in tasks {
        match task.await? {
            Err(CodeError::Wrong) => looked_at += 1,
            // What a right code is answered, too.
            Err(CodeError::LockedOut { .. }) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    assert_eq!(looked_at, 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_sent_at_once_are_all_counted() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "right").await?;
    let tasks: Vec<_> = (0..16)
        .map(|guess| {
            let (authority, user) = (bench.authority.clone(), user.clone());
            tokio::spawn(async move {
                authority
                    .proofs()
                    .password(&nobody(), by_name(&user), &secret(&format!("wrong{guess}")))
                    .await
            })
        })
        .collect();
    let mut looked_at = 0;
    for task in tasks {
        match task.await? {
            Err(PasswordError::Wrong) => looked_at += 1,
            Err(PasswordError::LockedOut { .. }) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    assert_eq!(looked_at, 5);
    let locked = bench
        .authority
        .proofs()
        .password(&nobody(), by_name(&user), &secret("right"))
        .await;
    assert!(matches!(locked, Err(PasswordError::LockedOut { .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revocation_beats_a_racing_successor_or_ends_before_it() -> Outcome {
    // Who is first is chance, so it is tried until both were.
    const ROUNDS: usize = 300;
    const REVOCATIONS: usize = 3;
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let (mut revoked_first, mut succeeded_first) = (0, 0);
    for _ in 0..ROUNDS {
        let tokens = bench.authority.tokens();
        let first = tokens.issue(&nobody(), mac_token(&user)).await?;
        let gate = Arc::new(Barrier::new(REVOCATIONS + 1));
        let revocations: Vec<_> = (0..REVOCATIONS)
            .map(|_| {
                let (authority, record) = (bench.authority.clone(), first.record.clone());
                let gate = Arc::clone(&gate);
                tokio::spawn(async move {
                    gate.wait().await;
                    let tokens = authority.tokens();
                    tokens.revoke(&nobody(), &record, Extent::Token, None).await
                })
            })
            .collect();
        let (authority, request) = (bench.authority.clone(), mac_token(&user));
        let successor = tokio::spawn(async move {
            gate.wait().await;
            authority.tokens().issue(&nobody(), request).await
        });
        let mut ended = 0;
        for revocation in revocations {
            ended += usize::from(revocation.await?? == Revocation::Ended);
        }
        let second = successor.await??;
        let dialect = MAC;
        let old = tokens.authenticate(dialect, first.token.expose()).await;
        assert_eq!(old, Err(TokenError::Revoked));
        tokens.authenticate(dialect, second.token.expose()).await?;
        match ended {
            0 => succeeded_first += 1,
            1 => revoked_first += 1,
            more => return Err(format!("{more} were told that they ended it").into()),
        }
        if revoked_first > 0 && succeeded_first > 0 {
            return Ok(());
        }
    }
    Err(format!("{revoked_first} revocations and {succeeded_first} successors were first").into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_revocations_at_once_one_is_told_that_it_ended_the_token() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.principal(MAC, PrincipalKind::User, "alice").await?;
    let actor = nobody();
    let issued = bench.authority.tokens().issue(&actor, mac_token(&user));
    let record = issued.await?.record;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, record) = (bench.authority.clone(), record.clone());
            tokio::spawn(async move {
                let tokens = authority.tokens();
                tokens.revoke(&nobody(), &record, Extent::Token, None).await
            })
        })
        .collect();
    let mut ended = 0;
    for task in tasks {
        ended += usize::from(task.await?? == Revocation::Ended);
    }
    assert_eq!(ended, 1);
    Ok(())
}

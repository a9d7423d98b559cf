//! Sixty-four at once: exactly one wins, nobody sees a fault.

use super::{Bench, Outcome, START_MS, TOKEN, animeloop, by_name, nobody, secret};
use crate::authority::{AuthorityError, Extent, NewSecret, Revocation, TokenFilter};
use crate::domain::{Actor, Dialect, PrincipalKind, TokenState};
use crate::keys::totp;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_slot_holds_one_live_token() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(Dialect::Animeloop, PrincipalKind::User, "alice")
        .await?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, request) = (bench.authority.clone(), animeloop(&user));
            tokio::spawn(async move { authority.issue(&nobody(), request).await })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let all = bench
        .authority
        .list_tokens(TokenFilter {
            principal: Some(user.id),
            ..TokenFilter::default()
        })
        .await?;
    assert_eq!(all.len(), 64);
    let mut generations: Vec<_> = all.iter().map(|record| record.generation).collect();
    generations.sort_unstable();
    assert_eq!(generations, (1..=64).collect::<Vec<_>>());
    let live: Vec<_> = all
        .iter()
        .filter(|record| record.state == TokenState::Active)
        .collect();
    assert_eq!(live.len(), 1);
    assert_eq!(live.first().map(|record| record.generation), Some(64));
    let slot = bench
        .authority
        .live_token(Dialect::Animeloop, user.id, &TOKEN)
        .await?;
    assert_eq!(slot.map(|record| record.generation), Some(64));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_code_works_once() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(Dialect::AuthApi, PrincipalKind::Client, "svc")
        .await?;
    let seed = bench
        .authority
        .add_secret(&Actor::operator(), &client, NewSecret::TotpSeed)
        .await?
        .value
        .ok_or("no seed")?;
    let code = totp::code_at(&seed, START_MS / 1000).ok_or("no code")?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, client, code) = (bench.authority.clone(), client.clone(), code.clone());
            tokio::spawn(async move {
                authority
                    .verify_totp(&nobody(), by_name(&client), &code)
                    .await
            })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        match task.await? {
            Ok(_) => accepted += 1,
            Err(error) => assert_eq!(error, AuthorityError::Replayed),
        }
    }
    assert_eq!(accepted, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lock_that_falls_among_guesses_hides_which_of_them_were_right() -> Outcome {
    let bench = Bench::new().await?;
    let client = bench
        .principal(Dialect::AuthApi, PrincipalKind::Client, "svc")
        .await?;
    bench
        .authority
        .add_secret(&Actor::operator(), &client, NewSecret::TotpSeed)
        .await?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, client) = (bench.authority.clone(), client.clone());
            tokio::spawn(async move {
                let wrong = secret("no code");
                authority
                    .verify_totp(&nobody(), by_name(&client), &wrong)
                    .await
            })
        })
        .collect();
    let mut looked_at = 0;
    for task in tasks {
        match task.await? {
            Err(AuthorityError::WrongSecret) => looked_at += 1,
            // What a right code is answered, too.
            Err(AuthorityError::LockedOut { .. }) => {}
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
                    .verify_password(&nobody(), by_name(&user), &secret(&format!("wrong{guess}")))
                    .await
            })
        })
        .collect();
    let mut looked_at = 0;
    for task in tasks {
        match task.await? {
            Err(AuthorityError::WrongSecret) => looked_at += 1,
            Err(AuthorityError::LockedOut { .. }) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    assert_eq!(looked_at, 5);
    let locked = bench
        .authority
        .verify_password(&nobody(), by_name(&user), &secret("right"))
        .await;
    assert!(matches!(locked, Err(AuthorityError::LockedOut { .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revocation_beats_a_racing_successor_or_ends_before_it() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench
        .principal(Dialect::Animeloop, PrincipalKind::User, "alice")
        .await?;
    let first = bench.authority.issue(&nobody(), animeloop(&user)).await?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (authority, id) = (bench.authority.clone(), first.record.id.clone());
            tokio::spawn(async move { authority.revoke(&nobody(), &id, Extent::Token, None).await })
        })
        .collect();
    let second = bench.authority.issue(&nobody(), animeloop(&user)).await?;
    for task in tasks {
        assert_ne!(task.await??, Revocation::Unknown);
    }
    assert_eq!(
        bench
            .authority
            .authenticate(Dialect::Animeloop, first.token.expose())
            .await,
        Err(AuthorityError::RevokedToken)
    );
    bench
        .authority
        .authenticate(Dialect::Animeloop, second.token.expose())
        .await?;
    Ok(())
}

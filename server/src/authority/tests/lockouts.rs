//! Lock-outs: where failures add up, whom a lock keeps out, and whom it does not.

use super::{Bench, MAC, Outcome, SIGNED, at, by_name, nobody, secret};
use crate::authority::{Claimant, CodeError, NewSecret, PasswordError};
use crate::domain::{Actor, Principal, PrincipalKind};

const DAY_SECS: i64 = 24 * 3600;

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    Accepted,
    Wrong,
    Locked,
}

fn tried(result: Result<(), PasswordError>) -> Result<Tried, PasswordError> {
    match result {
        Ok(()) => Ok(Tried::Accepted),
        Err(PasswordError::Wrong) => Ok(Tried::Wrong),
        Err(PasswordError::LockedOut { .. }) => Ok(Tried::Locked),
        Err(other) => Err(other),
    }
}

fn tried_code(result: Result<(), CodeError>) -> Result<Tried, PasswordError> {
    match result {
        Ok(()) => Ok(Tried::Accepted),
        Err(CodeError::Wrong) => Ok(Tried::Wrong),
        Err(CodeError::LockedOut { .. }) => Ok(Tried::Locked),
        Err(CodeError::Replayed | CodeError::Unavailable) => Err(PasswordError::Unavailable),
    }
}

async fn guess(bench: &Bench, actor: &Actor, user: &Principal) -> Result<Tried, PasswordError> {
    let claimant = by_name(user);
    let wrong = secret("wrong");
    tried(
        bench
            .authority
            .proofs()
            .password(actor, claimant, &wrong)
            .await
            .map(drop),
    )
}

async fn enter(bench: &Bench, actor: &Actor, user: &Principal) -> Result<Tried, PasswordError> {
    let claimant = by_name(user);
    let right = secret("right");
    tried(
        bench
            .authority
            .proofs()
            .password(actor, claimant, &right)
            .await
            .map(drop),
    )
}

/// Five failures at each of so many addresses.
async fn attack(bench: &Bench, user: &Principal, addresses: u8) -> Outcome {
    for number in 0..addresses {
        let actor = at(format!("198.51.100.{number}"));
        for _ in 0..5 {
            assert_eq!(guess(bench, &actor, user).await?, Tried::Wrong, "{number}");
        }
        assert_eq!(guess(bench, &actor, user).await?, Tried::Locked);
    }
    Ok(())
}

#[tokio::test]
async fn five_failures_of_a_stranger_lock_nobody_elsewhere_out() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "right").await?;
    attack(&bench, &user, 9).await?;
    assert_eq!(enter(&bench, &nobody(), &user).await?, Tried::Accepted);
    let attacker = at("198.51.100.0");
    assert_eq!(enter(&bench, &attacker, &user).await?, Tried::Locked);
    bench.pass(900);
    assert_eq!(enter(&bench, &attacker, &user).await?, Tried::Accepted);
    Ok(())
}

#[tokio::test]
async fn fifty_failures_lock_a_name_but_where_it_has_succeeded_within_thirty_days() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "right").await?;
    let (home, new) = (nobody(), at("203.0.113.7"));
    assert_eq!(enter(&bench, &home, &user).await?, Tried::Accepted);
    bench.pass(29 * DAY_SECS);
    attack(&bench, &user, 10).await?;
    assert_eq!(enter(&bench, &new, &user).await?, Tried::Locked);
    assert_eq!(guess(&bench, &home, &user).await?, Tried::Wrong);
    // The success is remembered anew, and takes no lock off elsewhere.
    assert_eq!(enter(&bench, &home, &user).await?, Tried::Accepted);
    assert_eq!(enter(&bench, &new, &user).await?, Tried::Locked);
    bench.pass(30 * DAY_SECS - 1);
    attack(&bench, &user, 10).await?;
    assert_eq!(enter(&bench, &home, &user).await?, Tried::Accepted);
    bench.pass(30 * DAY_SECS);
    attack(&bench, &user, 10).await?;
    assert_eq!(enter(&bench, &home, &user).await?, Tried::Locked);
    // Another name is not the same name.
    let other = bench.user("bob", "right").await?;
    assert_eq!(enter(&bench, &new, &other).await?, Tried::Accepted);
    Ok(())
}

#[tokio::test]
async fn an_exempt_address_is_locked_by_its_own_failures_and_by_no_others() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "right").await?;
    let home = nobody();
    assert_eq!(enter(&bench, &home, &user).await?, Tried::Accepted);
    attack(&bench, &user, 10).await?;
    bench.pass(600);
    for _ in 0..5 {
        assert_eq!(guess(&bench, &home, &user).await?, Tried::Wrong);
    }
    assert_eq!(enter(&bench, &home, &user).await?, Tried::Locked);
    // Nor do its failures prolong the lock of others.
    bench.pass(300);
    let new = at("203.0.113.7");
    assert_eq!(enter(&bench, &new, &user).await?, Tried::Accepted);
    Ok(())
}

#[tokio::test]
async fn failures_add_up_within_fifteen_minutes_and_no_longer() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "right").await?;
    let one = async || guess(&bench, &nobody(), &user).await;
    // One in five minutes for an hour: never five in fifteen.
    for _ in 0..12 {
        assert_eq!(one().await?, Tried::Wrong);
        bench.pass(300);
    }
    bench.pass(900);
    assert_eq!(one().await?, Tried::Wrong);
    bench.pass(899);
    for _ in 0..4 {
        assert_eq!(one().await?, Tried::Wrong);
    }
    assert_eq!(one().await?, Tried::Locked);
    Ok(())
}

#[tokio::test]
async fn an_ipv6_network_is_one_address_and_no_address_is_one_too() -> Outcome {
    let bench = Bench::new().await?;
    let user = bench.user("alice", "right").await?;
    for host in 1..=5 {
        let actor = at(format!("2001:db8::{host}"));
        assert_eq!(guess(&bench, &actor, &user).await?, Tried::Wrong);
    }
    let neighbour = at("2001:db8::ffff:6");
    assert_eq!(enter(&bench, &neighbour, &user).await?, Tried::Locked);
    let elsewhere = at("2001:db8:0:1::1");
    assert_eq!(enter(&bench, &elsewhere, &user).await?, Tried::Accepted);
    let unplaced = Actor::anonymous(None);
    for _ in 0..5 {
        assert_eq!(guess(&bench, &unplaced, &user).await?, Tried::Wrong);
    }
    assert_eq!(enter(&bench, &unplaced, &user).await?, Tried::Locked);
    Ok(())
}

/// How many of 64 guesses sent at once were looked at; the others were locked out.
async fn looked_at(
    bench: &Bench,
    claimant: Claimant<'static>,
    codes: bool,
    address: fn(usize) -> Option<String>,
) -> Result<usize, Box<dyn std::error::Error>> {
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let (authority, actor) = (bench.authority.clone(), Actor::anonymous(address(number)));
            tokio::spawn(async move {
                let wrong = secret("wrong");
                if codes {
                    tried_code(
                        authority
                            .proofs()
                            .totp(&actor, claimant, &wrong)
                            .await
                            .map(drop),
                    )
                } else {
                    tried(
                        authority
                            .proofs()
                            .password(&actor, claimant, &wrong)
                            .await
                            .map(drop),
                    )
                }
            })
        })
        .collect();
    let mut looked_at = 0;
    for task in tasks {
        match task.await? {
            Ok(Tried::Wrong) => looked_at += 1,
            // Of one address no more than so many wait: the others were not looked at either.
            Ok(Tried::Locked) | Err(PasswordError::Busy { .. }) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok(looked_at)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_guesses_sent_at_once_no_more_than_the_limits_are_looked_at() -> Outcome {
    for known in [true, false] {
        let bench = Bench::new().await?;
        if known {
            bench.user("alice", "right").await?;
            let client = bench
                .principal(SIGNED, PrincipalKind::Client, "svc")
                .await?;
            bench
                .authority
                .registry()
                .add_secret(&Actor::operator(), &client, NewSecret::TotpSeed(None))
                .await?;
        }
        let alice = Claimant {
            dialect: MAC,
            kind: PrincipalKind::User,
            name: "alice",
        };
        let service = Claimant {
            dialect: SIGNED,
            kind: PrincipalKind::Client,
            name: "svc",
        };
        for (claimant, codes) in [(alice, false), (service, true)] {
            let one = looked_at(&bench, claimant, codes, |_| Some("192.0.2.1".to_owned()));
            assert_eq!(one.await?, 5, "{claimant:?}");
            let none = looked_at(&bench, claimant, codes, |_| None);
            assert_eq!(none.await?, 5, "{claimant:?}");
            // Ten failures are counted towards the name already.
            let many = looked_at(&bench, claimant, codes, |number| {
                Some(format!("198.51.100.{number}"))
            });
            assert_eq!(many.await?, 40, "{claimant:?}");
        }
    }
    Ok(())
}

//! One authority behind all dialects: a token of any of them is seen and ended centrally, is then
//! refused where it was issued, and was never good anywhere else.

mod holders;

use tessera_server::domain::Dialect;

use self::holders::{Holder, ISSUING};
use crate::{
    dialects::oauth::{Asker, asker, demo_asker},
    harness::Tessera,
};

async fn is_active(server: &Tessera, asker: &Asker, token: &str) -> bool {
    asker.introspect(server, token).await["active"] == true
}

#[tokio::test]
async fn every_dialect_that_issues_is_tested() {
    let issuing: Vec<Dialect> = ISSUING.iter().map(|(dialect, _)| *dialect).collect();
    for dialect in &tessera_server::dialects::REGISTRATIONS
        .iter()
        .map(|one| one.id)
        .collect::<Vec<_>>()
    {
        // The standard endpoints issue nothing.
        let expected = *dialect != Dialect::new("oauth");
        assert_eq!(issuing.contains(dialect), expected, "{dialect}");
    }
}

#[tokio::test]
async fn a_token_of_every_dialect_is_active_ended_centrally_and_then_refused() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for (dialect, class) in ISSUING {
        let holder = Holder::new(&server, *dialect, class).await;
        let told = asker.introspect(&server, &holder.token).await;
        assert_eq!(told["active"], true, "{dialect} {class}: {told}");
        assert_eq!(told["dialect"], dialect.as_str());
        assert!(told["jti"].is_string() && told["iat"].is_number(), "{told}");
        assert!(
            told.get("exp")
                .is_none_or(|exp| exp.as_i64() > told["iat"].as_i64())
        );
        assert!(
            holder.is_accepted(&server, &holder.token).await,
            "{dialect} {class}"
        );

        asker.revoke(&server, &holder.token).await;
        assert!(
            !is_active(&server, &asker, &holder.token).await,
            "{dialect} {class}"
        );
        assert!(
            !holder.is_accepted(&server, &holder.token).await,
            "{dialect} {class}"
        );
        asker.revoke(&server, &holder.token).await;
    }
}

#[tokio::test]
async fn a_revocation_holds_after_a_restart() {
    let mut server = Tessera::start().await;
    let asker = demo_asker(&server);
    let mut holders = Vec::new();
    for (dialect, class) in ISSUING {
        holders.push(Holder::new(&server, *dialect, class).await);
    }
    let (ended, kept): (Vec<_>, Vec<_>) = holders
        .iter()
        .enumerate()
        .partition(|(index, _)| index % 2 == 0);
    for (_, holder) in &ended {
        asker.revoke(&server, &holder.token).await;
    }
    server.restart().await;
    for (_, holder) in ended {
        assert!(
            !is_active(&server, &asker, &holder.token).await,
            "{}",
            holder.dialect
        );
        assert!(
            !holder.is_accepted(&server, &holder.token).await,
            "{}",
            holder.dialect
        );
    }
    for (_, holder) in kept {
        assert!(
            is_active(&server, &asker, &holder.token).await,
            "{}",
            holder.dialect
        );
        assert!(
            holder.is_accepted(&server, &holder.token).await,
            "{}",
            holder.dialect
        );
    }
}

#[tokio::test]
async fn a_token_ended_by_its_own_dialect_is_inactive_centrally() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let mut endless = Vec::new();
    for (dialect, class) in ISSUING {
        let holder = Holder::new(&server, *dialect, class).await;
        assert!(
            is_active(&server, &asker, &holder.token).await,
            "{dialect} {class}"
        );
        if !holder.can_end_it() {
            endless.push((holder.dialect.as_str(), holder.class));
            continue;
        }
        holder.end_it(&server).await;
        assert!(
            !is_active(&server, &asker, &holder.token).await,
            "{dialect} {class}"
        );
        assert!(
            !holder.is_accepted(&server, &holder.token).await,
            "{dialect} {class}"
        );
    }
    // Only the standard endpoints end these.
    let expected = [
        ("pnut", "app"),
        ("token_generator", "user"),
        ("token_generator", "derived"),
        ("token_generator", "secret"),
        ("manis", "access"),
    ];
    assert_eq!(endless, expected);
}

/// All ordered pairs: a token of A presented wherever B takes tokens is refused, B's revocation does not
/// reach it, and A takes it still.
#[tokio::test]
async fn no_dialect_takes_or_ends_the_token_of_another() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    let mut holders = Vec::new();
    for (dialect, class) in ISSUING {
        holders.push(Holder::new(&server, *dialect, class).await);
    }
    for one in &holders {
        for other in holders.iter().filter(|other| other.dialect != one.dialect) {
            let pair = format!("{} at {}", one.dialect, other.dialect);
            assert!(!other.accepts_foreign(&server, &one.token).await, "{pair}");
            assert!(!other.revokes_foreign(&server, &one.token).await, "{pair}");
            assert!(is_active(&server, &asker, &one.token).await, "{pair}");
        }
        assert!(
            one.is_accepted(&server, &one.token).await,
            "{}",
            one.dialect
        );
    }
}

/// All ordered pairs: ending a token of A leaves a token of B alone.
#[tokio::test]
async fn ending_a_token_touches_no_other_dialect() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for (dialect, class) in ISSUING {
        let mut others = Vec::new();
        for (other, class) in ISSUING.iter().filter(|(other, _)| other != dialect) {
            others.push(Holder::new(&server, *other, class).await);
        }
        let ended = Holder::new(&server, *dialect, class).await;
        asker.revoke(&server, &ended.token).await;
        for other in &others {
            let pair = format!("{dialect} ended, {} asked", other.dialect);
            assert!(is_active(&server, &asker, &other.token).await, "{pair}");
            assert!(other.is_accepted(&server, &other.token).await, "{pair}");
        }
    }
}

#[tokio::test]
async fn a_resource_server_sees_its_own_dialects_only() {
    let server = Tessera::start().await;
    let mut holders = Vec::new();
    for (dialect, class) in ISSUING {
        holders.push(Holder::new(&server, *dialect, class).await);
    }
    for dialect in &tessera_server::dialects::REGISTRATIONS
        .iter()
        .map(|one| one.id)
        .collect::<Vec<_>>()
    {
        let right = format!("introspect:{dialect}");
        let asker = asker(&server, &format!("of-{dialect}"), &[&right]).await;
        for holder in &holders {
            let seen = is_active(&server, &asker, &holder.token).await;
            assert_eq!(
                seen,
                holder.dialect == *dialect,
                "{} by {right}",
                holder.dialect
            );
        }
    }
}

/// A user token of pnut with the scopes `basic` and `email`.
pub async fn pnut_token(server: &Tessera) -> String {
    Holder::new(server, Dialect::new("pnut"), "user")
        .await
        .token
}

//! Ending many tokens by what they have in common: everything, once, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::{Bench, OPAQUE, OPAQUE_TOO, Outcome, TOKEN, nobody};
use crate::authority::{AuditFilter, IssueRequest, IssuedToken, TokenError, TokenFilter};
use crate::domain::{Actor, Principal, PrincipalKind, TokenClass, TokenRecord};

const CHILD: TokenClass = TokenClass::new("child");

type TestError = Box<dyn std::error::Error>;

fn opaque(owner: &Principal) -> IssueRequest {
    IssueRequest::opaque(OPAQUE, TOKEN, owner.id, "t_").lifetime_secs(600)
}

fn below(owner: &Principal, parent: &Arc<TokenRecord>) -> IssueRequest {
    IssueRequest::opaque(OPAQUE, CHILD, owner.id, "c_")
        .lifetime_secs(60)
        .child_of(parent)
}

impl Bench {
    async fn issued(&self, request: IssueRequest) -> Result<IssuedToken, TestError> {
        Ok(self.authority.tokens().issue(&nobody(), request).await?)
    }

    async fn refusal(&self, token: &IssuedToken) -> Option<TokenError> {
        let tokens = self.authority.tokens();
        let told = tokens.authenticate(OPAQUE, token.token.expose()).await;
        told.err()
    }
}

fn of(person: &Principal) -> TokenFilter {
    TokenFilter {
        person: Some(person.id),
        ..TokenFilter::default()
    }
}

#[tokio::test]
async fn what_a_dry_run_counts_is_what_ends_with_everything_that_dies_along() -> Outcome {
    let bench = Bench::new().await?;
    let client = |name| bench.principal(OPAQUE, PrincipalKind::Client, name);
    let (one, two) = (client("one").await?, client("two").await?);
    let mut tokens = Vec::new();
    // More than a transaction ends, below one token too.
    let first = bench.issued(opaque(&one)).await?;
    for _ in 0..230 {
        tokens.push(bench.issued(opaque(&one)).await?);
        // It dies with a token of somebody else.
        tokens.push(bench.issued(below(&two, &first.record)).await?);
    }
    let deep = tokens.last().ok_or("no token")?.record.clone();
    tokens.push(bench.issued(below(&two, &deep)).await?);
    tokens.push(first);
    let other = bench.issued(opaque(&two)).await?;
    let asked = bench.authority.tokens();
    let radius = asked.radius(&of(&one)).await?;
    assert_eq!(radius.token_count(), 230 + 1 + 230 + 1);
    assert_eq!(radius.owners.len(), 2);
    assert!(
        bench
            .refusal(tokens.last().ok_or("no token")?)
            .await
            .is_none()
    );
    let mut told = Vec::new();
    let ended = asked
        .end_all(&Actor::operator(), &of(&one), Some("leaked"), |count| {
            told.push(count);
        })
        .await?;
    assert_eq!(ended, radius);
    assert!(told.len() > 2 && told.is_sorted(), "{told:?}");
    for token in &tokens {
        assert_eq!(bench.refusal(token).await, Some(TokenError::Revoked));
    }
    assert_eq!(bench.refusal(&other).await, None);
    let noted = AuditFilter {
        action: Some("token.revoke".to_owned()),
        limit: 1000,
        ..AuditFilter::default()
    };
    let noted = bench.authority.upkeep().changes(noted).await?;
    assert_eq!((noted.rows.len(), noted.next), (462, None));
    let why = |row: &crate::domain::AuditRecord| row.reason.as_deref() == Some("leaked");
    assert!(noted.rows.iter().all(why));
    let nothing = asked.radius(&of(&one)).await?;
    assert_eq!(nothing.token_count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_token_that_gets_children_all_the_time_ends_all_the_same() -> Outcome {
    let bench = Bench::new().await?;
    let one = bench
        .principal(OPAQUE, PrincipalKind::Client, "one")
        .await?;
    let parent = bench.issued(opaque(&one)).await?;
    let minting = async || {
        let mut child = None;
        while let Ok(next) = bench.issued(below(&one, &parent.record)).await {
            child = Some(next);
            // The next one is of a later moment than the run.
            bench.pass(1);
        }
        child
    };
    let asked = bench.authority.tokens();
    let (operator, filter) = (Actor::operator(), of(&one));
    let ending = asked.end_all(&operator, &filter, None, |_| ());
    let all = async { tokio::join!(minting(), minting(), minting(), ending) };
    let (first, second, third, ended) = tokio::time::timeout(Duration::from_secs(20), all).await?;
    assert!(ended?.token_count() > 0);
    for token in [Some(parent), first, second, third].into_iter().flatten() {
        assert!(bench.refusal(&token).await.is_some());
    }
    Ok(())
}

#[tokio::test]
async fn every_narrowing_ends_what_it_names_and_nothing_else() -> Outcome {
    let bench = Bench::new().await?;
    let one = bench
        .principal(OPAQUE, PrincipalKind::Client, "one")
        .await?;
    let two = bench
        .principal(OPAQUE_TOO, PrincipalKind::Client, "two")
        .await?;
    let old = bench.issued(opaque(&one)).await?;
    bench.pass(10);
    let young = bench.issued(opaque(&one)).await?;
    let child = bench.issued(below(&one, &young.record)).await?;
    let elsewhere = bench
        .issued(IssueRequest::opaque(OPAQUE_TOO, TOKEN, two.id, "t_"))
        .await?;
    let none = TokenFilter::default;
    let own = |token: &IssuedToken| token.record.id.clone();
    for (filter, ids) in [
        (
            TokenFilter {
                issued_before_ms: Some(young.record.issued_at_ms),
                ..none()
            },
            vec![own(&old)],
        ),
        (
            TokenFilter {
                family: Some(young.record.family.clone()),
                ..none()
            },
            vec![own(&child), own(&young)],
        ),
        (
            TokenFilter {
                class: Some(CHILD),
                dialect: Some(OPAQUE),
                ..none()
            },
            vec![own(&child)],
        ),
        (
            TokenFilter {
                dialect: Some(OPAQUE_TOO),
                ..none()
            },
            vec![own(&elsewhere)],
        ),
        (
            TokenFilter {
                id: Some(own(&old)),
                ..none()
            },
            vec![own(&old)],
        ),
        (
            TokenFilter {
                hash: Some(old.record.hash),
                ..none()
            },
            vec![own(&old)],
        ),
    ] {
        let listed = bench.authority.tokens().list(filter.clone()).await?;
        let listed: Vec<_> = listed.rows.into_iter().map(|row| row.id).collect();
        assert_eq!(listed, ids, "{filter:?}");
        let radius = bench.authority.tokens().radius(&filter).await?;
        assert_eq!(radius.token_count(), ids.len() as u64, "{filter:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_list_is_read_page_by_page_while_it_grows() -> Outcome {
    let bench = Bench::new().await?;
    let one = bench
        .principal(OPAQUE, PrincipalKind::Client, "one")
        .await?;
    let mut issued = Vec::new();
    for _ in 0..7 {
        issued.push(bench.issued(opaque(&one)).await?.record.id.clone());
    }
    issued.reverse();
    let mut filter = TokenFilter {
        limit: 3,
        ..of(&one)
    };
    let mut seen = Vec::new();
    loop {
        let page = bench.authority.tokens().list(filter.clone()).await?;
        seen.extend(page.rows.into_iter().map(|row| row.id));
        bench.issued(opaque(&one)).await?;
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, issued);
    Ok(())
}

#[tokio::test]
async fn of_many_who_end_the_same_each_token_is_counted_once() -> Outcome {
    let bench = Bench::new().await?;
    let one = bench
        .principal(OPAQUE, PrincipalKind::Client, "one")
        .await?;
    for _ in 0..5 {
        let token = bench.issued(opaque(&one)).await?;
        bench.issued(below(&one, &token.record)).await?;
    }
    let operator = Actor::operator();
    let all = (0..64).map(|_| {
        let filter = of(&one);
        let (tokens, operator) = (bench.authority.tokens(), &operator);
        async move { tokens.end_all(operator, &filter, None, |_| {}).await }
    });
    let mut count = 0;
    for ended in join_all(all).await {
        count += ended?.token_count();
    }
    assert_eq!(count, 10);
    Ok(())
}

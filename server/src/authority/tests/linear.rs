//! No token is told to be good to a request that began after its end was acknowledged, however many ask and end at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Barrier;

use super::{Bench, OPAQUE, Outcome, TOKEN, nobody};
use crate::authority::{Extent, IssueRequest};
use crate::domain::PrincipalKind;

/// Tokens that are issued, asked for and ended, one after the other.
const ROUNDS: usize = 150;
/// Who ask, over and over.
const ASKING: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_that_begins_after_an_end_was_acknowledged_is_never_told_that_it_lives() -> Outcome
{
    let bench = Bench::warm().await?;
    let kind = PrincipalKind::Client;
    let app = bench.principal(OPAQUE, kind, "app").await?;
    let (alive, wrong) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    for _ in 0..ROUNDS {
        let request = IssueRequest::opaque(OPAQUE, TOKEN, app.id, "");
        let tokens = bench.authority.tokens();
        let token = Arc::new(tokens.issue(&nobody(), request).await?);
        let acknowledged = Arc::<AtomicBool>::default();
        let gate = Arc::new(Barrier::new(ASKING + 1));
        let asking: Vec<_> = (0..ASKING)
            .map(|_| {
                let (authority, token) = (bench.authority.clone(), Arc::clone(&token));
                let (acknowledged, gate) = (Arc::clone(&acknowledged), Arc::clone(&gate));
                let (alive, wrong) = (Arc::clone(&alive), Arc::clone(&wrong));
                tokio::spawn(async move {
                    gate.wait().await;
                    let mut late = 0;
                    // Some more after the end: what went stale stays so.
                    while late < 3 {
                        let ended = acknowledged.load(Ordering::SeqCst);
                        let tokens = authority.tokens();
                        let told = tokens.authenticate(OPAQUE, token.token.expose()).await;
                        match (ended, told.is_ok()) {
                            (true, true) => wrong.fetch_add(1, Ordering::Relaxed),
                            (false, true) => alive.fetch_add(1, Ordering::Relaxed),
                            (_, false) => 0,
                        };
                        late += usize::from(ended);
                        // A copy is told without waiting for anybody, who would then never have a turn.
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        gate.wait().await;
        tokens
            .revoke(&nobody(), &token.record, Extent::Token, None)
            .await?;
        acknowledged.store(true, Ordering::SeqCst);
        for task in asking {
            task.await?;
        }
    }
    assert_eq!(wrong.load(Ordering::Relaxed), 0, "told to be alive");
    assert!(
        alive.load(Ordering::Relaxed) > 0,
        "nobody asked while one was alive"
    );
    Ok(())
}

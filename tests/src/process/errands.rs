//! What the tests of the binary ask of it, over raw HTTP, with the seeded credentials.

use std::{
    net::SocketAddr,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use serde_json::Value;
use tokio::net::TcpStream;

use super::binary::{Installation, PUBLIC_URL};
use crate::{
    dialects::TRIALS,
    harness::{
        Asker, Call, Class, Reach, Token, Trial, asked, assert_all_asked, central, demo_asker,
    },
};

const SUITE: &str = "process";

/// What the suites do with tokens, where a dialect issues any.
const TOKENS: &str = "tokens";

/// A caller of one running server.
pub struct Errands {
    /// The server.
    pub server: Reach,
}

/// A token, and the dialect that issued it.
pub struct Issued {
    /// The dialect.
    pub trial: &'static dyn Trial,
    /// The class.
    pub class: Class,
    /// The token.
    pub token: Token,
}

impl Issued {
    /// Dialect and class, for people.
    pub fn name(&self) -> String {
        format!("{} {}", self.trial.dialect(), self.class.name)
    }

    /// Another one of its class.
    async fn another(&self, server: &Reach) -> Token {
        self.trial.issue(server, self.class.name).await
    }
}

impl Errands {
    /// A caller with the credentials of an installation.
    pub fn new(installed: &Installation, address: SocketAddr) -> Self {
        let server = Reach::today(address, installed.credentials.clone()).known_as(PUBLIC_URL);
        Self { server }
    }

    fn asker(&self) -> Asker {
        demo_asker(&self.server)
    }

    /// Whether introspection calls a token active.
    pub async fn is_active(&self, token: &str) -> bool {
        self.asker().is_active(&self.server, token).await
    }

    /// Whether a token is still what it was: good where it was issued and, if introspection knows its class, there.
    pub async fn lives(&self, issued: &Issued) -> bool {
        let text = &issued.token.text;
        let known = !issued.class.introspected || self.is_active(text).await;
        let accepted = issued.trial.accepts(&self.server, &issued.token, text);
        let accepted = accepted.await;
        assert_eq!(
            known,
            accepted || !issued.class.introspected,
            "{}",
            issued.name()
        );
        accepted
    }

    /// Another token like that one; `None` when the server is gone.
    pub async fn try_another(&self, like: &Issued) -> Option<Token> {
        let issuing = AssertUnwindSafe(like.another(&self.server));
        let issued = issuing.catch_unwind().await.ok();
        if issued.is_none() {
            self.assert_gone().await;
        }
        issued
    }

    /// Revokes a token at the standard endpoint; `false` when the server did not say that it did.
    pub async fn try_revoke(&self, token: &str) -> bool {
        let asker = self.asker();
        let revoking = AssertUnwindSafe(asker.revoke(&self.server, token));
        let is_done = revoking.catch_unwind().await.is_ok();
        if !is_done {
            self.assert_gone().await;
        }
        is_done
    }

    /// Asserts that nobody listens any more; a process that is killed lets go of its connections first.
    async fn assert_gone(&self) {
        let patience = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(self.server.address()).await.is_ok() {
            assert!(
                Instant::now() < patience,
                "a server that is there did not do what it was asked"
            );
            tokio::task::yield_now().await;
        }
    }

    /// Whether a write can be made and a read answered.
    pub async fn is_ready(&self) -> bool {
        Call::get("/readyz").send(&self.server).await.status == 200
    }

    /// The published keys.
    pub async fn keys(&self) -> Value {
        let keys = Call::get(central().keys()).send(&self.server).await;
        keys.expect(200).json()
    }

    /// One live token of each class of each dialect.
    pub async fn one_of_each(&self) -> Vec<Issued> {
        let mut issued = Vec::new();
        for trial in TRIALS.iter().copied() {
            for class in trial.classes() {
                let token = trial.issue(&self.server, class.name).await;
                let class = *class;
                asked(SUITE, trial.dialect(), &format!("a {}", class.name));
                issued.push(Issued {
                    trial,
                    class,
                    token,
                });
            }
        }
        assert_all_asked(TOKENS, issued.iter().map(|one| one.trial.dialect()));
        issued
    }

    /// One token of each class of which another one leaves the earlier alone.
    pub async fn one_of_each_that_stays(&self) -> Vec<Issued> {
        let mut stay = Vec::new();
        for issued in self.one_of_each().await {
            issued.another(&self.server).await;
            if issued.class.introspected && self.is_active(&issued.token.text).await {
                stay.push(issued);
            }
        }
        stay
    }
}

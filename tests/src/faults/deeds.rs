//! What is asked of a server while its disk fails: one deed of each kind that has to be durable, of every dialect.

use std::fmt;

use super::journal::{Fact, Journal};
use crate::{
    dialects::TRIALS,
    harness::{Answer, Call, Reach, Trial, asked, demo_asker},
    rules::makers::{Made, Maker, Makers, makers},
};

/// One kind of change.
#[derive(Clone, Copy)]
pub enum Deed {
    /// A token or a session of some dialect.
    Make(&'static Maker),
    /// The end of a token that was issued before.
    Revoke,
    /// A proof that is good once.
    Once(&'static dyn Trial),
}

impl fmt::Debug for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make(maker) => f.write_str(&maker.way.operation.id),
            Self::Revoke => f.write_str("revoke"),
            Self::Once(trial) => write!(f, "{} once", trial.dialect()),
        }
    }
}

impl Deed {
    /// One of each.
    pub async fn all() -> Vec<Self> {
        let made = makers().await.all.iter().map(Self::Make);
        let once = TRIALS.iter().copied();
        let once = once.filter(|trial| trial.has_proofs_for_once());
        let all = made.chain([Self::Revoke]).chain(once.map(Self::Once));
        all.collect()
    }

    /// A token that can be ended.
    pub async fn issue() -> Self {
        let mut all = makers().await.all.iter();
        let found = all.find(|maker| maker.made == Made::Token { alone: true });
        Self::Make(found.expect("some dialect issues a token that ends alone"))
    }
}

/// A caller of a server, who remembers what was acknowledged.
pub struct Doer {
    server: Reach,
    name: String,
    done: u32,
    known: &'static Makers,
    /// The request of each maker.
    calls: Vec<Call>,
    /// What was acknowledged.
    pub journal: Journal,
}

impl Doer {
    /// A caller whose one-time values carry its name. It gets what it needs beforehand, so the server is well yet.
    pub async fn new(server: Reach, name: impl Into<String>) -> Self {
        let known = makers().await;
        let mut calls = Vec::new();
        for maker in &known.all {
            asked("faults", maker.way.dialect(), &maker.way.operation.id);
            calls.push(maker.call(&server).await);
        }
        Self {
            server,
            name: name.into(),
            done: 0,
            known,
            calls,
            journal: Journal::default(),
        }
    }

    /// Does it; whether it was acknowledged. A refusal must be the dialect's "unavailable".
    pub async fn attempt(&mut self, deed: Deed) -> bool {
        match deed {
            Deed::Make(maker) => self.make(maker).await,
            Deed::Revoke => self.revoke().await,
            Deed::Once(trial) => self.once(trial).await,
        }
    }

    async fn make(&mut self, maker: &'static Maker) -> bool {
        let mut known = self.known.all.iter();
        let index = known.position(|one| one.way.operation.id == maker.way.operation.id);
        let call = &self.calls[index.expect("each maker has a request")];
        let answer = call.send(&self.server).await;
        let Some(text) = maker.acknowledged(&answer) else {
            return false;
        };
        self.journal.note(match maker.made {
            Made::Token { .. } => Fact::Lives(text.clone()),
            Made::Session(class) => Fact::Session(maker.way.trial(), class, text.clone()),
        });
        if maker.made == (Made::Token { alone: true }) {
            self.journal.may_be_ended(text);
        }
        true
    }

    async fn revoke(&mut self) -> bool {
        if !self.journal.has_one_for_revocation() {
            let Deed::Make(maker) = Deed::issue().await else {
                return false;
            };
            if !self.make(maker).await {
                return false;
            }
        }
        let token = self.journal.take_for_revocation();
        let call = demo_asker(&self.server).revocation(&token);
        let answer = call.send(&self.server).await;
        let done = !self.known.revocation.is(&answer);
        if done {
            let _: Answer = answer.expect(200);
            self.journal.note(Fact::Ended(token));
        } else {
            // Refused is not undone: it may be either from now on.
            self.journal.doubt(token);
        }
        done
    }

    async fn once(&mut self, trial: &'static dyn Trial) -> bool {
        self.done += 1;
        let knock = trial.once(&self.server, &format!("{}-{}", self.name, self.done));
        let answer = knock.call.send(&self.server).await;
        let Some(opened) = self.known.opened(trial, &knock, &answer) else {
            return false;
        };
        assert!(opened, "{}", String::from_utf8_lossy(&answer.body));
        let token = self.known.token_of(knock.operation, &answer);
        self.journal.note(Fact::Spent(trial, knock));
        self.journal
            .note(Fact::Lives(token.expect("it opens a token")));
        true
    }
}

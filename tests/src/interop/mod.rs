//! One authority behind all dialects: a token of any of them is seen and ended centrally, is then
//! refused where it was issued, and was never good anywhere else.

mod foreign;
mod untold;

use self::foreign::{Foreign, present};
use crate::{
    dialects::TRIALS,
    harness::{Reach, Tessera, Token, Trial, asked, asker, assert_all_asked, demo_asker},
    proofs::live::lab::Lab,
};

const SUITE: &str = "interop";

/// Somebody who has a token of one dialect and can spend and end it there.
struct Holder {
    trial: &'static dyn Trial,
    token: Token,
}

impl Holder {
    /// A holder of a new token of every class that introspection knows.
    async fn all(server: &Reach) -> Vec<Self> {
        let mut all = Vec::new();
        for trial in TRIALS.iter().copied() {
            for class in trial.classes().iter().filter(|class| class.introspected) {
                let token = trial.issue(server, class.name).await;
                all.push(Self { trial, token });
            }
        }
        all
    }

    /// Another one like this.
    async fn another(&self, server: &Reach) -> Self {
        let token = self.trial.issue(server, self.token.class).await;
        let trial = self.trial;
        Self { trial, token }
    }

    fn name(&self) -> String {
        format!("{} {}", self.dialect(), self.token.class)
    }

    fn dialect(&self) -> &'static str {
        self.trial.dialect()
    }

    fn asked(&self, what: &str) {
        asked(
            SUITE,
            self.dialect(),
            &format!("{} {what}", self.token.class),
        );
    }

    async fn is_accepted(&self, server: &Reach) -> bool {
        let text = &self.token.text;
        self.trial.accepts(server, &self.token, text).await
    }
}

#[tokio::test]
async fn a_token_of_every_dialect_is_active_ended_centrally_and_then_refused() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for holder in Holder::all(&server).await {
        let (name, text) = (holder.name(), &holder.token.text);
        let told = asker.introspect(&server, text).await;
        assert_eq!(told["active"], true, "{name}: {told}");
        assert_eq!(told["dialect"], holder.dialect());
        assert!(told["jti"].is_string() && told["iat"].is_number(), "{told}");
        assert!(
            told.get("exp")
                .is_none_or(|exp| exp.as_i64() > told["iat"].as_i64())
        );
        assert!(holder.is_accepted(&server).await, "{name}");

        asker.revoke(&server, text).await;
        assert!(!asker.is_active(&server, text).await, "{name}");
        assert!(!holder.is_accepted(&server).await, "{name}");
        asker.revoke(&server, text).await;
        holder.asked("ended centrally");
    }
}

#[tokio::test]
async fn a_revocation_holds_after_a_restart() {
    let mut server = Tessera::start().await;
    let asker = demo_asker(&server);
    let holders = Holder::all(&server).await;
    let is_ended = |index: usize| index.is_multiple_of(2);
    for (index, holder) in holders.iter().enumerate() {
        if is_ended(index) {
            asker.revoke(&server, &holder.token.text).await;
        }
    }
    server.restart().await;
    for (index, holder) in holders.iter().enumerate() {
        let (name, text) = (holder.name(), &holder.token.text);
        let lives = !is_ended(index);
        assert_eq!(asker.is_active(&server, text).await, lives, "{name}");
        assert_eq!(holder.is_accepted(&server).await, lives, "{name}");
        holder.asked("over a restart");
    }
}

#[tokio::test]
async fn a_token_ended_by_its_own_dialect_is_inactive_centrally() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for holder in Holder::all(&server).await {
        let (name, text) = (holder.name(), &holder.token.text);
        assert!(asker.is_active(&server, text).await, "{name}");
        let listed = holder.trial.endless().iter();
        let endless = listed
            .clone()
            .any(|(class, _)| *class == holder.token.class);
        let Some(ending) = holder.trial.end_it(&server, &holder.token) else {
            // Only the standard endpoints end these.
            assert!(endless, "{name} is ended by nobody, and no reason is given");
            continue;
        };
        assert!(!endless, "{name} is listed as if nobody ended it");
        ending.await;
        assert!(!asker.is_active(&server, text).await, "{name}");
        assert!(!holder.is_accepted(&server).await, "{name}");
        holder.asked("ended by its own dialect");
    }
}

/// All ordered pairs: a token of A presented wherever B takes tokens is refused, B's revocation does not
/// reach it, and A takes it still.
#[tokio::test]
async fn no_dialect_takes_or_ends_the_token_of_another() {
    let mut lab = Lab::new().await;
    let asker = demo_asker(&lab.server);
    let mut dialects = Vec::new();
    for one in Holder::all(&lab.server).await {
        let text = &one.token.text;
        let told = asker.introspect(&lab.server, text).await;
        let foreign = Foreign {
            id: told["jti"].as_str().expect("a live token has one"),
            text,
        };
        for other in TRIALS
            .iter()
            .filter(|other| other.dialect() != one.dialect())
        {
            let pair = format!("{} at {}", one.name(), other.dialect());
            let tried = present(&mut lab, *other, &foreign).await;
            assert!(tried.taken.is_empty(), "{pair}: {:?}", tried.taken);
            assert!(asker.is_active(&lab.server, text).await, "{pair}");
            for place in &tried.places {
                asked(
                    SUITE,
                    other.dialect(),
                    &format!("{} in {place}", one.name()),
                );
            }
            if !tried.places.is_empty() {
                dialects.push(other.dialect());
            }
        }
        assert!(one.is_accepted(&lab.server).await, "{}", one.name());
    }
    assert_all_asked(SUITE, dialects);
}

/// All ordered pairs: ending a token of A leaves a token of B alone.
#[tokio::test]
async fn ending_a_token_touches_no_other_dialect() {
    let server = Tessera::start().await;
    let asker = demo_asker(&server);
    for one in Holder::all(&server).await {
        let holders = Holder::all(&server).await.into_iter();
        let others = holders.filter(|other| other.dialect() != one.dialect());
        let ended = one.another(&server).await;
        asker.revoke(&server, &ended.token.text).await;
        for other in others {
            let pair = format!("{} ended, {} asked", ended.name(), other.name());
            let text = &other.token.text;
            assert!(asker.is_active(&server, text).await, "{pair}");
            assert!(other.is_accepted(&server).await, "{pair}");
            other.asked(&format!("after {} was ended", ended.name()));
        }
    }
}

#[tokio::test]
async fn a_resource_server_sees_its_own_dialects_only() {
    let server = Tessera::start().await;
    let holders = Holder::all(&server).await;
    for trial in TRIALS {
        let right = format!("introspect:{}", trial.dialect());
        let id = format!("of-{}", trial.dialect());
        let asker = asker(&server, &id, &[&right]).await;
        for holder in &holders {
            let seen = asker.is_active(&server, &holder.token.text).await;
            let own = holder.dialect() == trial.dialect();
            assert_eq!(seen, own, "{} by {right}", holder.name());
        }
        asked(SUITE, trial.dialect(), &right);
    }
}

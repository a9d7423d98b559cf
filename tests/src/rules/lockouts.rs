//! Lock-outs: what a stranger's guesses lock, and for whom, at every door of every dialect.

use std::time::Duration;

use crate::{
    dialects::TRIALS,
    harness::{Door, Guess, Reach, Tessera, Trial, asked},
    proofs::live::{
        answers::{self, Outcome},
        oracle,
    },
};

const HOME: [u8; 4] = [127, 0, 0, 2];
const NEW: [u8; 4] = [127, 0, 0, 3];

/// Members of the demo's credentials that somebody can guess at.
const GUESSABLE: [&str; 2] = ["password", "totp_secret"];

/// How an attempt ended.
#[derive(Debug, PartialEq)]
pub enum Tried {
    /// It opened.
    Accepted,
    /// It did not.
    Wrong,
    /// For so many seconds.
    Locked(u64),
    /// There is no room to look at it now.
    Busy,
}

/// A door and the dialect that it is of.
#[derive(Clone, Copy)]
pub struct Way {
    /// The dialect's trial.
    pub trial: &'static dyn Trial,
    /// The door.
    pub door: &'static Door,
}

/// Every door of every dialect.
pub fn doors() -> Vec<Way> {
    let of = |trial: &&'static dyn Trial| {
        let trial = *trial;
        let doors = trial.doors().iter();
        doors.map(|door| Way { trial, door }).collect::<Vec<_>>()
    };
    TRIALS.iter().flat_map(of).collect()
}

impl Way {
    /// For people.
    pub fn name(&self) -> String {
        format!("{} {}", self.trial.dialect(), self.door.name)
    }

    /// Tries it from an address.
    pub async fn try_from(&self, server: &Reach, source: [u8; 4], guess: Guess) -> Tried {
        let knock = self.trial.knock(server, self.door, guess);
        let answer = knock.call.send_from(source, server.address()).await;
        if answer.status == 429 {
            let secs = answer
                .header("retry-after")
                .and_then(|secs| secs.parse().ok());
            return Tried::Locked(secs.expect("whole seconds"));
        }
        let mut operations = oracle::operations().into_iter();
        let operation = operations.find(|one| one.id == knock.operation);
        let operation = operation.expect("a door is an operation of the document");
        match answers::outcome(&operation, &answer) {
            Outcome::Failure if answer.header("retry-after").is_some() => Tried::Busy,
            Outcome::Success => Tried::Accepted,
            Outcome::Refusal => Tried::Wrong,
            Outcome::Failure => panic!("{}: {}", self.name(), answer.text()),
        }
    }

    /// Five failures each at so many addresses, and a sixth that is not looked at.
    async fn attacked_from(&self, server: &Tessera, addresses: u8) {
        for last in 0..addresses {
            let source = [127, 0, 9, last + 1];
            for _ in 0..5 {
                let tried = self.try_from(server, source, Guess::Wrong).await;
                assert_eq!(tried, Tried::Wrong, "{} from {source:?}", self.name());
            }
            let tried = self.try_from(server, source, Guess::Right).await;
            assert_eq!(tried, Tried::Locked(900), "{} from {source:?}", self.name());
        }
    }
}

#[tokio::test]
async fn what_can_be_guessed_at_has_a_door() {
    let server = Tessera::start().await;
    for trial in TRIALS {
        let held = server.all_held()[trial.dialect()].as_object();
        let mut members = held.into_iter().flatten();
        let needed = members.any(|(name, _)| GUESSABLE.contains(&name.as_str()));
        let has_one = !trial.doors().is_empty();
        assert_eq!(has_one, needed, "{}", trial.dialect());
    }
}

#[tokio::test]
async fn a_stranger_who_guesses_locks_a_name_at_his_own_address_alone() {
    for way in doors() {
        asked("lockouts", way.trial.dialect(), way.door.name);
        let server = Tessera::start().await;
        way.attacked_from(&server, 9).await;
        let tried = way.try_from(&server, NEW, Guess::Right).await;
        assert_eq!(tried, Tried::Accepted, "{}", way.name());
    }
}

#[tokio::test]
async fn fifty_failures_lock_a_name_for_addresses_that_have_not_succeeded_within_thirty_days() {
    for way in doors() {
        let (server, name) = (Tessera::start().await, way.name());
        let home = async || way.try_from(&server, HOME, Guess::Right).await;
        assert_eq!(home().await, Tried::Accepted, "{name}");
        server
            .clock
            .advance(Duration::from_secs(30 * 24 * 3600 - 1));
        way.attacked_from(&server, 10).await;
        let new = way.try_from(&server, NEW, Guess::Right).await;
        assert_eq!(new, Tried::Locked(900), "{name}");
        assert_eq!(home().await, Tried::Accepted, "{name}");
        server.clock.advance(Duration::from_hours(30 * 24));
        way.attacked_from(&server, 10).await;
        assert_eq!(home().await, Tried::Locked(900), "{name}");
        server.clock.advance(Duration::from_mins(15));
        assert_eq!(home().await, Tried::Accepted, "{name}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_locked_as_one_that_somebody_has() {
    for way in doors().into_iter().filter(|way| way.door.user.is_some()) {
        let (server, name) = (Tessera::start().await, way.name());
        for last in 1..=10 {
            for _ in 0..5 {
                let source = [127, 0, 9, last];
                let tried = way.try_from(&server, source, Guess::Nobody).await;
                assert_eq!(tried, Tried::Wrong, "{name}");
            }
        }
        let tried = way.try_from(&server, NEW, Guess::Nobody).await;
        assert!(matches!(tried, Tried::Locked(_)), "{name}: {tried:?}");
    }
}

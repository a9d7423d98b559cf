//! Requests that make something that lasts, again and again: found by asking a healthy server, so that none is named.

use aws_lc_rs::digest;
use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, Statement};
use tokio::sync::OnceCell;

use super::requests::{Way, ways};
use crate::{
    dialects::TRIALS,
    harness::{
        Answer, Call, Knock, Reach, Tessera, Token, Trial, asked, assert_all_asked, central,
        demo_asker,
    },
    proofs::{
        live::{
            answers::{self, Outcome},
            oracle::{self, Operation},
        },
        secrets::places,
    },
};

/// What one request makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A token that has a row and lives beside the ones before it.
    Token {
        /// Whether it can be ended without ending others.
        alone: bool,
    },
    /// A session of that class.
    Session(&'static str),
}

/// A way to make something that lasts.
#[derive(Debug, Clone)]
pub struct Maker {
    /// The way.
    pub way: Way,
    /// What it makes.
    pub made: Made,
    /// The place of the document under which the answer has it.
    place: String,
    /// How it is answered while storage fails.
    outage: Outage,
}

/// How a request is answered while storage fails.
#[derive(Debug, Clone)]
pub struct Outage {
    status: u16,
    body: Vec<u8>,
}

/// What is known of a server by asking it.
#[derive(Debug)]
pub struct Makers {
    /// One for each operation that makes something.
    pub all: Vec<Maker>,
    /// How the end of a token is answered while storage fails.
    pub revocation: Outage,
    /// The same of a request that is good once, by dialect.
    once: Vec<(&'static str, Outage)>,
}

/// Asks once for all tests.
pub async fn makers() -> &'static Makers {
    static FOUND: OnceCell<Makers> = OnceCell::const_new();
    FOUND.get_or_init(find).await
}

impl Outage {
    /// How an operation is answered while storage fails, which is a refusal or failure that it declares, and 503 where
    /// it declares that.
    #[track_caller]
    fn of(operation: &Operation, answer: &Answer) -> Self {
        let about = format!(
            "{}: {}",
            operation.id,
            String::from_utf8_lossy(&answer.body)
        );
        let faults = answers::check(operation, answer);
        assert!(faults.is_empty(), "{about}: {faults:?}");
        let outcome = answers::outcome(operation, answer);
        assert_ne!(outcome, Outcome::Success, "{about}");
        if operation.response(503).is_some() {
            assert_eq!(answer.status, 503, "{about}");
        }
        Self {
            status: answer.status,
            body: answer.body.clone(),
        }
    }

    /// Whether an answer says "unavailable, come back", as the same request is answered while storage fails. Where that
    /// has no status of its own, the body tells.
    pub fn is(&self, answer: &Answer) -> bool {
        let is_told = if self.status < 500 {
            answer.body == self.body
        } else {
            answer.header("retry-after").is_some()
        };
        answer.status == self.status && is_told
    }
}

impl Maker {
    /// What it makes a request of, ready to be sent as often as one likes.
    pub async fn call(&self, server: &Reach) -> Call {
        self.way.call(server).await
    }

    /// What an answer says was made; `None` when it says that storage fails.
    #[track_caller]
    pub fn acknowledged(&self, answer: &Answer) -> Option<String> {
        if self.outage.is(answer) {
            return None;
        }
        self.way.assert_success(answer, "makes something");
        let found = found_in(&self.way, answer, &self.place);
        Some(found.expect("the answer has what it made"))
    }
}

impl Makers {
    /// Whether a request that is good once was; `None` when the answer says that storage fails.
    pub fn opened(
        &self,
        trial: &'static dyn Trial,
        knock: &Knock,
        answer: &Answer,
    ) -> Option<bool> {
        let known = self.once.iter().find(|(of, _)| *of == trial.dialect());
        let (_, outage) = known.expect("its proofs were looked at");
        if outage.is(answer) {
            return None;
        }
        let mut operations = oracle::operations().into_iter();
        let operation = operations.find(|one| one.id == knock.operation)?;
        Some(answers::outcome(&operation, answer) == Outcome::Success)
    }

    /// The token in the answer to an operation that has a maker.
    pub fn token_of(&self, operation: &str, answer: &Answer) -> Option<String> {
        let mut known = self.all.iter();
        let maker = known.find(|maker| maker.way.operation.id == operation)?;
        found_in(&maker.way, answer, &maker.place)
    }
}

fn found_in(way: &Way, answer: &Answer, place: &str) -> Option<String> {
    let mut texts = places::in_answer(&way.operation, answer).into_iter();
    let (_, text) = texts.find(|(at, _)| at == place)?;
    Some(text)
}

/// The state of a token's row.
pub async fn state(database: &DatabaseConnection, token: &str) -> Option<String> {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let row = database.query_one_raw(Statement::from_sql_and_values(
        DatabaseBackend::Sqlite,
        "SELECT CASE state WHEN 0 THEN 'active' WHEN 1 THEN 'superseded' ELSE 'revoked' END AS state \
         FROM tokens WHERE hash = ?",
        [hash.as_ref().to_vec().into()],
    ));
    let row = row.await.expect("tokens can be read")?;
    Some(row.try_get("", "state").expect("a token has a state"))
}

async fn find() -> Makers {
    let server = Tessera::start_with(|config| {
        config.policy.rates.enforced = false;
        config.policy.lockout = None;
    })
    .await;
    let mut found: Vec<(Way, Call, String, Made)> = Vec::new();
    for way in ways(&server).await {
        let is_known = found
            .iter()
            .any(|(known, ..)| known.operation.id == way.operation.id);
        if !is_known && let Some((call, place, made)) = made(&server, &way).await {
            asked("makers", way.dialect(), &way.operation.id);
            found.push((way, call, place, made));
        }
    }
    // Who issues nothing makes nothing; another one says why nothing of it lasts beside the next.
    let idle = TRIALS.iter().filter(|trial| trial.classes().is_empty());
    let idle = idle.map(|trial| trial.dialect());
    let makers = found.iter().map(|(way, ..)| way.dialect());
    assert_all_asked("makers", makers.chain(idle));
    let once: Vec<(&'static str, Knock)> = TRIALS
        .iter()
        .filter(|trial| trial.has_proofs_for_once())
        .map(|trial| (trial.dialect(), trial.once(&server, "unused")))
        .collect();
    let revocation = demo_asker(&server).revocation("unknown");
    server.break_storage().await;
    let mut all = Vec::new();
    for (way, call, place, made) in found {
        let outage = Outage::of(&way.operation, &call.send(&server).await);
        all.push(Maker {
            way,
            made,
            place,
            outage,
        });
    }
    let mut of_once = Vec::new();
    let operations = oracle::operations();
    for (dialect, knock) in once {
        let mut operations = operations.iter();
        let operation = operations.find(|one| one.id == knock.operation);
        let operation = operation.expect("it is an operation of the document");
        let answer = knock.call.send(&server).await;
        of_once.push((dialect, Outage::of(operation, &answer)));
    }
    let mut operations = operations.iter();
    let ending = operations.find(|one| one.path == central().revocation());
    let ending = ending.expect("the end of tokens is in the document");
    Makers {
        all,
        revocation: Outage::of(ending, &revocation.send(&server).await),
        once: of_once,
    }
}

/// What a request makes each time that it is sent, and where its answer has it.
async fn made(server: &Tessera, way: &Way) -> Option<(Call, String, Made)> {
    let call = way.call(server).await;
    let answers = [call.send(server).await, call.send(server).await];
    if !answers.iter().all(|answer| way.succeeded(answer)) {
        return None;
    }
    let database = server.database().await;
    for (place, first) in places::in_answer(&way.operation, &answers[0]) {
        let Some(second) = found_in(way, &answers[1], &place).filter(|text| *text != first) else {
            continue;
        };
        let mut live = true;
        for text in [&first, &second] {
            live &= state(&database, text).await.as_deref() == Some("active");
        }
        if live {
            let asker = demo_asker(server);
            asker.revoke(server, &second).await;
            let alone = state(&database, &first).await.as_deref() == Some("active")
                && way.succeeded(&call.send(server).await);
            return Some((call, place, Made::Token { alone }));
        }
        let classes = way.trial().classes().iter();
        for class in classes.filter(|class| !class.introspected) {
            let mut live = true;
            for text in [&first, &second] {
                let token = Token::new(class.name, text);
                live &= way.trial().accepts(server, &token, text).await;
            }
            if live {
                return Some((call, place, Made::Session(class.name)));
            }
        }
    }
    None
}

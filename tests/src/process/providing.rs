//! Principals and secrets of an operator's own, made on the command line beside a server that runs: each dialect takes them, and
//! takes them no more once they are disabled.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use tessera_server::dialects::REGISTRATIONS;

use super::{
    binary::{Installation, built},
    errands::{Errands, Issued},
    operating::{Operator, soon},
};
use crate::{
    dialects::TRIALS,
    harness::{Provided, Reach, Trial},
};

/// A principal by its name, dialect and kind, as the command line is told.
fn named<'a>(name: &'a str, dialect: &'a str, kind: &'a str) -> [&'a str; 5] {
    [name, "--dialect", dialect, "--kind", kind]
}

/// `principal VERB` or `secret VERB` about one.
fn about<'a>(verb: [&'a str; 2], of: [&'a str; 5], rest: &[&'a str]) -> Vec<&'a str> {
    [&verb[..], &of[..], rest].concat()
}

/// Makes a principal like the demo's, which is good for the same, and puts its name and secrets into the credentials.
fn provide(operator: &Operator, dialect: &str, own: &Provided, held: &mut Value) {
    let made = named(own.name, dialect, own.kind);
    let demo = held[dialect][own.held_as].as_str().map(str::to_owned);
    let profile = demo.map(|demo| {
        let show = about(["principal", "show"], named(&demo, dialect, own.kind), &[]);
        operator.does(&show, "")["profile"].to_string()
    });
    let profile = profile.unwrap_or_else(|| "{}".to_owned());
    let create = about(["principal", "create"], made, &["--profile-file", "-"]);
    let created = operator.does(&create, &profile);
    assert_eq!(created["profile"].to_string(), profile);
    let again = operator.says(&create, &profile);
    assert_eq!(again.code, Some(6), "{}: one of a name", own.name);
    held[dialect][own.held_as] = own.name.into();
    for secret in own.secrets {
        let purpose = ["--purpose", secret.purpose];
        let add = about(["secret", "add"], made, &purpose);
        let unseen = operator.says(&add, "");
        assert_eq!(unseen.code, Some(6), "nobody would see it");
        let registered = operator.does(&[&add[..], &["--show-secret"]].concat(), "");
        held[dialect][secret.held_as] = registered["secret"].clone();
        if let Some(id) = secret.id_held_as {
            held[dialect][id] = registered["id"].clone();
        }
        let list = about(["secret", "list"], made, &[]);
        let listed = operator.does(&list, "");
        let text = registered["secret"].as_str().expect("it was shown");
        assert!(!listed.to_string().contains(text), "it is shown once");
        let ids = listed["rows"].as_array().into_iter().flatten();
        let ids: Vec<&Value> = ids.map(|row| &row["id"]).collect();
        assert!(ids.contains(&&registered["id"]), "{ids:?}");
    }
}

/// What cannot be made is told with what to do, and leaves nothing.
fn refuses(operator: &Operator, dialect: &str, own: &Provided) {
    let nobody = named("nobody-at-all", dialect, own.kind);
    for (verb, code) in [("show", 5), ("update", 5), ("disable", 5), ("enable", 5)] {
        let said = operator.says(&about(["principal", verb], nobody, &[]), "");
        assert_eq!(said.code, Some(code), "{verb}: {}", said.stderr);
    }
    let add = about(["secret", "add"], nobody, &["--show-secret"]);
    assert_eq!(operator.says(&add, "").code, Some(5));
    let odd = about(
        ["principal", "create"],
        nobody,
        &["--set", "no_such_member=1"],
    );
    let said = operator.says(&odd, "");
    assert_eq!(said.code, Some(6), "{}", said.stderr);
    assert!(said.stderr.contains("no_such_member"), "{}", said.stderr);
    let unnamed = about(["principal", "create"], named("", dialect, own.kind), &[]);
    let said = operator.says(&unnamed, "");
    assert_eq!(said.code, Some(6), "{}", said.stderr);
    let listed = operator.does(&["principal", "list", "--dialect", dialect], "");
    let names = listed["rows"].as_array().into_iter().flatten();
    for name in names.map(|row| &row["name"]) {
        assert!(name != "" && name != "nobody-at-all", "{name} was made");
    }
}

/// Makes a principal of each kind of each dialect, and uses it.
pub async fn provides(operator: &Operator, mut reach: Reach) {
    let mut held = reach.all_held().clone();
    for trial in TRIALS {
        let dialect = trial.dialect();
        let registered = REGISTRATIONS.iter().find(|one| one.id.as_str() == dialect);
        let kinds = registered.expect("a dialect is registered").kinds.iter();
        let mut kinds: Vec<&str> = kinds.map(|kind| kind.kind.as_str()).collect();
        kinds.sort_unstable();
        let mut provided: Vec<&str> = trial.provided().iter().map(|own| own.kind).collect();
        provided.sort_unstable();
        assert_eq!(provided, kinds, "{dialect}: one of each kind");
        for own in trial.provided() {
            provide(operator, dialect, own, &mut held);
            refuses(operator, dialect, own);
        }
    }
    reach.hold(held);
    let errands = Errands { server: reach };
    // The server hears of it within a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let issued = errands.one_of_each().await;
    for one in &issued {
        assert!(errands.lives(one).await, "{}", one.name());
    }
    for trial in TRIALS {
        let own: Vec<&Issued> = of(*trial, &issued);
        if own.is_empty() {
            continue;
        }
        switch(operator, *trial, "disable");
        soon("it is disabled", async || {
            let mut refused = false;
            for one in &own {
                refused |= !accepts(&errands, one).await;
            }
            refused
        })
        .await;
        switch(operator, *trial, "enable");
        for one in &own {
            soon("it is enabled", async || accepts(&errands, one).await).await;
        }
    }
}

/// Whether its dialect takes it.
async fn accepts(errands: &Errands, one: &Issued) -> bool {
    let (server, held) = (&errands.server, &one.token);
    one.trial.accepts(server, held, &held.text).await
}

fn of<'a>(trial: &dyn Trial, issued: &'a [Issued]) -> Vec<&'a Issued> {
    let own = issued.iter();
    own.filter(|one| one.trial.dialect() == trial.dialect())
        .collect()
}

fn switch(operator: &Operator, trial: &dyn Trial, verb: &str) {
    for own in trial.provided() {
        let who = named(own.name, trial.dialect(), own.kind);
        operator.does(&about(["principal", verb], who, &[]), "");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_own_principals_are_as_good_as_the_demos() {
    let installed = Installation::seeded();
    let process = installed.serve("provided");
    let url = installed.database_url();
    let operator = Operator::new(move || {
        let mut command = Command::new(built().join("tessera"));
        command.env("TESSERA_DATABASE_URL", &url);
        command
    });
    let reach = Errands::new(&installed, process.address).server;
    provides(&operator, reach).await;
    process.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_make_the_same_principal_at_once_one_wins() {
    let installed = Installation::seeded();
    let url = installed.database_url();
    let operator = Operator::new(move || {
        let mut command = Command::new(built().join("tessera"));
        command.env("TESSERA_DATABASE_URL", &url);
        command
    });
    races(&operator);
}

/// Many commands at once make one principal, and change it.
pub fn races(operator: &Operator) {
    const MANY: usize = 16;
    let registered = REGISTRATIONS.first().expect("there is a dialect");
    let kind = registered.kinds.first().expect("it has principals");
    let (dialect, kind) = (registered.id.as_str(), kind.kind.as_str());
    let create = about(
        ["principal", "create"],
        named("at_once", dialect, kind),
        &[],
    );
    let began = Instant::now();
    let codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let commands = (0..MANY).map(|_| scope.spawn(|| operator.says(&create, "").code));
        let commands: Vec<_> = commands.collect();
        let ended = commands
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join);
        ended.map(|code| code.expect("it ends")).collect()
    });
    let of_code = |code| codes.iter().filter(|one| **one == Some(code)).count();
    assert_eq!((of_code(0), of_code(6)), (1, MANY - 1), "{codes:?}");
    eprintln!("{MANY} at once took {:?}", began.elapsed());
}

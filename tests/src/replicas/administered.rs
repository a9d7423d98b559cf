//! What an operator changes through the library counts on every replica within the bound, and refuses nothing that is valid.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::json;
use tessera_server::{
    authority::{Introspection, KeyError},
    dialects::REGISTRATIONS,
    domain::{Actor, Principal, PrincipalKind, Secret},
    serve::Server,
};
use tokio::time::sleep;

use super::{
    BOUND, PAUSE, cluster,
    load::{Load, alone, issued},
    site::{Replica, Site},
};
use crate::{
    dialects::TRIALS,
    harness::{Call, Reach, central, demo_asker},
    process::{
        operating::operates,
        providing::{provides, races},
    },
};

/// The greatest of what was waited for.
#[derive(Default)]
struct Slowest(Duration);

impl Slowest {
    /// Waits until that is so at each replica, and panics when it takes longer than the bound.
    async fn wait(
        &mut self,
        replicas: &[Replica],
        what: &str,
        is_so: impl AsyncFn(&Reach) -> bool,
    ) {
        let since = Instant::now();
        for replica in replicas {
            // A request that was sent in time counts, however long its answer takes.
            let mut sent = since.elapsed();
            while !is_so(&replica.reach).await {
                assert!(sent < BOUND, "{what}: not so after {sent:?}");
                self.0 = self.0.max(sent);
                sleep(PAUSE).await;
                sent = since.elapsed();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_principal_and_a_changed_profile_count_everywhere_within_a_second() {
    let test = "principals on three replicas";
    let Some(cluster) = cluster(test) else { return };
    let site = Site::seeded(cluster).await;
    let replicas = site.serve_three();
    let library = site.library().await;
    let registry = library.authority().registry();
    let (actor, first) = (Actor::operator(), &replicas[0].reach);
    let mut slowest = Slowest::default();
    for maker in alone().await {
        let (token, id) = (issued(maker, first).await, &maker.way.operation.id);
        let lives = async |reach: &Reach| demo_asker(reach).is_active(reach, &token).await;
        slowest.wait(&replicas, id, lives).await;
        let owner = owner(&library, &token).await;
        for enabled in [false, true] {
            let set = registry.set_enabled(&actor, &owner, enabled).await;
            set.expect("the database answers");
            let what = format!("{id}: enabled {enabled}");
            let follows = async |reach: &Reach| lives(reach).await == enabled;
            slowest.wait(&replicas, &what, follows).await;
        }
    }

    let token = issued(alone().await[0], first).await;
    let told = async |reach: &Reach| {
        let answer = demo_asker(reach).introspection(&token).send(reach).await;
        answer.status == 200 && answer.json()["active"] == true
    };
    slowest.wait(&replicas, "it may ask", told).await;
    let mut asker = asker(&library, first).await;
    asker.profile["scopes"] = json!([]);
    let Principal {
        dialect,
        kind,
        name,
        profile,
        ..
    } = asker;
    let changed = registry.ensure_principal(&actor, dialect, kind, &name, profile);
    changed.await.expect("the database answers");
    let refused = async |reach: &Reach| !told(reach).await;
    slowest.wait(&replicas, "it may ask no more", refused).await;
    library.close().await;
    eprintln!(
        "{test}: the last who did not know was asked after {:?}",
        slowest.0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_session_secret_counts_everywhere_within_a_second() {
    let test = "the session secret on three replicas";
    let Some(cluster) = cluster(test) else { return };
    let site = Site::seeded(cluster).await;
    let replicas = site.serve_three();
    let library = site.library().await;
    let (first, sessions) = (&replicas[0].reach, library.authority().sessions());
    let (mut slowest, mut seen) = (Slowest::default(), 0);
    for trial in TRIALS {
        for class in trial.classes().iter().filter(|class| !class.introspected) {
            let held = trial.issue(first, class.name).await;
            let lives = async |reach: &Reach| trial.accepts(reach, &held, &held.text).await;
            slowest.wait(&replicas, class.name, lives).await;
            let newer = Secret::new(format!("a newer secret of {}", class.name));
            let set = sessions.set_secret(&Actor::operator(), newer).await;
            set.expect("the database answers");
            let is_over = async |reach: &Reach| !lives(reach).await;
            slowest.wait(&replicas, class.name, is_over).await;
            // What the newer secret signs is good everywhere at once.
            for replica in &replicas {
                let held = trial.issue(&replica.reach, class.name).await;
                for other in &replicas {
                    assert!(trial.accepts(&other.reach, &held, &held.text).await);
                }
            }
            seen += 1;
        }
    }
    assert!(seen > 0, "some dialect has sessions");
    library.close().await;
    eprintln!(
        "{test}: the last who did not know was asked after {:?}",
        slowest.0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_operator_does_on_the_command_line_counts_within_a_second() {
    let Some(cluster) = cluster("the command line of an operator") else {
        return;
    };
    let site = Site::seeded(cluster).await;
    let (reach, _process) = site.serve("operated").apart();
    operates(&site.operator(), reach).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_own_principals_are_as_good_as_the_demos() {
    let Some(cluster) = cluster("an operator's own principals") else {
        return;
    };
    let site = Site::seeded(cluster).await;
    let (reach, _process) = site.serve("provided").apart();
    let operator = site.operator();
    provides(&operator, reach).await;
    races(&operator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_rotated_in_mid_load_refuses_no_valid_token_anywhere() {
    let test = "a rotated key on three replicas";
    let Some(cluster) = cluster(test) else { return };
    let site = Site::seeded(cluster).await;
    let replicas = site.serve_three();
    let library = site.library().await;
    // It panics where a token is refused that some replica has just issued.
    let load = Load::on(&replicas).await;
    let (mut slowest, mut rotated) = (Slowest::default(), BTreeSet::new());
    for round in 0..3 {
        load.does(20).await;
        let before = published(&replicas[0].reach).await;
        for dialect in REGISTRATIONS {
            let registry = library.authority().registry();
            match registry.rotate_key(&Actor::operator(), dialect.id).await {
                Ok(_) => rotated.insert(dialect.id.as_str()),
                Err(KeyError::SignsNothing) => continue,
                Err(error) => panic!("{error}"),
            };
        }
        let follows = async |reach: &Reach| published(reach).await.len() > before.len();
        slowest
            .wait(&replicas, &format!("round {round}"), follows)
            .await;
    }
    load.does(20).await;
    let tokens = load.end().await;
    assert!(!rotated.is_empty(), "some dialect signs");
    library.close().await;
    eprintln!(
        "{test}: {tokens} tokens were accepted everywhere; keys of {rotated:?}, the last who did not know was asked after {:?}",
        slowest.0
    );
}

/// The ids of the published keys.
async fn published(reach: &Reach) -> BTreeSet<String> {
    let answer = Call::get(central().keys()).send(reach).await.expect(200);
    let keys = answer.json();
    let keys = keys["keys"].as_array().expect("keys are listed").iter();
    keys.filter_map(|key| key["kid"].as_str().map(str::to_owned))
        .collect()
}

/// Whose token it is.
async fn owner(library: &Server, token: &str) -> Principal {
    let told = library.authority().tokens().introspect(token).await;
    match told.expect("the database answers") {
        Introspection::Active(live) => Principal::clone(&live.owner),
        Introspection::Inactive => panic!("the library does not know the token"),
    }
}

/// Who asks about tokens in these tests.
async fn asker(library: &Server, reach: &Reach) -> Principal {
    let central = TRIALS.iter().find(|trial| trial.central().is_some());
    let central = central
        .expect("some dialect has the standard endpoints")
        .dialect();
    let known = REGISTRATIONS
        .iter()
        .find(|known| known.id.as_str() == central);
    let dialect = known.expect("it is registered").id;
    let (registry, name) = (library.authority().registry(), demo_asker(reach).id);
    let found = registry
        .find_principal(dialect, PrincipalKind::Client, &name)
        .await;
    let found = found.expect("the database answers").expect("it is there");
    Principal::clone(&found)
}

//! An operator's commands beside a server that runs: what they do counts there within a second, on either database.

use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::binary::{Installation, built};
use super::errands::{Errands, Issued};
use crate::harness::{Reach, Token};

/// How soon a change counts everywhere.
const SOON: Duration = Duration::from_secs(1);

/// How a command ended.
pub struct Said {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its output.
    pub stdout: String,
    /// What it says besides.
    pub stderr: String,
}

impl Said {
    fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|_| panic!("no JSON: {} {}", self.stdout, self.stderr))
    }
}

/// Operates on one database, and notes all that is said.
pub struct Operator {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    said: std::sync::Mutex<String>,
}

impl Operator {
    /// With a command that knows the database.
    pub fn new(command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self {
            command: Box::new(command),
            said: std::sync::Mutex::default(),
        }
    }

    /// `tessera admin …` with that on its standard input.
    pub fn says(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = (self.command)();
        command.arg("admin").args(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tessera runs");
        let mut stdin = child.stdin.take().expect("it is piped");
        // Who reads nothing may have ended.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let ended = child.wait_with_output().expect("tessera ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = Said {
            code: ended.status.code(),
            stdout: text(&ended.stdout),
            stderr: text(&ended.stderr),
        };
        let mut all = self.said.lock().expect("nobody panics with it");
        all.push_str(&said.stdout);
        all.push_str(&said.stderr);
        said
    }

    /// The same, which has to succeed, as JSON.
    pub fn does(&self, arguments: &[&str], input: &str) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        let said = self.says(&arguments, input);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.stderr);
        said.json()
    }

    fn has_said(&self, text: &str) -> bool {
        self.said.lock().expect("nobody panics").contains(text)
    }
}

/// Waits until something holds, a second at most.
pub async fn soon(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !holds().await {
        assert!(Instant::now() < end, "{what}: not within {SOON:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn published(keys: &Value) -> BTreeSet<String> {
    let keys = keys["keys"].as_array().into_iter().flatten();
    keys.filter_map(|key| key["kid"].as_str().map(str::to_owned))
        .collect()
}

fn header(token: &Token) -> Option<Value> {
    use base64::Engine as _;
    let header = token.text.split('.').next()?;
    let decoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header);
    serde_json::from_slice(&decoded.ok()?).ok()
}

/// Everything that an operator does with tokens, keys and the audit, beside a server.
pub async fn operates(operator: &Operator, reach: Reach) {
    let errands = Errands { server: reach };
    let issued = errands.one_of_each().await;
    tokens(operator, &errands, &issued).await;
    keys(operator, &errands, &issued).await;
    audit(operator);
    for one in &issued {
        assert!(!operator.has_said(&one.token.text), "{}", one.name());
    }
    let locks = operator.does(&["lock", "list"], "");
    assert!(locks["rows"].is_array());
    let doctor = operator.says(&["doctor", "--json"], "");
    let about: BTreeSet<String> = doctor.json()["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["about"].as_str().map(str::to_owned))
        .collect();
    for one in [
        "clock",
        "database",
        "disk",
        "keys",
        "limits",
        "master key",
        "proxy",
        "public URL",
        "schema",
    ] {
        assert!(about.contains(one), "{one}: {}", doctor.stdout);
    }
}

async fn tokens(operator: &Operator, errands: &Errands, issued: &[Issued]) {
    for one in issued {
        if !errands.lives(one).await {
            continue;
        }
        let shown = operator.says(
            &["token", "show", "--value-stdin", "--json"],
            &one.token.text,
        );
        // Where holders sign tokens of their own there is no row.
        if shown.code == Some(5) {
            continue;
        }
        let shown = shown.json();
        assert_eq!(shown["good"], true, "{}", one.name());
        let id = shown["id"].as_str().expect("an identifier").to_owned();
        let revoke = ["token", "revoke", "--id", &id, "--reason", "tried out"];
        let dry_run = || operator.does(&[&revoke[..], &["--dry-run"]].concat(), "");
        assert_ne!(dry_run()["would_end"], 0, "{}", one.name());
        let unasked = operator.says(&revoke, "");
        assert_eq!(unasked.code, Some(7), "nobody can be asked");
        assert!(errands.lives(one).await, "nothing was changed");
        // A token may be tried out by making others from it.
        let dry = dry_run();
        let ended = operator.does(&[&revoke[..], &["--yes"]].concat(), "");
        assert_eq!(ended["ended"], dry["would_end"], "{}", one.name());
        let accepted = async || {
            let accepts = one
                .trial
                .accepts(&errands.server, &one.token, &one.token.text);
            accepts.await
        };
        soon(&one.name(), async || !accepted().await).await;
        let why = operator.does(&["token", "explain", &id], "");
        let first = &why["reasons"][0];
        assert_eq!(
            (&first["rule"], &first["by"], &first["reason"]),
            (&"revoked".into(), &"operator".into(), &"tried out".into()),
            "{why}"
        );
        let again = operator.does(&[&revoke[..], &["--yes"]].concat(), "");
        assert_eq!(again["ended"], 0, "an end is final");
    }
    let unknown = operator.says(&["token", "explain", "nothing"], "");
    assert_eq!(unknown.code, Some(5), "{}", unknown.stderr);
    let bare = operator.says(&["token", "revoke", "--yes"], "");
    assert_eq!(bare.code, Some(6), "{}", bare.stderr);
}

async fn keys(operator: &Operator, errands: &Errands, issued: &[Issued]) {
    let listed = operator.does(&["key", "list"], "");
    let rows = listed["rows"].as_array().expect("rows").clone();
    let mut rotated = 0;
    for key in rows.iter().filter(|key| key["algorithm"] == "EdDSA") {
        let dialect = key["dialect"].as_str().expect("a name");
        let old = key["id"].as_str().expect("a kid");
        let mine = |one: &&Issued| {
            one.trial.dialect() == dialect
                && header(&one.token).is_some_and(|header| header["kid"] == old)
        };
        let Some(like) = issued.iter().find(mine) else {
            continue;
        };
        rotated += 1;
        let before = errands.try_another(like).await.expect("a token");
        let prepare = [
            "key",
            "prepare",
            "--dialect",
            dialect,
            "--algorithm",
            "ES256",
        ];
        let new = operator.does(&prepare, "");
        let new = new["id"].as_str().expect("a kid").to_owned();
        soon("published", async || {
            published(&errands.keys().await).contains(&new)
        })
        .await;
        let meanwhile = errands.try_another(like).await.expect("a token");
        assert_eq!(header(&meanwhile).expect("a header")["kid"], old);
        assert_eq!(operator.says(&prepare, "").code, Some(6), "one at a time");
        operator.does(&["key", "activate", &new], "");
        let accepted = async |token: &Token| {
            like.trial
                .accepts(&errands.server, &like.token, &token.text)
                .await
        };
        soon("it signs", async || {
            let token = errands.try_another(like).await.expect("a token");
            assert!(accepted(&token).await, "whoever signed it");
            let header = header(&token).expect("a header");
            header["kid"] == new.as_str() && header["alg"] == "ES256"
        })
        .await;
        assert!(accepted(&before).await, "the old key verifies");
        let early = operator.says(&["key", "retire", old], "");
        assert_eq!(early.code, Some(6), "{}", early.stderr);
        assert!(accepted(&before).await, "nothing was changed");
        operator.does(&["key", "retire", old, "--force", "--yes"], "");
        soon("retired", async || !accepted(&before).await).await;
        assert!(!published(&errands.keys().await).contains(old));
        let token = errands.try_another(like).await.expect("a token");
        assert!(accepted(&token).await);
    }
    assert!(rotated > 0, "no dialect signs with a key pair");
}

fn audit(operator: &Operator) {
    let all = operator.says(&["audit", "export"], "");
    assert_eq!(all.code, Some(0), "{}", all.stderr);
    let rows: Vec<Value> = all
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object on each line"))
        .collect();
    for action in ["token.revoke", "key.prepare", "key.activate", "key.retire"] {
        let by_operator = |row: &&Value| row["action"] == action && row["actor"] == "operator";
        let exported: Vec<&Value> = rows.iter().filter(by_operator).collect();
        assert!(!exported.is_empty(), "{action}");
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let mut page = vec!["audit", "list", "--action", action, "--limit", "2"];
            let text: String;
            if let Some(next) = after {
                text = next;
                page.extend(["--after", &text]);
            }
            let page = operator.does(&page, "");
            listed.extend(page["rows"].as_array().expect("rows").clone());
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => break,
            }
        }
        let of_action = rows.iter().filter(|row| row["action"] == action);
        assert_eq!(listed, of_action.cloned().collect::<Vec<_>>(), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_operator_does_counts_in_a_running_server_within_a_second() {
    let installed = Installation::seeded();
    let process = installed.serve("operated");
    let url = installed.database_url();
    let operator = Operator::new(move || {
        let mut command = Command::new(built().join("tessera"));
        command.env("TESSERA_DATABASE_URL", &url);
        command
    });
    let reach = Errands::new(&installed, process.address).server;
    operates(&operator, reach).await;
    process.terminate();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_database_nothing_is_made_and_the_doctor_says_so() {
    let empty = Installation::empty();
    let url = empty.database_url();
    let operator = Operator::new(move || {
        let mut command = Command::new(built().join("tessera"));
        command.env("TESSERA_DATABASE_URL", &url);
        command
    });
    for command in [
        ["token", "list"],
        ["principal", "list"],
        ["key", "list"],
        ["audit", "export"],
        ["lock", "list"],
    ] {
        let said = operator.says(&command, "");
        assert_eq!(said.code, Some(1), "{command:?}");
        assert!(
            said.stderr.contains("there is no database"),
            "{}",
            said.stderr
        );
    }
    let doctor = operator.says(&["doctor", "--json"], "");
    assert_eq!(doctor.code, Some(8), "{}", doctor.stderr);
    let rows = doctor.json();
    let wrong = |row: &&Value| row["about"] == "database" && row["state"] == "wrong";
    let wrong = rows["rows"].as_array().expect("rows").iter().find(wrong);
    assert!(wrong.is_some_and(|row| row["advice"].is_string()));
    assert!(empty.written().is_empty(), "nothing was made");
}

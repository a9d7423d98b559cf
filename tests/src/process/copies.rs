//! `tessera copy` from outside: what is served is not copied, and what is not finished is not served.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use super::{
    binary::{Installation, built},
    errands::Errands,
};

fn copying(from: &str, to: &str) -> Command {
    let mut command = Command::new(built().join("tessera"));
    command
        .env("RUST_LOG", "off")
        .args(["copy", "--from", from, "--to", to])
        .stdin(Stdio::null());
    command
}

fn told(output: &Output) -> (Option<i32>, String) {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), told)
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_serves_the_old_tokens_sessions_and_keys() {
    let installed = Installation::seeded();
    let first = installed.serve("first");
    let errands = Errands::new(&installed, first.address);
    let before = errands.one_of_each().await;
    let keys = errands.keys().await;
    let target = installed.database().with_file_name("copy.db");
    let (from, to) = (installed.database_url(), url(&target));
    let (code, said) = told(&copying(&from, &to).output().expect("tessera runs"));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(&format!("is served by process {}", first.id())),
        "{said}"
    );
    first.terminate();

    let output = copying(&from, &to).output().expect("tessera runs");
    let (code, said) = told(&output);
    // Nobody watches, so no bar is drawn.
    assert_eq!((code, &*said), (Some(0), ""));
    let line = String::from_utf8_lossy(&output.stdout);
    assert!(
        line.starts_with("copied ") && line.lines().count() == 1,
        "{line}"
    );
    assert!(line.contains(&*from) && line.contains(&*to), "{line}");

    let [theirs, ours] =
        [installed.database(), target].map(|file| format!("{}.key", file.display()));
    std::fs::copy(theirs, ours).expect("the master key is copied by the operator");
    let second = installed.start_on("second", &to).listening();
    let second = second.unwrap_or_else(|(_, log)| panic!("the copy is served: {log}"));
    let errands = Errands::new(&installed, second.address);
    for issued in &before {
        assert!(errands.lives(issued).await, "{}", issued.name());
    }
    assert_eq!(errands.keys().await, keys);
    second.terminate();
}

#[test]
fn a_copy_that_is_killed_is_served_by_nobody() {
    let installed = Installation::seeded();
    let target = installed.database().with_file_name("copy.db");
    let (from, to) = (installed.database_url(), url(&target));
    let mut child = copying(&from, &to)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("tessera runs");
    // The target is there from its first write on, which is the mark.
    let log = target.with_file_name("copy.db-wal");
    while !log.metadata().is_ok_and(|log| log.len() > 20_000) {
        assert!(
            child.try_wait().expect("it is asked").is_none(),
            "it was not killed in time"
        );
        std::thread::yield_now();
    }
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    let refused = installed.start_on("refused", &to).listening();
    let Err((ended, said)) = refused else {
        panic!("a part is served for the whole");
    };
    assert_eq!(ended.and_then(|ended| ended.code()), Some(1), "{said}");
    assert!(said.contains("was not finished"), "{said}");
    let (code, said) = told(&copying(&from, &to).output().expect("tessera runs"));
    assert_eq!(code, Some(1));
    assert!(
        said.contains("delete it") && said.contains("copy again"),
        "{said}"
    );
}

#[test]
fn a_password_in_either_flag_is_refused_and_each_has_to_be_said() {
    let url = "postgres://tessera:hunter2@127.0.0.1:1/tokens";
    for (from, to, flag) in [
        (url, "sqlite://to.db", "--from-file"),
        ("sqlite://from.db", url, "--to-file"),
    ] {
        let (code, said) = told(&copying(from, to).output().expect("tessera runs"));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(flag) && !said.contains("hunter2"), "{said}");
    }
    let unsaid = Command::new(built().join("tessera")).arg("copy").output();
    let (code, said) = told(&unsaid.expect("tessera runs"));
    assert_eq!(code, Some(1));
    assert!(said.contains("say --from, or --from-file"), "{said}");
}

//! What is in the server's memory is not to be had: no core dump, and no look at it by another process of its user.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    process::{Command, Stdio},
};

use super::binary::{Installation, Process, built, end_of};

/// A user that owns nothing else (`nobody`).
const USER: &str = "65534";

/// What makes a command that of a plain user: nothing if the tests are run by one, as root may look at everything.
fn as_plain_user() -> Option<&'static [&'static str]> {
    let root = fs::metadata("/proc/self")
        .expect("a process sees itself")
        .uid()
        == 0;
    root.then_some(&[
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ])
}

fn command(words: &[&str]) -> Command {
    let prefix = as_plain_user().unwrap_or_default();
    let mut all = prefix.iter().chain(words);
    let mut command = Command::new(all.next().expect("a program"));
    command.args(all).stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// Whether a process of the same user opens a file of that one.
fn opens(pid: u32, file: &str) -> bool {
    let path = format!("if=/proc/{pid}/{file}");
    let opened = command(&["dd", &path, "of=/dev/null", "count=0"]).status();
    opened.expect("dd runs").success()
}

#[track_caller]
fn assert_withheld(pid: u32) {
    for file in ["environ", "maps", "mem", "auxv"] {
        assert!(!opens(pid, file), "{file} can be read");
    }
    let owner = fs::metadata(format!("/proc/{pid}/environ")).expect("the process lives");
    assert_eq!(owner.uid(), 0, "only root looks into what is not dumpable");
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).expect("the process lives");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let core: Vec<_> = core
        .unwrap_or_default()
        .split_whitespace()
        .skip(4)
        .collect();
    assert_eq!(core, ["0", "0", "bytes"], "{limits}");
}

fn folder() -> Installation {
    let installed = Installation::empty();
    if as_plain_user().is_some() {
        installed.give_to(USER.parse().expect("a number"));
    }
    installed
}

#[test]
fn neither_a_core_dump_nor_a_process_of_its_user_gets_at_the_memory_of_a_server() {
    // That others are looked into shows that the looking works.
    let mut other = command(&["sleep", "60"]).spawn().expect("sleep runs");
    let pid = other.id();
    let seen = (0..1000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(2));
        opens(pid, "environ")
    });
    other.kill().expect("a child of ours can be killed");
    end_of(&mut other);
    assert!(seen, "no process can be looked into");

    let installed = folder();
    let process: Process = match as_plain_user() {
        Some(prefix) => installed.start_under(prefix, "withheld"),
        None => installed.start("withheld"),
    }
    .listening()
    .unwrap_or_else(|(_, log)| panic!("tessera serve does not listen: {log}"));
    assert_withheld(process.id());
    process.terminate();
}

#[test]
fn nor_at_that_of_a_demo() {
    let installed = folder();
    let tessera = built().join("tessera");
    let credentials = installed.credentials_file();
    let mut demo = command(&[
        tessera.to_str().expect("a path"),
        "demo",
        "--listen=127.0.0.1:0",
        "--database-url",
        &installed.database_url(),
        "--credentials-file",
        credentials.to_str().expect("a path"),
    ])
    .stdout(Stdio::null())
    .spawn()
    .expect("tessera runs");
    while !credentials.exists() {
        let ended = demo.try_wait().expect("a child can be asked");
        assert!(ended.is_none(), "the demo ended: {ended:?}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_withheld(demo.id());
    super::binary::send_signal("TERM", demo.id());
    assert!(end_of(&mut demo).success());
}

//! What a start says about the proxy in front.

use std::fs;

use super::binary::Installation;

#[test]
fn a_start_behind_an_unnamed_proxy_warns_once_and_behind_a_named_one_never() {
    let installed = Installation::seeded();
    let warnings = |name: &str, arguments: &[&str]| {
        installed.serve_with(name, arguments).terminate();
        let log = fs::read_to_string(installed.log(name)).expect("there is a log");
        log.lines()
            .filter(|line| line.contains("WARN") && line.contains("--trusted-proxy"))
            .count()
    };
    // It listens on loopback, and its public URL is `http://tessera.test`.
    assert_eq!(warnings("unnamed", &[]), 1);
    let named = [
        "--trusted-proxy",
        "127.0.0.1",
        "--forwarded-header",
        "Forwarded",
    ];
    assert_eq!(warnings("named", &named), 0);
}

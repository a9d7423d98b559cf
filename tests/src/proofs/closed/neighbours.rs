//! Paths that are nearly documented, and paths that servers often have without saying so.

use std::collections::BTreeSet;

/// What is often served beside an API.
const WORDS: [&str; 52] = [
    "debug",
    "debug/tokens",
    "debug/pprof",
    "metrics",
    "admin",
    "admin/tokens",
    "actuator",
    "actuator/health",
    ".env",
    ".git/config",
    "api",
    "api-docs",
    "swagger",
    "swagger-ui",
    "swagger.json",
    "openapi",
    "openapi.yaml",
    "openapi.json",
    "docs/openapi.json",
    "graphql",
    "login",
    "logout",
    "register",
    "status",
    "health",
    "healthz",
    "ready",
    "live",
    "livez",
    "version",
    "info",
    "internal",
    "favicon.ico",
    "robots.txt",
    "openid-configuration",
    "openid-federation",
    "token",
    "tokens",
    "tokens/list",
    "authorize",
    "userinfo",
    "users",
    "users/1",
    "me",
    "keys",
    "jwks",
    "introspect",
    "revoke",
    "refresh",
    "test",
    "ping",
    "server-status",
];

/// The neighbours of a documented path, whose template says which segments are parameters.
pub fn of(template: &str, path: &str) -> Vec<String> {
    let fixed: Vec<bool> = template
        .split('/')
        .map(|one| !one.starts_with('{'))
        .collect();
    let segments: Vec<&str> = path.split('/').collect();
    let last = segments.last().copied().unwrap_or_default();
    let mut found = BTreeSet::from([
        format!("{path}/"),
        format!("{path}//"),
        format!("/{path}"),
        format!("{path}/x"),
        format!("{path}/{last}"),
        format!("{path}/.."),
        format!("{path}/../{last}"),
        format!("{path}/."),
        format!("/.{path}"),
    ]);
    // A suffix of a parameter is another value of it.
    if fixed.last() == Some(&true) {
        for suffix in [
            ";x",
            ";jsessionid=1",
            ".json",
            ".",
            "s",
            "%20",
            "%00",
            "%2F",
            "*",
            "~",
            ":x",
            "@x",
        ] {
            found.insert(format!("{path}{suffix}"));
        }
        found.insert(path[..path.len() - 1].to_owned());
    }
    let with = |index: usize, segment: String| {
        let mut changed: Vec<String> = segments.iter().map(|&one| one.to_owned()).collect();
        changed[index] = segment;
        changed.join("/")
    };
    for (index, &segment) in segments.iter().enumerate().skip(1) {
        let without = segments.iter().enumerate().filter(|(at, _)| *at != index);
        found.insert(without.map(|(_, one)| *one).collect::<Vec<_>>().join("/"));
        found.insert(segments[..index].join("/"));
        found.insert(with(index, format!("/{segment}")));
        found.insert(with(index, format!("x/{segment}")));
        found.insert(with(index, format!("./{segment}")));
        found.insert(with(index, format!("../{segment}")));
        if !fixed[index] {
            found.insert(with(index, String::new()));
            continue;
        }
        found.insert(with(index, segment.to_ascii_uppercase()));
        found.insert(with(index, capitalised(segment)));
        found.insert(with(index, format!("{segment};x")));
        found.insert(with(index, "x".to_owned()));
        for (at, sign) in segment.char_indices() {
            let encoded = format!(
                "{}%{:02X}{}",
                &segment[..at],
                u32::from(sign),
                &segment[at + 1..]
            );
            found.insert(with(index, encoded));
        }
        if let Some(version) = segment.strip_prefix('v') {
            for other in ["0", "1", "2", "3", "10"]
                .iter()
                .filter(|other| **other != version)
            {
                found.insert(with(index, format!("v{other}")));
            }
        }
        if index + 1 < segments.len() {
            let mut swapped = segments.clone();
            swapped.swap(index, index + 1);
            found.insert(swapped.join("/"));
            let joined = format!("{segment}%2F{}", segments[index + 1]);
            let mut encoded = segments.clone();
            encoded.remove(index + 1);
            encoded[index] = &joined;
            found.insert(encoded.join("/"));
        }
    }
    found
        .into_iter()
        .filter(|one| one.starts_with('/'))
        .collect()
}

/// Under each prefix: nothing, every word of the document's paths, and what is often served without being documented.
pub fn guesses<'a>(segments: impl Iterator<Item = &'a str>, prefixes: &[String]) -> Vec<String> {
    let words: BTreeSet<&str> = segments
        .filter(|one| !one.is_empty() && !one.starts_with('{'))
        .chain(WORDS)
        .collect();
    let mut found = BTreeSet::new();
    for prefix in prefixes.iter().map(String::as_str).chain(["", "/docs"]) {
        found.insert(format!("{prefix}/"));
        if !prefix.is_empty() {
            found.insert(prefix.to_owned());
        }
        for word in &words {
            found.insert(format!("{prefix}/{word}"));
        }
    }
    found.into_iter().collect()
}

fn capitalised(segment: &str) -> String {
    let mut signs = segment.chars();
    let first = signs.next().map(|sign| sign.to_ascii_uppercase());
    first.into_iter().chain(signs).collect()
}

//! Who may ask: each requirement alone suffices, and nothing less does.

use super::{
    accepted,
    cases::{bases, case},
    lab::{Asking, State},
    oracle::{Carrier, Operation, Scheme},
    probe::{Base, Case, Expect},
    request::{Credential, Request, encode},
};
use crate::proofs::report::Finding;

/// Every credential left out, wrong, ended, of another dialect, of other scopes, and sent twice; what cannot be tried
/// and is not listed, or can be and is, comes back.
pub async fn cases(
    asking: &mut Asking<'_>,
    operation: &Operation,
    cases: &mut Vec<Case>,
) -> Vec<Finding> {
    let mut untried = Vec::new();
    let mut add = |mut case: Case| {
        case.rule = "live-security";
        cases.push(case);
    };
    let mut seen = Vec::new();
    for base in bases(asking, operation).await {
        let Some(alternative) = base
            .alternative
            .and_then(|index| operation.security.get(index))
        else {
            // Nothing is asked for, so what is sent does not matter.
            let at = operation.node.at.clone();
            add(case(
                &base,
                "credentials that nobody asked for",
                &at,
                Expect::Success,
                |request| {
                    request.header("Authorization", "Bearer not-a-token");
                },
            ));
            continue;
        };
        // One body is enough to see who may ask.
        if seen.contains(&alternative.at) {
            continue;
        }
        seen.push(alternative.at.clone());
        for (scheme, scopes) in &alternative.schemes {
            let refused = |status| {
                if operation.is_optional() {
                    Expect::Unaided
                } else {
                    Expect::Status(status)
                }
            };
            let say = |what: &str| format!("{} {what}", scheme.name);
            let at = &alternative.at;
            let dropped = scheme.clone();
            let missing = if alternative.schemes.len() > 1 && operation.response(400).is_some() {
                // Half of a pair may as well be called a malformed request.
                Expect::Refusal
            } else {
                Expect::Status(401)
            };
            let missing = if operation.is_optional() {
                Expect::Declared
            } else {
                missing
            };
            add(case(&base, say("left out"), at, missing, move |request| {
                strip(request, &dropped);
            }));
            for state in [State::Wrong, State::Malformed, State::Revoked] {
                let credential = asking.credential(&scheme.name, state).await;
                let what = format!("{state:?}").to_lowercase();
                untried.extend(self::untried(&scheme.name, &what, at, credential.is_some()));
                if let Some(credential) = credential {
                    let what = say(&what);
                    let expect = if state == State::Malformed && !operation.is_optional() {
                        Expect::Refusal
                    } else {
                        refused(401)
                    };
                    add(replaced(&base, what, at, expect, scheme, credential));
                }
            }
            for (name, credential) in asking.foreign(operation, &scheme.name).await {
                let what = say(&format!("replaced by a live {name}"));
                add(replaced(&base, what, at, refused(401), scheme, credential));
            }
            let exact = asking.scoped(&scheme.name, Some(scopes)).await;
            let weak = asking.scoped(&scheme.name, None).await;
            if !scopes.is_empty() {
                let tried = exact.is_some() && weak.is_some();
                untried.extend(self::untried(&scheme.name, "scoped", at, tried));
            }
            if let Some(exact) = exact.filter(|_| !scopes.is_empty()) {
                let what = say("with exactly its scopes");
                add(replaced(&base, what, at, Expect::Success, scheme, exact));
            }
            if let Some(weak) = weak {
                let expect = if scopes.is_empty() {
                    Expect::Success
                } else {
                    refused(403)
                };
                add(replaced(
                    &base,
                    say("with another scope"),
                    at,
                    expect,
                    scheme,
                    weak,
                ));
            }
            badly_written(&base, at, scheme, operation, &mut add);
        }
    }
    untried
}

/// The list of what is not tried is kept: it has all of it, and nothing else.
pub fn untried(scheme: &str, state: &str, at: &str, tried: bool) -> Option<Finding> {
    let (rule, what) = match (
        tried,
        accepted::is_listed(&accepted::untried(), scheme, state),
    ) {
        (true, true) => (
            "live-exception",
            "is tried, and listed as if there were none",
        ),
        (false, false) => ("live-untried", "is not tried, and not listed with a reason"),
        (true, false) | (false, true) => return None,
    };
    let message = format!("{scheme} {state} {what}");
    Some(Finding::new(rule, at, message))
}

/// What is listed of schemes that no operation has any more.
pub fn unknown(operations: &[Operation]) -> Vec<Finding> {
    let known = |scheme: &str| {
        let mut alternatives = operations.iter().flat_map(|operation| &operation.security);
        alternatives.any(|one| one.schemes.iter().any(|(found, _)| found.name == scheme))
    };
    let listed = accepted::untried().into_iter();
    let gone = listed.filter(|(scheme, ..)| !known(scheme));
    gone.map(|(scheme, state, reason)| {
        let message = format!("{scheme} {state} ({reason}) is listed, and no operation wants it");
        Finding::new("live-exception", "/components/securitySchemes", message)
    })
    .collect()
}

fn replaced(
    base: &Base,
    label: String,
    at: &str,
    expect: Expect,
    scheme: &Scheme,
    credential: Credential,
) -> Case {
    let scheme = scheme.clone();
    case(base, label, at, expect, move |request| {
        strip(request, &scheme);
        request.present(&scheme.carrier, &credential);
    })
}

/// The same credential twice is refused, and so is one that is not text or is under another authentication scheme,
/// whose name may be written in any case.
fn badly_written(
    base: &Base,
    at: &str,
    scheme: &Scheme,
    operation: &Operation,
    add: &mut impl FnMut(Case),
) {
    let expect = if operation.is_optional() {
        Expect::Unaided
    } else {
        Expect::Refusal
    };
    let (label, of) = (format!("{} that is not text", scheme.name), scheme.clone());
    add(case(base, label, at, expect, move |request| {
        strip(request, &of);
        request.present_bytes(&of.carrier, b"\xff");
    }));
    let label = format!("{} twice", scheme.name);
    let repeated = match &scheme.carrier {
        Carrier::Bearer | Carrier::Basic => "Authorization".to_owned(),
        Carrier::Header(name) => name.clone(),
        Carrier::Query(name) => {
            let name = encode(name);
            add(case(base, label, at, expect, move |request| {
                let sent = request.query.iter().find(|(sent, _)| *sent == name);
                let sent = sent.cloned();
                request.query.extend(sent);
            }));
            return;
        }
        Carrier::Cookie(_) => {
            cookies(base, at, &scheme.name, operation.is_optional(), add);
            return;
        }
        Carrier::Unknown => return,
    };
    add(case(base, label, at, expect, move |request| {
        let sent = request
            .headers
            .iter()
            .find(|(sent, _)| *sent == repeated)
            .cloned();
        request.headers.extend(sent);
    }));
    if matches!(scheme.carrier, Carrier::Bearer | Carrier::Basic) {
        let other = if matches!(scheme.carrier, Carrier::Basic) {
            "Bearer"
        } else {
            "Basic"
        };
        for other in [other, "Token"] {
            let label = format!("{} sent as {other}", scheme.name);
            add(case(base, label, at, expect, move |request| {
                rescheme(request, |_| other.to_owned());
            }));
        }
        let label = format!("{} with its scheme in other letters", scheme.name);
        add(case(base, label, at, Expect::Success, move |request| {
            rescheme(request, str::to_uppercase);
        }));
    }
}

/// A cookie counts by its name, whatever other cookies there are.
fn cookies(base: &Base, at: &str, scheme: &str, optional: bool, add: &mut impl FnMut(Case)) {
    let expect = if optional {
        Expect::Unaided
    } else {
        Expect::Status(401)
    };
    for (what, prefix, expect) in [
        ("under another name", "x_not_", expect),
        (
            "behind another cookie",
            "x_not_documented=1; ",
            Expect::Success,
        ),
    ] {
        let label = format!("{scheme} {what}");
        add(case(base, label, at, expect, move |request| {
            for (name, value) in &mut request.headers {
                if name == "Cookie" {
                    value.splice(0..0, prefix.bytes());
                }
            }
        }));
    }
}

/// Puts another authentication scheme in front of what `Authorization` holds.
fn rescheme(request: &mut Request, other: impl Fn(&str) -> String) {
    for (sent, value) in &mut request.headers {
        if sent == "Authorization"
            && let Some((scheme, rest)) = std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.split_once(' '))
        {
            *value = format!("{} {rest}", other(scheme)).into_bytes();
        }
    }
}

/// Takes a scheme's credential out of a request.
pub fn strip(request: &mut Request, scheme: &Scheme) {
    match &scheme.carrier {
        Carrier::Bearer | Carrier::Basic => remove(request, "Authorization"),
        Carrier::Header(name) => remove(request, name),
        Carrier::Cookie(_) => remove(request, "Cookie"),
        Carrier::Query(name) => request.query.retain(|(sent, _)| *sent != encode(name)),
        Carrier::Unknown => {}
    }
}

fn remove(request: &mut Request, name: &str) {
    request
        .headers
        .retain(|(sent, _)| !sent.eq_ignore_ascii_case(name));
}

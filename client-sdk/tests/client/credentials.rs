//! What a client holds, of any scheme: a copy goes its own way, and nothing of it is shown.

use tessera_client::{Client, Credential, Credentials, Operation, Scheme, operations};

fn text(scheme: Scheme) -> String {
    format!("held-{}", scheme.name())
}

/// A credential of every scheme.
fn all() -> Credentials {
    let all = Scheme::ALL.iter();
    all.map(|scheme| Credential::of(*scheme, text(*scheme)))
        .collect()
}

#[test]
fn a_detached_copy_goes_its_own_way() {
    for scheme in Scheme::ALL {
        let shared = all();
        let copy = shared.detached();
        shared.forget(*scheme);
        assert!(copy.holds(*scheme));
        assert!(!shared.holds(*scheme));
    }
}

#[test]
fn debug_shows_no_secret() {
    let client = Client::new("https://tokens.example.com/base/", all()).expect("an origin");
    for scheme in Scheme::ALL {
        let text = text(*scheme);
        let shown = format!("{client:?} {:?}", Credential::of(*scheme, text.as_str()));
        assert!(!shown.contains(&text), "{text} in {shown}");
    }
}

#[test]
fn the_table_of_operations_finds_each_by_its_id() {
    for operation in operations::ALL {
        assert_eq!(Operation::named(operation.id), Some(*operation));
    }
    assert_eq!(Operation::named("unheard_of"), None);
}

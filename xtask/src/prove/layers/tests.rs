//! The layer check on small trees that exist in memory only.

use super::*;

const RULES: &str = "\
server/src:
  rows:
    authority: {uses: [domain], why: the authority knows storage through its port}
    dialects: {uses: [authority, generated], own: [generated, dialects], why: dialects reach storage through the authority}
    domain: {why: the ground floor}
    generated: {crates: [poem], why: generated code knows the wire}
    keys: {uses: [domain], why: they sign and know nothing else}
    lib: {why: it declares the others}
    storage: {uses: [authority, domain], why: it knows the port}
  crates:
    jsonwebtoken: {only: [keys/jwt.rs], why: one file of keys uses it}
    sea_orm: {only: [storage], why: only storage speaks SQL}
";

/// A tree with one file for each row of the rules, and nothing in them.
const EMPTY: [(&str, &str); 9] = [
    ("authority/issue.rs", ""),
    ("dialects/mod.rs", ""),
    ("domain/mod.rs", ""),
    ("generated/mod.rs", ""),
    ("keys/jwt.rs", ""),
    ("keys/mod.rs", ""),
    ("lib.rs", ""),
    ("storage/mod.rs", "pub struct Rows;"),
    ("storage/open.rs", ""),
];

/// What is found in the empty tree with these files in place of its own, and at which line and column.
fn found_by(rules: &str, files: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut problems = Problems::new();
    let table = Table::parse(rules, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    let texts = EMPTY
        .iter()
        .chain(files)
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()))
        .collect();
    let manifest = "[package]\nname = \"tessera-server\"\n\n[dependencies]\npoem.workspace = true\nsea-orm.workspace = true\n\n[lints]\nworkspace = true\n";
    let dialects = ["coin", "medal"].map(str::to_owned);
    let (_, problems) = judge("server/src", &texts, manifest, &table, &dialects);
    problems
        .into_iter()
        .map(|problem| {
            (
                format!("{} {}", problem.rule, problem.place),
                problem.message,
            )
        })
        .collect()
}

fn found(files: &[(&str, &str)]) -> Vec<(String, String)> {
    found_by(RULES, files)
}

fn finding(place: &str, message: &str) -> (String, String) {
    (place.to_owned(), message.to_owned())
}

#[test]
fn a_tree_that_keeps_to_its_rows_has_no_findings() {
    assert_eq!(found(&[]), []);
    let lib = "pub mod authority;\npub mod storage;\npub use storage::Rows;\n";
    let keys = "pub use crate::domain::Clock;\nuse jsonwebtoken::Header;\n";
    let main = "use tessera_server::domain;\n";
    let with_main = RULES.replace(
        "  crates:\n",
        "    main: {uses: [domain], why: a shell}\n  crates:\n",
    );
    assert_eq!(
        found_by(
            &with_main,
            &[("lib.rs", lib), ("keys/jwt.rs", keys), ("main.rs", main)]
        ),
        []
    );
}

#[test]
fn an_import_of_storage_in_a_dialect_is_found_at_its_place() {
    let text = "//! A dialect.\n\nuse crate::{\n    authority::Store,\n    storage::Rows,\n};\n\nfn f() -> crate::storage::Rows {}\n";
    let why = "is out of reach of dialects: it may import authority, generated (dialects reach storage through the authority)";
    assert_eq!(
        found(&[("dialects/coin/token.rs", text)]),
        [
            finding(
                "layer server/src/dialects/coin/token.rs:5:5",
                &format!("crate::storage::Rows {why}")
            ),
            finding(
                "layer server/src/dialects/coin/token.rs:8:11",
                &format!("crate::storage::Rows {why}")
            ),
        ]
    );
}

#[test]
fn what_the_root_hands_on_is_its_owners() {
    let lib = "pub mod storage;\npub use authority::Port;\npub use storage::Rows;\n";
    let text = "use crate::Port;\nuse crate::Rows;\n";
    let found = found(&[
        ("lib.rs", lib),
        ("authority/mod.rs", "pub struct Port;"),
        ("dialects/mod.rs", text),
    ]);
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["layer server/src/dialects/mod.rs:2:5"]);
}

#[test]
fn a_folder_without_a_row_is_found() {
    assert_eq!(
        found(&[("cache/mod.rs", "//! New.\n")]),
        [finding(
            "layer-table server/src/cache/mod.rs:1:1",
            "cache has no row under server/src in xtask/layers.yaml: nobody has said what it may import"
        )]
    );
}

#[test]
fn a_row_and_an_owner_that_match_nothing_are_found() {
    let rules = RULES
        .replace("keys/jwt.rs", "keys/gone.rs")
        .replace("    lib:", "    gone: {why: it was}\n    lib:");
    assert_eq!(
        found_by(&rules, &[]),
        [
            finding(
                "layer-table xtask/layers.yaml:8:5",
                "the row of gone matches nothing in server/src"
            ),
            finding(
                "layer-table xtask/layers.yaml:12:27",
                "keys/gone.rs, which the rule of jsonwebtoken names, is not in server/src"
            ),
        ]
    );
}

#[test]
fn a_crate_is_used_by_its_owner_alone() {
    let jwt = "use sea_orm::Value;\nuse jsonwebtoken::Header;\n";
    let ring = "use jsonwebtoken::Header;\n";
    let coin = "use poem::Request;\n";
    let generated = "use sea_orm as orm;\nuse poem::Request;\n";
    assert_eq!(
        found(&[
            ("keys/jwt.rs", jwt),
            ("keys/ring.rs", ring),
            ("dialects/coin.rs", coin),
            ("generated/coin.rs", generated)
        ]),
        [
            finding(
                "layer server/src/generated/coin.rs:1:5",
                "sea_orm is out of reach of generated: only storage speaks SQL"
            ),
            finding(
                "layer server/src/keys/jwt.rs:1:5",
                "sea_orm::Value is out of reach of keys: only storage speaks SQL"
            ),
            finding(
                "layer server/src/keys/ring.rs:1:5",
                "jsonwebtoken::Header is out of reach of keys: one file of keys uses it"
            ),
        ]
    );
}

#[test]
fn a_crate_may_be_out_of_reach_of_some_files_only() {
    let rules = "server/src:\n  crates:\n    sea_orm: {never: [storage/open, keys/gone], why: it opens files}\n";
    let files = [
        ("storage/open/path.rs", "use sea_orm::Value;\n"),
        ("storage/mod.rs", "use sea_orm::Value;\n"),
    ];
    assert_eq!(
        found_by(rules, &files),
        [
            finding(
                "layer-table xtask/layers.yaml:3:37",
                "keys/gone, which the rule of sea_orm names, is not in server/src"
            ),
            finding(
                "layer server/src/storage/open/path.rs:1:5",
                "sea_orm::Value is out of reach of storage: it opens files"
            ),
        ]
    );
}

#[test]
fn a_part_with_a_list_of_crates_uses_no_other_dependency() {
    let rules = RULES.replace("crates: [poem]", "crates: []");
    assert_eq!(
        found_by(
            &rules,
            &[("generated/coin.rs", "use poem::Request;\nuse std::fmt;\n")]
        ),
        [finding(
            "layer server/src/generated/coin.rs:1:5",
            "poem::Request is out of reach of generated: generated code knows the wire"
        )]
    );
}

#[test]
fn a_dialect_does_not_know_another() {
    let text = "use crate::generated::medal::MedalToken;\nuse crate::generated::coin::CoinToken;\nuse super::medal::edge;\nuse crate::generated;\nfn f() { generated::medal::read(); }\n";
    let found = found(&[
        ("dialects/coin/mod.rs", text),
        ("dialects/mod.rs", "use crate::generated::medal::X;\n"),
        ("dialects/medal/refusals.rs", ""),
        ("generated/medal.rs", ""),
    ]);
    let why = "is out of reach of dialects: the dialect coin does not know medal";
    assert_eq!(
        found,
        [
            finding(
                "layer server/src/dialects/coin/mod.rs:1:5",
                &format!("crate::generated::medal::MedalToken {why}")
            ),
            finding(
                "layer server/src/dialects/coin/mod.rs:3:5",
                &format!("crate::dialects::medal::edge {why}")
            ),
        ]
    );
}

#[test]
fn a_circle_that_the_table_allows_is_found_without_any_import() {
    let rules = RULES.replace("domain: {why", "domain: {uses: [authority], why");
    assert_eq!(
        found_by(&rules, &[]),
        [finding(
            "layer-cycle xtask/layers.yaml:3:24",
            "the table allows a circle in server/src: authority → domain (xtask/layers.yaml:3), domain → authority (xtask/layers.yaml:5)"
        )]
    );
}

#[test]
fn a_circle_of_imports_is_found_at_its_first_import() {
    let found = found(&[
        (
            "authority/issue.rs",
            "use crate::domain::Clock;\nuse crate::keys::sign;\n",
        ),
        ("keys/mod.rs", "//! Keys.\nuse crate::authority::Secret;\n"),
    ]);
    let circles: Vec<&(String, String)> = found
        .iter()
        .filter(|(place, _)| place.starts_with("layer-cycle"))
        .collect();
    assert_eq!(
        circles,
        [&finding(
            "layer-cycle server/src/authority/issue.rs:2:5",
            "imports go in a circle in server/src: authority → keys (server/src/authority/issue.rs:2), keys → authority (server/src/keys/mod.rs:2)"
        )]
    );
}

#[test]
fn two_files_of_a_part_that_import_each_other_are_found() {
    let files = [
        (
            "storage/mod.rs",
            "mod apply;\nmod open;\npub use apply::Rows;\nfn f() { open::open(); }\n",
        ),
        (
            "storage/apply.rs",
            "use super::open::refused;\npub struct Rows;\n",
        ),
        ("storage/open.rs", "use super::Rows;\n"),
    ];
    assert_eq!(
        found(&files),
        [finding(
            "layer-cycle server/src/storage/apply.rs:1:5",
            "files import each other in server/src: storage/apply.rs → storage/open.rs (server/src/storage/apply.rs:1), \
             storage/open.rs → storage/apply.rs (server/src/storage/open.rs:1)"
        )]
    );
}

#[test]
fn a_parent_may_name_its_children_and_they_it() {
    let files = [
        (
            "storage/mod.rs",
            "mod open;\nuse open::open;\npub struct Rows;\n",
        ),
        ("storage/open.rs", "use super::Rows;\npub fn open() {}\n"),
    ];
    assert_eq!(found(&files), []);
}

#[test]
fn the_text_of_another_crate_is_not_looked_at() {
    let rules = RULES.replace("server/src:\n", "server/src:\n  texts: [keys/wire]\n");
    assert_eq!(
        found_by(
            &rules,
            &[("keys/wire/mod.rs", "use crate::storage::Rows;\n")]
        ),
        []
    );
    assert_eq!(
        found_by(&rules, &[]),
        [finding(
            "layer-table xtask/layers.yaml:2:11",
            "keys/wire is not in server/src"
        )]
    );
}

#[test]
fn a_file_that_is_not_rust_is_found() {
    let found = found(&[("keys/mod.rs", "//! Keys.\nfn f( {\n")]);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].0.starts_with("layer server/src/keys/mod.rs:2:"),
        "{found:?}"
    );
}

#[test]
fn a_canary_is_judged_by_the_projects_own_table() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    assert!(forbids(
        &project,
        "dialects/canary.rs",
        "use crate::storage::SqlStore;"
    ));
    assert!(!forbids(
        &project,
        "dialects/canary.rs",
        "use crate::authority::Secret;"
    ));
}

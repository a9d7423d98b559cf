//! The guard, case by case and against a model of what a token may do.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::dialects::token_generator::claims::merged;

const LATEST: i64 = 1_000;

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

#[expect(clippy::needless_pass_by_value, reason = "tests pass literals")]
fn allowed(caller: Value, permission: Value) -> bool {
    check(&map(&caller), &map(&permission), LATEST).is_ok()
}

fn bound() -> Value {
    json!({
        "user_id": "u",
        "note": "n",
        "abilities": {
            "a": { "Access": { "see": true, "list": true, "delete": false }, "limit": 3 },
            "b": { "Access": { "see": true } },
            "closed": false,
            "tags": { "auto_tag": "test", "list": ["x"] }
        }
    })
}

#[test]
fn reserved_claims_are_never_set_not_even_to_what_they_are() {
    for name in ["user_id", "iss", "iat", "jti", "aud", "admin"] {
        let permission = json!({ name: "u" });
        assert!(!allowed(json!({ name: "u" }), permission.clone()), "{name}");
        assert!(!allowed(json!({}), permission), "{name}");
    }
    // Claims are case-sensitive (RFC 7519 §4).
    assert!(allowed(json!({}), json!({"Admin": true})));
}

#[test]
fn an_end_may_only_come_earlier() {
    let end = |exp: Value| check(&Map::new(), &map(&json!({ "exp": exp })), LATEST);
    assert_eq!(end(json!(LATEST)), Ok(Some(LATEST)));
    assert_eq!(end(json!(5)), Ok(Some(5)));
    for exp in [
        json!(LATEST + 1),
        json!(-1),
        json!(5.0),
        json!("5"),
        json!(null),
        json!(u64::MAX),
    ] {
        assert_eq!(end(exp.clone()), Err(Escalation), "{exp}");
    }
    assert_eq!(check(&Map::new(), &Map::new(), LATEST), Ok(None));
}

#[test]
fn a_caller_without_abilities_may_hand_out_any() {
    assert!(allowed(
        json!({"user_id": "u"}),
        json!({"abilities": {"x": {"y": true}}, "Id": "z", "n": 1})
    ));
}

#[test]
fn abilities_only_narrow() {
    for narrower in [
        json!({}),
        json!({"a": {"Access": {"see": true}}}),
        json!({"a": {"Access": {"see": false, "delete": false, "new": false}, "limit": 3}}),
        json!({"a": false, "b": {"Access": {}}, "new": false, "closed": false}),
        json!({"tags": {"auto_tag": "test", "list": ["x"]}}),
    ] {
        assert!(
            allowed(bound(), json!({"abilities": narrower})),
            "{narrower}"
        );
    }
    for wider in [
        json!({"a": {"Access": {"delete": true}}}),
        json!({"a": {"Access": {"new": true}}}),
        json!({"a": {"Access": true}}),
        json!({"a": true}),
        json!({"new": {"Access": {"see": true}}}),
        json!({"new": {}}),
        json!({"closed": {}}),
        json!({"closed": true}),
        json!({"b": {"Access": {"see": true, "list": true}}}),
        json!({"a": {"limit": 4}}),
        json!({"a": {"limit": null}}),
        json!({"a": {"limit": false}}),
        json!({"a": null}),
        json!({"tags": {"auto_tag": "other"}}),
        json!({"tags": {"list": ["x", "y"]}}),
        json!({"tags": "test"}),
        json!({"A": {"Access": {"see": true}}}),
        json!(null),
        json!(false),
        json!(true),
        json!([]),
        json!("a"),
    ] {
        assert!(!allowed(bound(), json!({"abilities": wider})), "{wider}");
    }
}

#[test]
fn abilities_of_another_shape_can_only_be_repeated() {
    for abilities in [json!(null), json!("all"), json!(true), json!([1])] {
        let caller = json!({ "abilities": abilities });
        assert!(allowed(caller.clone(), json!({"abilities": abilities})));
        assert!(
            !allowed(caller.clone(), json!({"abilities": {}})),
            "{abilities}"
        );
        assert!(
            !allowed(caller, json!({"abilities": {"a": true}})),
            "{abilities}"
        );
    }
}

#[test]
fn an_album_is_chosen_once_and_among_the_callers() {
    let id = |value: Value| json!({ "Id": value });
    assert!(allowed(bound(), id(json!("a"))));
    for other in [
        json!("new"),
        json!("closed"),
        json!(null),
        json!(["a"]),
        json!(0),
        json!(""),
    ] {
        assert!(!allowed(bound(), id(other.clone())), "{other}");
    }
    let mut chosen = map(&bound());
    chosen.insert("Id".to_owned(), json!("a"));
    let chosen = Value::Object(chosen);
    assert!(allowed(chosen.clone(), id(json!("a"))));
    assert!(!allowed(chosen, id(json!("b"))));
    assert!(!allowed(json!({"Id": "a"}), id(json!("b"))));
}

#[test]
fn a_bound_caller_adds_no_claims_and_changes_none() {
    assert!(allowed(bound(), json!({"note": "n"})));
    assert!(!allowed(bound(), json!({"note": "m"})));
    assert!(!allowed(bound(), json!({"role": "owner"})));
}

/// What a token may do, by a model of its own: every leaf of the abilities that is not `false`, with
/// the path to it; of one album only where the token is for one. `None` is everything.
fn effective(claims: &Map<String, Value>) -> Option<BTreeSet<String>> {
    let abilities = claims.get("abilities")?;
    let mut found = BTreeSet::new();
    leaves(abilities, "", &mut found);
    if let Some(album) = claims.get("Id").and_then(Value::as_str) {
        found.retain(|leaf| {
            leaf.starts_with(&format!("/{album}/")) || leaf.starts_with(&format!("/{album}="))
        });
    }
    Some(found)
}

fn leaves(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Bool(false) => {}
        Value::Object(members) => {
            for (name, member) in members {
                leaves(member, &format!("{path}/{name}"), found);
            }
        }
        leaf @ (Value::Null
        | Value::Bool(true)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)) => {
            found.insert(format!("{path}={leaf}"));
        }
    }
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => any::<bool>().prop_map(Value::from),
        1 => (0..3).prop_map(Value::from),
        1 => "[st]".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!(["x"])),
    ]
}

/// Few names and few values, so that random trees overlap.
fn tree() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop::collection::btree_map("[a-d]", inner, 0..4)
            .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into())
    })
}

fn claims() -> impl Strategy<Value = Map<String, Value>> {
    let id = prop::option::of(prop_oneof![3 => "[a-e]".prop_map(Value::from), 1 => leaf()]);
    let other = || prop::option::of(leaf());
    (prop::option::weighted(0.9, tree()), id, other(), other()).prop_map(
        |(abilities, id, role, admin)| {
            let members = [
                ("abilities", abilities),
                ("Id", id),
                ("role", role),
                ("admin", admin),
            ];
            members
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                .collect()
        },
    )
}

/// A tree with some members dropped, some rights denied and, if there is something `strange`, that in
/// places. Without it, always a narrowing.
fn altered(value: &Value, strange: Option<&Value>, coins: &mut Coins) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let mut kept = Map::new();
    for (name, member) in members {
        let member = match (coins.toss(), strange) {
            (0 | 1, _) => continue,
            (2 | 3, _) if member.is_boolean() || member.is_object() => Value::Bool(false),
            (4, Some(strange)) => strange.clone(),
            _ => altered(member, strange, coins),
        };
        kept.insert(name.clone(), member);
    }
    kept.into()
}

/// Decisions drawn from one number, so that a failing case shrinks.
struct Coins(u64);

impl Coins {
    /// One of 16.
    fn toss(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 60
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_child_can_do_nothing_that_its_parent_cannot(
        parent in claims(),
        permissions in prop::collection::vec((claims(), any::<u64>(), any::<bool>()), 1..4),
    ) {
        let mut ancestors = vec![parent];
        for (mut permission, seed, unlike) in permissions {
            let parent = ancestors.last().expect("at least the parent").clone();
            permission.remove("admin");
            if let (false, Some(held)) = (unlike, parent.get("abilities")) {
                let strange = permission.remove("abilities");
                let altered = altered(held, strange.as_ref(), &mut Coins(seed));
                permission = map(&json!({ "abilities": altered }));
            }
            if check(&parent, &permission, LATEST).is_err() {
                continue;
            }
            let child = merged(&parent, permission, "user_id");
            for ancestor in &ancestors {
                let (Some(can), may) = (effective(&child), effective(ancestor)) else {
                    prop_assert!(effective(ancestor).is_none());
                    continue;
                };
                prop_assert!(
                    may.is_none_or(|may| can.is_subset(&may)),
                    "{:?} became {:?}", ancestor, child
                );
                if ancestor.contains_key("abilities") {
                    prop_assert_eq!(ancestor.get("role"), child.get("role"));
                }
            }
            prop_assert!(!(child.contains_key("abilities") && child.contains_key("admin")));
            ancestors.push(child);
        }
    }

    #[test]
    fn every_narrowing_of_a_tree_is_allowed(tree in tree(), seed in any::<u64>()) {
        prop_assume!(tree.is_object());
        let permission = json!({ "abilities": altered(&tree, None, &mut Coins(seed)) });
        let allowed = allowed(json!({ "abilities": tree }), permission);
        prop_assert!(allowed);
    }

    #[test]
    fn a_key_the_caller_does_not_know_is_denied(tree in tree(), granted in tree()) {
        prop_assume!(tree.is_object() && granted != Value::Bool(false));
        let mut wider = map(&tree);
        wider.insert("unknown".to_owned(), granted);
        let allowed = allowed(json!({ "abilities": tree }), json!({ "abilities": wider }));
        prop_assert!(!allowed);
    }
}

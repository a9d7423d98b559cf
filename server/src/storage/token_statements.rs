//! The texts of the statements on tokens: constant, so that a connection prepares each of them once.
//!
//! What must hold when a token is written is part of the statement that writes it, which saves statements. It takes no locks: that it
//! still holds at the commit is because nobody writes beside the transaction (`mod.rs`).

use std::sync::LazyLock;

use super::backend::Text;
use super::many_rows::{ManyRows, marks};
use super::token_row::COLUMNS;

/// A row that may be used at that moment.
macro_rules! live {
    ($row:literal, $at_ms:literal) => {
        concat!(
            $row,
            ".state = 0 AND (",
            $row,
            ".expires_at_ms IS NULL OR ",
            $row,
            ".expires_at_ms > ",
            $at_ms,
            ")"
        )
    };
}

/// One value each: what is wanted, and on what it stands.
const WANTED: [&str; 18] = [
    "digest",
    "hash",
    "id",
    "principal_id",
    "subject_id",
    "claims",
    "family",
    "parent",
    "state",
    "issued_at_ms",
    "not_before_ms",
    "expires_at_ms",
    "revoked_at_ms",
    "from_outside",
    "secret_id",
    "session",
    "asked_by",
    "asked_at_ms",
];

/// Whether the secret or session that the caller was let in by is still good.
const STANDS: &str = "\
(v.secret_id IS NULL OR EXISTS (SELECT 1 FROM secrets c WHERE c.id = v.secret_id AND c.state = 'live')) \
AND (v.session IS NULL OR EXISTS (SELECT 1 FROM sessions n WHERE n.hash = v.session))";

/// Whether those live on whom it depends. A token that is written as ended opens nothing, whatever its owner may do. A parent
/// that its holder signed has no row until it is ended.
const LIVES: &str = concat!(
    "(v.asked_by IS NULL OR EXISTS (SELECT 1 FROM tokens a WHERE a.id = v.asked_by AND ",
    live!("a", "v.asked_at_ms"),
    ")) AND (v.state <> 0 OR (EXISTS (SELECT 1 FROM principals o WHERE o.id = v.principal_id AND o.enabled) \
AND (v.subject_id IS NULL OR EXISTS (SELECT 1 FROM principals u WHERE u.id = v.subject_id AND u.enabled)))) \
AND (v.parent IS NULL OR EXISTS (SELECT 1 FROM tokens p WHERE p.id = v.parent AND ",
    live!("p", "v.issued_at_ms"),
    ") OR (v.from_outside = 1 AND NOT EXISTS (SELECT 1 FROM tokens p WHERE p.id = v.parent)))"
);

/// Whether there is a shape that is kept for as long.
const SHAPED: &str =
    "s.digest = v.digest AND s.kept_until_ms >= coalesce(v.expires_at_ms, 9223372036854775807)";

/// Writes those of the wanted tokens for which everything holds. It gives nothing back: each row that came would wake the task
/// that waits for all of them. `OR FAIL`: what fails is a fault, and the end of the transaction. A statement that takes itself
/// back keeps a copy of every page that it changes. (`PostgreSQL` gives the hashes of those that it has written: its rows have no numbers that say it.)
pub(super) static INSERT: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(WANTED.len(), " RETURNING hash", |rows| {
        let wanted = WANTED.join(", ");
        format!(
            "WITH v ({wanted}) AS (VALUES {rows}) \
             INSERT OR FAIL INTO tokens (hash, id, shape, principal_id, subject_id, claims, family, parent, state, \
             issued_at_ms, not_before_ms, expires_at_ms, revoked_at_ms) \
             SELECT v.hash, v.id, s.number, v.principal_id, v.subject_id, v.claims, v.family, v.parent, v.state, \
             v.issued_at_ms, v.not_before_ms, v.expires_at_ms, v.revoked_at_ms \
             FROM v JOIN token_shapes s ON {SHAPED} WHERE {STANDS} AND {LIVES} \
             ON CONFLICT DO NOTHING"
        )
    })
});

/// The hashes of the rows that were written last, after the one of a number.
pub(super) static WRITTEN_AFTER: Text = Text::new("SELECT hash FROM tokens WHERE number > ?1");

/// Of one wanted token: whether it has a shape, whether the caller stands, whether those live on whom it depends.
pub(super) static WHY_NOT: LazyLock<Text> = LazyLock::new(|| {
    Text::made(format!(
        "WITH v ({}) AS (VALUES {}) \
         SELECT EXISTS (SELECT 1 FROM token_shapes s WHERE {SHAPED}), {STANDS}, {LIVES} FROM v",
        WANTED.join(", "),
        marks(WANTED.len(), 1)
    ))
});

/// The active ones below a token, generation by generation: those that could still be used, and those that are over but have
/// children of their own, as what was derived from a token may outlive its expiry. `?1` is the moment.
macro_rules! end_below {
    ($first:literal) => {
        concat!(
            "WITH RECURSIVE below (id) AS (",
            $first,
            " UNION SELECT c.id FROM below JOIN tokens c ON c.parent = below.id WHERE c.state = 0 AND (",
            "c.expires_at_ms IS NULL OR c.expires_at_ms > ?1 OR EXISTS (SELECT 1 FROM tokens g WHERE g.parent = c.id))) ",
            "UPDATE tokens SET state = ?2, slot = NULL, revoked_at_ms = ?1 ",
            "WHERE state = 0 AND id IN (SELECT id FROM below) AND hash <> ?4 RETURNING hash"
        )
    };
}

/// Ends the token of an identifier (`?3`) and those below it, but not the one of a hash (`?4`).
pub(super) static END_TOKEN: Text = Text::new(end_below!("SELECT ?3"));

/// The same from the token that holds a slot (`?3`).
pub(super) static END_HOLDER: Text =
    Text::new(end_below!("SELECT h.id FROM tokens h WHERE h.slot = ?3"));

/// Ends the tokens of a family (`?3`) and owner (`?4`). The first of a family does not name it. An owner may have millions:
/// the sign keeps its index out.
pub(super) static END_FAMILY: Text = Text::new(
    "\
UPDATE tokens SET state = ?2, slot = NULL, revoked_at_ms = ?1 WHERE state = 0 AND +principal_id = ?4 \
AND (family = ?3 OR (id = ?3 AND family IS NULL)) RETURNING hash",
);

/// Ends the tokens of an owner or subject (`?3`).
pub(super) static END_PERSON: Text = Text::new(
    "\
UPDATE tokens SET state = ?2, slot = NULL, revoked_at_ms = ?1 WHERE state = 0 \
AND (principal_id = ?3 OR subject_id = ?3) RETURNING hash",
);

/// Removes the token of a hash.
pub(super) static TAKE_BACK: Text =
    Text::new("DELETE FROM tokens WHERE substr(hash, 1, 16) = substr(?1, 1, 16) AND hash = ?1");

/// Gives a slot to the token of a hash.
pub(super) static TAKE_SLOT: Text = Text::new(
    "UPDATE tokens SET slot = ?1 WHERE substr(hash, 1, 16) = substr(?2, 1, 16) AND hash = ?2",
);

/// Whether a token is active, over or not.
pub(super) static IS_ACTIVE: Text =
    Text::new("SELECT 1 FROM tokens t WHERE t.id = ?1 AND t.state = 0");

/// Whether a token is active and not over.
pub(super) static IS_LIVE: Text = Text::new(concat!(
    "SELECT 1 FROM tokens t WHERE t.id = ?1 AND ",
    live!("t", "?2")
));

/// The token of an identifier's bytes.
pub(super) static BY_ID: LazyLock<Text> = LazyLock::new(|| selecting("t.id = ?1"));

/// The token that holds a slot.
pub(super) static IN_SLOT: LazyLock<Text> = LazyLock::new(|| selecting("t.slot = ?1"));

/// Tokens with their shapes.
pub(super) fn selecting(condition: &str) -> Text {
    Text::made(format!(
        "SELECT {COLUMNS} FROM tokens t LEFT JOIN token_shapes s ON s.number = t.shape WHERE {condition}"
    ))
}

/// Columns of a principal, in the order in which they are read.
pub(super) const PERSON: [&str; 7] = [
    "id",
    "dialect",
    "kind",
    "name",
    "enabled",
    "profile",
    "created_at_ms",
];

/// The commit that is seen, the token of a hash (the index has its first half), its owner, and whom it speaks for.
pub(super) static LOOK_UP: LazyLock<Text> = LazyLock::new(|| {
    let person = |alias: &str| PERSON.map(|column| format!("{alias}.{column}")).join(", ");
    Text::made(format!(
        "SELECT e.value, {COLUMNS}, {}, {} FROM epochs e LEFT JOIN tokens t \
         ON substr(t.hash, 1, 16) = substr(?1, 1, 16) AND t.hash = ?1 \
         LEFT JOIN token_shapes s ON s.number = t.shape \
         LEFT JOIN principals o ON o.id = t.principal_id LEFT JOIN principals u ON u.id = t.subject_id WHERE e.id = 1",
        person("o"),
        person("u")
    ))
});

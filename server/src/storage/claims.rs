//! Look-ups by what somebody claims: one statement each, which gives a row of the same columns whether or not there is
//! anything to find. Where there is nothing it is the decoy's, so that reading it costs the same as well.

use std::sync::LazyLock;

use sea_orm::{
    ConnectionTrait, DbBackend, FromQueryResult as _, IdenStatic as _, Iterable as _, QueryResult,
    Value,
};

use super::backend::{Text, sought};
use super::constant;
use super::convert;
use super::entities::secret::{self, Column};
use super::failure::Failure;
use crate::domain::work::{Work, note};
use crate::domain::{
    Claim, Dialect, KeyAlgorithm, KeyId, PrincipalId, PrincipalKind, SecretRecord,
};

/// By dialect, kind and name; only secrets of an enabled principal count.
pub(super) static BY_NAME: LazyLock<Text> = LazyLock::new(|| {
    claiming(
        "principals.id",
        "LEFT JOIN principals ON principals.dialect = ? AND principals.kind = ? AND principals.name = ? \
         LEFT JOIN secrets ON secrets.principal_id = principals.id AND principals.enabled \
         AND secrets.purpose = decoy.purpose AND secrets.state = decoy.state",
    )
});

/// By the identifier of a secret.
pub(super) static BY_SECRET: LazyLock<Text> = LazyLock::new(|| {
    claiming(
        "secrets.principal_id",
        "LEFT JOIN secrets ON secrets.id = ? \
         AND secrets.purpose = decoy.purpose AND secrets.state = decoy.state",
    )
});

macro_rules! name_or_email {
    ($has_email:literal) => {
        concat!(
            "SELECT (SELECT name FROM principals WHERE dialect = ?1 AND kind = ?2 AND name = ?3) AS named, ",
            "(SELECT CASE count(*) WHEN 1 THEN max(name) END FROM principals ",
            "WHERE dialect = ?1 AND kind = ?2 AND enabled AND ",
            $has_email,
            ") AS reached"
        )
    };
}

/// Both are looked for whatever the other gives: an address takes a walk over all users of the dialect.
/// Capitals are those of ASCII.
static NAME_OR_EMAIL: Text = Text::each(
    name_or_email!("lower(json_extract(profile, '$.email')) = lower(?3)"),
    // An address with a NUL is none that could be looked for, and not to be taken out of its JSON.
    name_or_email!(
        "CASE WHEN strpos(profile, '\\u0000') > 0 THEN false \
         ELSE lower(profile::json ->> 'email' COLLATE \"C\") = lower(?3 COLLATE \"C\") END"
    ),
);

fn claiming(holder: &str, joins: &str) -> Text {
    let names: Vec<_> = Column::iter().map(|column| column.as_str()).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let either = |name: &&str| {
        format!("CASE WHEN secrets.id IS NULL THEN decoy.{name} ELSE secrets.{name} END AS {name}")
    };
    let columns: Vec<_> = names.iter().map(either).collect();
    Text::made(format!(
        "WITH decoy ({}) AS (VALUES ({marks})) \
         SELECT {holder} AS holder, secrets.id IS NOT NULL AS own, {} FROM decoy {joins} \
         ORDER BY secrets.created_at_ms, secrets.id",
        names.join(", "),
        columns.join(", "),
    ))
}

/// The values of [`BY_NAME`].
pub(super) fn of_name(
    backend: DbBackend,
    (dialect, kind, name): (Dialect, PrincipalKind, &str),
    decoy: &SecretRecord,
) -> Vec<Value> {
    let mut values = of_decoy(decoy);
    let name = sought(backend, name);
    values.extend([dialect.as_str().into(), kind.as_str().into(), name]);
    values
}

/// The values of [`BY_SECRET`].
pub(super) fn of_secret(backend: DbBackend, id: &KeyId, decoy: &SecretRecord) -> Vec<Value> {
    let mut values = of_decoy(decoy);
    values.push(sought(backend, id.as_str()));
    values
}

fn of_decoy(decoy: &SecretRecord) -> Vec<Value> {
    let value = |column| match column {
        Column::Id => decoy.id.as_str().into(),
        Column::PrincipalId => decoy.principal.0.into(),
        Column::Purpose => decoy.purpose.as_str().into(),
        Column::State => decoy.state.as_str().into(),
        Column::Algorithm => decoy.algorithm.map(KeyAlgorithm::as_str).into(),
        Column::Kid => decoy.kid.as_deref().into(),
        Column::Material => decoy.material.clone().into(),
        Column::LastStep => decoy.last_step.into(),
        Column::CreatedAtMs => decoy.created_at_ms.into(),
    };
    Column::iter().map(value).collect()
}

pub(super) async fn claim(
    reads: &impl ConnectionTrait,
    text: &Text,
    values: Vec<Value>,
) -> Result<Claim, Failure> {
    let mut claim = Claim::default();
    for row in rows(reads, text, values).await? {
        claim.principal = row.try_get::<Option<i64>>("", "holder")?.map(PrincipalId);
        claim.own = row.try_get("", "own")?;
        let secret = secret::Model::from_query_result(&row, "")?;
        claim.secrets.push(convert::secret(secret)?);
    }
    Ok(claim)
}

pub(super) async fn name_or_email(
    reads: &impl ConnectionTrait,
    dialect: Dialect,
    kind: PrincipalKind,
    text: String,
) -> Result<Option<String>, Failure> {
    let text = sought(reads.get_database_backend(), &text);
    let values = vec![dialect.as_str().into(), kind.as_str().into(), text];
    let mut found = None;
    for row in rows(reads, &NAME_OR_EMAIL, values).await? {
        let named: Option<String> = row.try_get("", "named")?;
        let reached: Option<String> = row.try_get("", "reached")?;
        found = named.or(reached);
    }
    Ok(found)
}

async fn rows(
    reads: &impl ConnectionTrait,
    text: &Text,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Failure> {
    let rows = constant::all(reads, text, values).await?;
    note(Work::Rows(rows.len()));
    Ok(rows)
}

//! Look-ups by what somebody claims: each is one statement that gives one row whether or not there is anything to find,
//! so that neither the number of statements nor that of rows tells a known name from another.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, FromQueryResult as _, QueryResult, Statement, Value,
};

use super::convert;
use super::entities::secret;
use super::failure::Failure;
use crate::authority::{
    Claim, Dialect, KeyId, PrincipalId, PrincipalKind, SecretPurpose, SecretRecord,
};
use crate::work::{Work, note};

/// A row for each live secret, one without any otherwise.
const CLAIM: &str = "\
SELECT principals.id AS holder, secrets.* \
FROM (SELECT 1) \
LEFT JOIN principals ON principals.dialect = ? AND principals.kind = ? AND principals.name = ? \
LEFT JOIN secrets ON secrets.principal_id = principals.id AND principals.enabled \
AND secrets.purpose = ? AND secrets.state = 'live' \
ORDER BY secrets.created_at_ms, secrets.id";

/// Both are looked for whatever the other gives: an address takes a walk over all users of the dialect.
const NAME_OR_EMAIL: &str = "\
SELECT (SELECT name FROM principals WHERE dialect = ?1 AND kind = ?2 AND name = ?3) AS named, \
(SELECT CASE count(*) WHEN 1 THEN max(name) END FROM principals \
WHERE dialect = ?1 AND kind = ?2 AND enabled \
AND lower(json_extract(profile, '$.email')) = lower(?3)) AS reached";

const SECRET: &str = "SELECT secrets.* FROM (SELECT 1) LEFT JOIN secrets ON secrets.id = ?";

pub(super) async fn claim(
    reads: &DatabaseConnection,
    dialect: Dialect,
    kind: PrincipalKind,
    name: String,
    purpose: SecretPurpose,
) -> Result<Claim, Failure> {
    let values = [
        dialect.as_str().into(),
        kind.as_str().into(),
        name.into(),
        purpose.as_str().into(),
    ];
    let mut claim = Claim::default();
    for row in rows(reads, CLAIM, values).await? {
        let holder: Option<i64> = row.try_get("", "holder")?;
        claim.principal = holder.map(PrincipalId);
        claim.secrets.extend(secret_in(&row)?);
    }
    Ok(claim)
}

pub(super) async fn name_or_email(
    reads: &DatabaseConnection,
    dialect: Dialect,
    kind: PrincipalKind,
    text: String,
) -> Result<Option<String>, Failure> {
    let values = [dialect.as_str().into(), kind.as_str().into(), text.into()];
    let mut found = None;
    for row in rows(reads, NAME_OR_EMAIL, values).await? {
        let named: Option<String> = row.try_get("", "named")?;
        let reached: Option<String> = row.try_get("", "reached")?;
        found = named.or(reached);
    }
    Ok(found)
}

pub(super) async fn secret(
    reads: &DatabaseConnection,
    id: KeyId,
) -> Result<Option<SecretRecord>, Failure> {
    let mut found = None;
    for row in rows(reads, SECRET, [id.as_str().into()]).await? {
        found = secret_in(&row)?;
    }
    Ok(found)
}

async fn rows(
    reads: &DatabaseConnection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, Failure> {
    let statement = Statement::from_sql_and_values(reads.get_database_backend(), sql, values);
    let rows = reads.query_all_raw(statement).await?;
    note(Work::Rows(rows.len()));
    Ok(rows)
}

/// The secret that a row holds, if its columns are not those of none.
fn secret_in(row: &QueryResult) -> Result<Option<SecretRecord>, Failure> {
    let id: Option<String> = row.try_get("", "id")?;
    if id.is_none() {
        return Ok(None);
    }
    convert::secret(secret::Model::from_query_result(row, "")?).map(Some)
}

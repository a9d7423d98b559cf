//! The rows of `change_log`: what [`Changed`] says, except what was added.

use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _};

use crate::authority::{Changed, ChangedSecret, EndedToken, Epoch};
use crate::domain::{KeyId, PrincipalId, SecretPurpose, TokenHash, TokenState};
use crate::storage::backend::Text;
use crate::storage::constant;
use crate::storage::entities::logged_change::{ActiveModel, Entity};
use crate::storage::failure::Failure;

/// Rows of one commit. One that changes more is told as one that may have changed everything.
const MOST_OF_A_COMMIT: usize = 2_000;

/// Rows of one statement; databases bound the number of its parameters.
const CHUNK: usize = 100;

/// Rows that one transaction sweeps.
const SLICE: i64 = 2_000;

/// Rows that one look takes.
const MOST_READ: i64 = 20_000;

/// What a row says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A token has ended: its hash, how, and when.
    Token,
    /// A principal has changed: its number.
    Principal,
    /// A secret was added or has ended: its identifier, its purpose, and whose it is.
    Secret,
    /// A signing key was added or moved on.
    Keys,
    /// A setting was written.
    Settings,
    /// Tokens may have been swept: up to which end.
    TokensSwept,
    /// More than is told one by one.
    Everything,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Principal => "principal",
            Self::Secret => "secret",
            Self::Keys => "keys",
            Self::Settings => "settings",
            Self::TokensSwept => "tokens_swept",
            Self::Everything => "everything",
        }
    }
}

/// What a row has besides its kind.
#[derive(Default)]
struct Row {
    key: Option<Vec<u8>>,
    word: Option<&'static str>,
    number: Option<i64>,
}

/// How many rows there are.
pub(in crate::storage) async fn count(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find().count(db).await
}

/// Notes what a commit has changed, and says in how many rows.
pub(in crate::storage) async fn append<'a>(
    db: &impl ConnectionTrait,
    epoch: Epoch,
    changed: impl Iterator<Item = &'a Changed>,
) -> Result<u64, Failure> {
    // No more than shows that they are too many.
    let rows = changed.flat_map(rows_of).take(MOST_OF_A_COMMIT + 1);
    let mut rows: Vec<_> = rows.collect();
    let everything = rows.iter().any(|(kind, _)| *kind == Kind::Everything);
    if everything || rows.len() > MOST_OF_A_COMMIT {
        rows = vec![(Kind::Everything, Row::default())];
    }
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let mut places = (0..).zip(rows).map(|(place, (kind, row))| ActiveModel {
        epoch: Set(epoch.0),
        place: Set(place),
        kind: Set(kind.as_str().to_owned()),
        key: Set(row.key),
        word: Set(row.word.map(str::to_owned)),
        number: Set(row.number),
    });
    loop {
        let chunk: Vec<_> = places.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            return Ok(count);
        }
        Entity::insert_many(chunk)
            .exec_without_returning(db)
            .await?;
    }
}

fn rows_of(changed: &Changed) -> impl Iterator<Item = (Kind, Row)> {
    // What was added is told in the process that adds it.
    let Changed {
        ended,
        added: _,
        principals,
        secrets,
        keys,
        settings,
        tokens_swept_ms,
        everything,
    } = changed;
    let numbered = |kind, number| {
        let number = Some(number);
        let row = Row {
            number,
            ..Row::default()
        };
        (kind, row)
    };
    let ended = ended.iter().map(|token| {
        let row = Row {
            key: Some(token.hash.0.to_vec()),
            word: Some(token.state.as_str()),
            number: Some(token.at_ms),
        };
        (Kind::Token, row)
    });
    let secrets = secrets.iter().map(|secret| {
        let row = Row {
            key: Some(secret.id.as_str().as_bytes().to_vec()),
            word: Some(secret.purpose.as_str()),
            number: Some(secret.principal.0),
        };
        (Kind::Secret, row)
    });
    let swept = tokens_swept_ms.map(|at_ms| numbered(Kind::TokensSwept, at_ms));
    let bare = |said: bool, kind| said.then(|| (kind, Row::default()));
    bare(*everything, Kind::Everything)
        .into_iter()
        .chain(ended)
        .chain(
            principals
                .iter()
                .map(move |id| numbered(Kind::Principal, id.0)),
        )
        .chain(secrets)
        .chain(bare(*keys, Kind::Keys))
        .chain(bare(*settings, Kind::Settings))
        .chain(swept)
}

static SWEEP: Text = Text::new(
    "DELETE FROM change_log WHERE (epoch, place) IN \
     (SELECT epoch, place FROM change_log WHERE epoch <= ? ORDER BY epoch, place LIMIT ?)",
);

/// Removes a slice of what is over, and says whether there may be more. Who has not read it will find that the log begins later.
pub(in crate::storage) async fn sweep(
    db: &impl ConnectionTrait,
    over: Epoch,
) -> Result<bool, Failure> {
    if over == Epoch(0) {
        return Ok(false);
    }
    let removed = constant::run(db, &SWEEP, vec![over.0.into(), SLICE.into()]).await?;
    Ok(removed.rows_affected() >= SLICE.unsigned_abs())
}

/// What the commits after one and up to another have changed.
pub(super) enum Read {
    /// Commit by commit, in their order; those that changed nothing are left out.
    Told(Vec<(Epoch, Changed)>),
    /// More than can be told.
    TooMuch,
}

/// One row as it is read.
type Stored = (i64, String, Option<Vec<u8>>, Option<String>, Option<i64>);

/// The marks of transactions (`mark.rs`) say nothing to who follows.
static READ: Text = Text::new(
    "SELECT epoch, kind, key, word, number FROM change_log \
     WHERE epoch > ? AND epoch <= ? AND place >= 0 ORDER BY epoch, place LIMIT ?",
);

/// Reads the log.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    after: Epoch,
    up_to: Epoch,
) -> Result<Read, Failure> {
    let values = vec![after.0.into(), up_to.0.into(), MOST_READ.into()];
    let rows = constant::all(db, &READ, values).await?;
    let rows = rows.iter().map(|row| -> Result<Stored, DbErr> {
        Ok((
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
            row.try_get_by_index(3)?,
            row.try_get_by_index(4)?,
        ))
    });
    let rows: Vec<Stored> = rows.collect::<Result<_, _>>()?;
    if i64::try_from(rows.len()).is_ok_and(|count| count >= MOST_READ) {
        return Ok(Read::TooMuch);
    }
    let mut told: Vec<(Epoch, Changed)> = Vec::new();
    for row in rows {
        let epoch = Epoch(row.0);
        if told.last().is_none_or(|(last, _)| *last != epoch) {
            told.push((epoch, Changed::default()));
        }
        let understood = told.last_mut().and_then(|(_, changed)| add(changed, row));
        if understood.is_none() {
            return Ok(Read::TooMuch);
        }
    }
    Ok(Read::Told(told))
}

/// `None` for what says everything, and for what a newer version of this program says.
fn add(changed: &mut Changed, (_, kind, key, word, number): Stored) -> Option<()> {
    let is = |one: Kind| kind == one.as_str();
    if is(Kind::Token) {
        changed.ended.push(EndedToken {
            hash: TokenHash(key?.try_into().ok()?),
            state: TokenState::parse(&word?)?,
            at_ms: number?,
        });
    } else if is(Kind::Principal) {
        changed.principals.push(PrincipalId(number?));
    } else if is(Kind::Secret) {
        changed.secrets.push(ChangedSecret {
            id: KeyId::new(String::from_utf8(key?).ok()?),
            principal: PrincipalId(number?),
            purpose: SecretPurpose::parse(&word?)?,
        });
    } else if is(Kind::Keys) {
        changed.keys = true;
    } else if is(Kind::Settings) {
        changed.settings = true;
    } else if is(Kind::TokensSwept) {
        changed.tokens_swept_ms = changed.tokens_swept_ms.max(Some(number?));
    } else {
        return None;
    }
    Some(())
}

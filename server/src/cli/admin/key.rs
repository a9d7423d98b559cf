//! `tessera admin key …`: the keys that sign tokens.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::access::Access;
use super::chosen;
use super::confirm::confirm;
use super::error::AdminError;
use super::output::{Listing, print_one, row};
use super::times;
use crate::authority::{Activation, KeyError, KeyView, Registry, Retirement, TokenAuthority};
use crate::domain::{Actor, Dialect, KeyAlgorithm, KeyId};

/// What is done with signing keys.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// List the keys, oldest first
    List(ListArgs),
    /// Make a key that is published and signs nothing yet
    Prepare(PrepareArgs),
    /// Let a prepared key sign; the one that did goes on verifying
    Activate(ActivateArgs),
    /// End a key for good, or give up a prepared one
    Retire(RetireArgs),
}

/// `key list`
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    access: Access,

    /// Only of that dialect
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    dialect: Option<Dialect>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `key prepare`
#[derive(Debug, Args)]
pub(in crate::cli) struct PrepareArgs {
    #[command(flatten)]
    access: Access,

    /// The dialect whose tokens it is to sign
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    dialect: Dialect,

    /// `EdDSA`, `ES256`, `RS256` or `HS256`, as the dialect's tokens allow; by default that of the key that signs
    #[arg(long, value_name = "ALG", value_parser = algorithm)]
    algorithm: Option<KeyAlgorithm>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `key activate`
#[derive(Debug, Args)]
pub(in crate::cli) struct ActivateArgs {
    #[command(flatten)]
    access: Access,

    /// The key's identifier (`kid`)
    id: String,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `key retire`
#[derive(Debug, Args)]
pub(in crate::cli) struct RetireArgs {
    #[command(flatten)]
    access: Access,

    /// The key's identifier (`kid`)
    id: String,

    /// End it although tokens that it has signed are good: they are refused from then on
    #[arg(long)]
    force: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn algorithm(name: &str) -> Result<KeyAlgorithm, String> {
    KeyAlgorithm::parse(name).ok_or_else(|| {
        let names = KeyAlgorithm::ALL.iter().map(|one| one.as_str());
        let names: Vec<&str> = names.collect();
        format!("there is no such algorithm; there are {}", names.join(", "))
    })
}

/// Does it.
pub(in crate::cli) async fn run(command: KeyCommand) -> Result<(), AdminError> {
    match command {
        KeyCommand::List(args) => {
            let open = args.access.open().await?;
            let done = list(&open.authority, args.dialect, args.json).await;
            open.close(done).await
        }
        KeyCommand::Prepare(args) => {
            let open = args.access.open().await?;
            let registry = open.authority.registry();
            let operator = Actor::operator();
            let made = registry.prepare_key(&operator, args.dialect, args.algorithm);
            let done = match made.await {
                Ok(key) => Ok(print_one(shown(&key), args.json)?),
                Err(error) => Err(refusal(error)),
            };
            open.close(done).await
        }
        KeyCommand::Activate(args) => {
            let open = args.access.open().await?;
            let done = activate(open.authority.registry(), &KeyId::new(args.id), args.json).await;
            open.close(done).await
        }
        KeyCommand::Retire(args) => {
            let question = format!("End the key {} for good?", args.id);
            confirm(&question, args.yes || !args.force)?;
            let open = args.access.open().await?;
            let id = KeyId::new(args.id);
            let done = retire(open.authority.registry(), &id, (args.force, args.json)).await;
            open.close(done).await
        }
    }
}

async fn list(
    authority: &TokenAuthority,
    dialect: Option<Dialect>,
    json: bool,
) -> Result<(), AdminError> {
    let keys = authority.registry().signing_keys().await?;
    let keys = keys
        .iter()
        .filter(|key| dialect.is_none_or(|dialect| dialect == key.dialect));
    Ok(Listing::whole(keys.map(shown).collect()).print(json)?)
}

async fn activate(registry: Registry<'_>, id: &KeyId, json: bool) -> Result<(), AdminError> {
    let done = registry.activate_key(&Actor::operator(), id).await;
    let done = match done.map_err(refusal)? {
        Activation::Activated => "activated",
        Activation::AlreadyActive => "already active",
    };
    Ok(print_one(told(id, done), json)?)
}

async fn retire(
    registry: Registry<'_>,
    id: &KeyId,
    (force, json): (bool, bool),
) -> Result<(), AdminError> {
    let done = registry.retire_key(&Actor::operator(), id, force).await;
    let done = match done.map_err(refusal)? {
        Retirement::Retired => "retired",
        Retirement::AlreadyRetired => "already retired",
    };
    Ok(print_one(told(id, done), json)?)
}

fn told(id: &KeyId, done: &str) -> Map<String, Value> {
    row([("id", id.as_str().into()), ("done", done.into())])
}

fn shown(key: &KeyView) -> Map<String, Value> {
    row([
        ("id", key.id.as_str().into()),
        ("dialect", key.dialect.as_str().into()),
        ("algorithm", key.algorithm.as_str().into()),
        ("state", key.state.as_str().into()),
        ("created", times::text(key.created_at_ms).into()),
        ("stopped", key.stopped_at_ms.map(times::text).into()),
    ])
}

/// What is wrong, and what to do.
fn refusal(error: KeyError) -> AdminError {
    let words = match error {
        KeyError::Unavailable => return AdminError::Unavailable,
        KeyError::NotFound => {
            return AdminError::NotFound(
                "there is no such key: `tessera admin key list` has them all".to_owned(),
            );
        }
        KeyError::SignsNothing => "all tokens of the dialect are opaque: it has no keys".to_owned(),
        KeyError::Algorithm => {
            "the dialect's tokens are not signed so: leave --algorithm out for what they are signed with".to_owned()
        }
        KeyError::Prepared => {
            "a key is prepared already: activate it, or give it up with `tessera admin key retire`".to_owned()
        }
        KeyError::Over => "the key has signed before, and does not begin again: prepare another".to_owned(),
        KeyError::Signs => "the key signs: prepare another and activate it first".to_owned(),
        KeyError::StoppedJustNow { secs } => format!(
            "the key stopped signing just now, and a server may not know it yet: retire it in {secs} s"
        ),
        KeyError::InUse { tokens, until_ms } => {
            let until = until_ms.map_or_else(
                || "one of them has no end: revoke them first".to_owned(),
                |end| format!("the last is over at {}: retire it then", times::text(end)),
            );
            format!("{tokens} live tokens are signed with the key, and {until}, or end them with --force")
        }
    };
    AdminError::Refused(words)
}

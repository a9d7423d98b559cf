//! `tessera admin lock …`: lock-outs after failed passwords and one-time codes.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::access::Access;
use super::chosen;
use super::error::AdminError;
use super::output::{Listing, print_one, row};
use super::part::Limit;
use super::times;
use crate::authority::{Claimant, Lock, TokenAuthority};
use crate::domain::{Actor, Dialect, PrincipalKind, TokenHash};

/// What is done with lock-outs.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum LockCommand {
    /// List the lock-outs that hold: they are kept as hashes, so nobody can read from them whom they lock out
    List(ListArgs),
    /// Lift a lock-out, and forget the failed tries behind it
    Lift(LiftArgs),
}

/// `lock list`
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    access: Access,

    /// Only those after this one
    #[arg(long, value_name = "LOCK", value_parser = key)]
    after: Option<TokenHash>,

    #[command(flatten)]
    limit: Limit,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `lock lift`
#[derive(Debug, Args)]
pub(in crate::cli) struct LiftArgs {
    #[command(flatten)]
    access: Access,

    /// The lock, as `lock list` has it
    #[arg(value_parser = key, required_unless_present = "name", conflicts_with = "name")]
    lock: Option<TokenHash>,

    /// Everything that locks the name out, whoever has it
    #[arg(long, value_name = "NAME", requires = "dialect")]
    name: Option<String>,

    /// The dialect of the name
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    dialect: Option<Dialect>,

    /// The kind of the name
    #[arg(long, value_name = "KIND", default_value = "user", value_parser = chosen::kind)]
    kind: PrincipalKind,

    /// Also the lock of the name at this address
    #[arg(long, value_name = "ADDRESS", requires = "name")]
    address: Option<std::net::IpAddr>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The key of a lock, as it is shown.
fn key(text: &str) -> Result<TokenHash, String> {
    let wrong = || "a lock is 64 hexadecimal digits, as `lock list` has it".to_owned();
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(2 * at..2 * at + 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(TokenHash(bytes))
}

fn key_text(key: TokenHash) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
    key.0.iter().flat_map(digits).flatten().collect()
}

fn shown(lock: &Lock) -> Map<String, Value> {
    row([
        ("lock", key_text(lock.key).into()),
        ("failures", lock.failures.into()),
        ("until", times::text(lock.until_ms).into()),
    ])
}

/// Does it.
pub(in crate::cli) async fn run(command: LockCommand) -> Result<(), AdminError> {
    match command {
        LockCommand::List(args) => {
            let open = args.access.open().await?;
            let done = list(&open.authority, args.after, args.limit.rows, args.json).await;
            open.close(done).await
        }
        LockCommand::Lift(args) => {
            let LiftArgs {
                access,
                lock,
                name,
                dialect,
                kind,
                address,
                json,
            } = args;
            let open = access.open().await?;
            let done = match (lock, name, dialect) {
                (Some(lock), ..) => lift(&open.authority, lock, json).await,
                (None, Some(name), Some(dialect)) => {
                    let name = name.as_str();
                    let claimant = Claimant {
                        dialect,
                        kind,
                        name,
                    };
                    let address = address.map(|address| address.to_string());
                    lift_of(&open.authority, claimant, address.as_deref(), json).await
                }
                (None, ..) => Err(AdminError::Refused("say which lock, or --name".to_owned())),
            };
            open.close(done).await
        }
    }
}

async fn list(
    authority: &TokenAuthority,
    after: Option<TokenHash>,
    limit: u64,
    json: bool,
) -> Result<(), AdminError> {
    let mut locks = authority
        .upkeep()
        .locks(after, limit.saturating_add(1))
        .await?;
    let more = locks.len() as u64 > limit;
    locks.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = locks.last().filter(|_| more);
    let next = next.map(|lock| key_text(lock.key));
    let rows = locks.iter().map(shown).collect();
    Ok(Listing { rows, next }.print(json)?)
}

async fn lift(authority: &TokenAuthority, lock: TokenHash, json: bool) -> Result<(), AdminError> {
    if !authority
        .upkeep()
        .lift_lock(&Actor::operator(), lock)
        .await?
    {
        return Err(AdminError::NotFound(
            "there is no such lock: it is over, or was lifted".to_owned(),
        ));
    }
    Ok(print_one(row([("lifted", 1.into())]), json)?)
}

async fn lift_of(
    authority: &TokenAuthority,
    claimant: Claimant<'_>,
    address: Option<&str>,
    json: bool,
) -> Result<(), AdminError> {
    let upkeep = authority.upkeep();
    let operator = Actor::operator();
    let lifted = upkeep.lift_locks_of(&operator, claimant, address).await?;
    Ok(print_one(row([("lifted", lifted.into())]), json)?)
}

#[cfg(test)]
mod tests {
    use super::{TokenHash, key, key_text};

    #[test]
    fn a_lock_is_read_as_it_is_shown() {
        let lock = TokenHash(std::array::from_fn(|at| u8::try_from(at * 8).unwrap_or(0)));
        assert_eq!(key(&key_text(lock)), Ok(lock));
        for wrong in [
            "",
            "00",
            &"g0".repeat(32),
            &"é".repeat(32),
            &"+1".repeat(32),
        ] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}

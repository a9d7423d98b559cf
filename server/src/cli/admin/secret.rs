//! `tessera admin secret …`: what a principal proves itself by. What was made is shown once; what was given, never.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::access::Access;
use super::confirm::confirm;
use super::error::AdminError;
use super::given::given;
use super::handed::Handing;
use super::output::{Listing, print_one, row};
use super::principal::Meant;
use super::times;
use crate::authority::{NewSecret, RegisteredSecret, RegistryError, SecretView, TokenAuthority};
use crate::dialects::{Kind, KindSecret, kind_of};
use crate::domain::{Actor, KeyAlgorithm, KeyId, Principal, SecretPurpose, SecretState};

/// What is done with secrets.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SecretCommand {
    /// Make one, or register one that its holder has already
    Add(AddArgs),
    /// List a principal's live secrets, without their values
    List(ListArgs),
    /// End one as compromised: tokens that were signed with it are refused too
    End(EndArgs),
}

/// `secret add`
#[derive(Debug, Args)]
pub(in crate::cli) struct AddArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    added: Added,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The secret that is added.
#[derive(Debug, Args)]
struct Added {
    #[command(flatten)]
    meant: Meant,

    /// What it is for; needed where the principal can have secrets of several sorts
    #[arg(long, value_name = "PURPOSE", value_parser = purpose)]
    purpose: Option<SecretPurpose>,

    /// Register what that file has (0600; a public key may be readable), instead of making one; - is the standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["show_secret", "out"])]
    from_file: Option<PathBuf>,

    /// Under which `kid` assertions name the public key
    #[arg(long, value_name = "KID", requires = "algorithm")]
    kid: Option<String>,

    /// The public key's algorithm: `EdDSA`, `ES256` or `RS256`
    #[arg(long, value_name = "ALG", requires = "kid", value_parser = algorithm)]
    algorithm: Option<KeyAlgorithm>,

    /// End the live ones of the same purpose; tokens that were issued under them live on. A password always does
    #[arg(long)]
    replace: bool,

    /// Let the sessions and tokens of the holder of a new password live on
    #[arg(long)]
    keep_tokens: bool,

    #[command(flatten)]
    handing: Handing,
}

/// `secret list`
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    meant: Meant,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `secret end`
#[derive(Debug, Args)]
pub(in crate::cli) struct EndArgs {
    #[command(flatten)]
    access: Access,

    /// The secret's identifier
    id: String,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn purpose(name: &str) -> Result<SecretPurpose, String> {
    SecretPurpose::parse(name).ok_or_else(|| {
        let names = SecretPurpose::ALL.iter().map(|one| one.as_str());
        let names: Vec<&str> = names.collect();
        format!("there is no such purpose; there are {}", names.join(", "))
    })
}

fn algorithm(name: &str) -> Result<KeyAlgorithm, String> {
    let mut pairs = KeyAlgorithm::PAIRS.into_iter();
    pairs
        .find(|one| one.as_str() == name)
        .ok_or_else(|| "a public key is of EdDSA, ES256 or RS256".to_owned())
}

/// Does it.
pub(in crate::cli) async fn run(command: SecretCommand) -> Result<(), AdminError> {
    match command {
        SecretCommand::Add(args) => {
            let open = args.access.open().await?;
            let done = add(&open.authority, args.added).await;
            let done = done.and_then(|one| Ok(print_one(one, args.json)?));
            open.close(done).await
        }
        SecretCommand::List(args) => {
            let open = args.access.open().await?;
            let done = list(&open.authority, &args.meant).await;
            let done = done.and_then(|listing| Ok(listing.print(args.json)?));
            open.close(done).await
        }
        SecretCommand::End(args) => {
            let open = args.access.open().await?;
            let done = end(&open.authority, KeyId::new(args.id), args.yes).await;
            let done = done.and_then(|one| Ok(print_one(one, args.json)?));
            open.close(done).await
        }
    }
}

async fn add(authority: &TokenAuthority, added: Added) -> Result<Map<String, Value>, AdminError> {
    let holder = added.meant.find(authority).await?;
    let sort = sort_of(&holder, added.purpose)?;
    if added.kid.is_some() && !matches!(sort, KindSecret::AssertionKey) {
        return Err(AdminError::Refused(
            "--kid and --algorithm belong to a public key".to_owned(),
        ));
    }
    let key = added.kid.zip(added.algorithm);
    let (secret, place) = match &added.from_file {
        Some(path) => (given(sort, path, key, added.keep_tokens)?, None),
        None => (made(sort, added.keep_tokens)?, Some(added.handing.place()?)),
    };
    let registered = match register(authority, &holder, secret, added.replace).await {
        Ok(registered) => registered,
        Err(error) => {
            if let Some(place) = place {
                place.give_up();
            }
            return Err(error);
        }
    };
    let mut shown = row([
        ("id", registered.id.as_str().into()),
        ("dialect", holder.dialect.as_str().into()),
        ("principal", holder.name.into()),
        ("purpose", sort.purpose().as_str().into()),
    ]);
    if let (Some(place), Some(value)) = (place, &registered.value) {
        place.take(value, &mut shown)?;
    }
    Ok(shown)
}

async fn register(
    authority: &TokenAuthority,
    holder: &Principal,
    secret: NewSecret,
    replace: bool,
) -> Result<RegisteredSecret, AdminError> {
    let (operator, registry) = (Actor::operator(), authority.registry());
    let registered = if replace {
        registry.replace_secret(&operator, holder, secret).await
    } else {
        registry.add_secret(&operator, holder, secret).await
    };
    registered.map_err(|error| match error {
        RegistryError::Invalid(why) => AdminError::Refused(format!("it is {why}")),
        RegistryError::Exists => AdminError::Refused(
            "there is one of that kid already: end it, or give another --kid".to_owned(),
        ),
        RegistryError::NotFound | RegistryError::Unavailable => AdminError::Unavailable,
    })
}

/// What the principal can prove itself by for that purpose, or the only thing it can.
fn sort_of(holder: &Principal, purpose: Option<SecretPurpose>) -> Result<KindSecret, AdminError> {
    let kind = kind_of(holder.dialect, holder.kind);
    let all = kind.map_or(&[][..], |kind| kind.secrets);
    let found = match (purpose, all) {
        (None, [only]) => Some(*only),
        (None, _) => None,
        (Some(purpose), _) => kind.and_then(|kind: &Kind| kind.secret(purpose)),
    };
    found.ok_or_else(|| {
        let names = all.iter().map(|secret| secret.purpose().as_str());
        let names: Vec<&str> = names.collect();
        let holder = format!("a {} of {}", holder.kind, holder.dialect);
        AdminError::Refused(if names.is_empty() {
            format!("{holder} proves itself by nothing")
        } else {
            format!(
                "{holder} proves itself by {}: say which with --purpose",
                names.join(", ")
            )
        })
    })
}

/// A secret to be made.
fn made(sort: KindSecret, keep_tokens: bool) -> Result<NewSecret, AdminError> {
    Ok(match sort {
        KindSecret::Password(_) => NewSecret::RandomPassword { keep_tokens },
        KindSecret::Machine(sort) => NewSecret::Random(sort),
        KindSecret::HmacKey => NewSecret::HmacKey(None),
        KindSecret::TotpSeed => NewSecret::TotpSeed(None),
        KindSecret::AssertionKey => {
            return Err(AdminError::Refused(
                "its holder makes the key and keeps the private half: give the public one with --from-file, --kid and --algorithm"
                    .to_owned(),
            ));
        }
    })
}

async fn list(authority: &TokenAuthority, meant: &Meant) -> Result<Listing, AdminError> {
    let holder = meant.find(authority).await?;
    let secrets = authority.registry().secrets(&holder).await?;
    Ok(Listing::whole(secrets.into_iter().map(shown).collect()))
}

async fn end(
    authority: &TokenAuthority,
    id: KeyId,
    yes: bool,
) -> Result<Map<String, Value>, AdminError> {
    let registry = authority.registry();
    let Some((holder, mut secret)) = registry.secret(&id).await? else {
        return Err(AdminError::NotFound(format!("no secret is called {id}")));
    };
    if secret.state == SecretState::Revoked {
        return Err(AdminError::Refused("it has ended already".to_owned()));
    }
    let question = format!(
        "End the {} of {} for good? Tokens that were signed with it are refused too, and with a password all of its holder's.",
        secret.purpose, holder.name
    );
    confirm(&question, yes)?;
    registry
        .revoke_secret(&Actor::operator(), &holder, &id)
        .await?;
    secret.state = SecretState::Revoked;
    Ok(shown(secret))
}

fn shown(secret: SecretView) -> Map<String, Value> {
    row([
        ("id", secret.id.as_str().into()),
        ("purpose", secret.purpose.as_str().into()),
        ("state", secret.state.as_str().into()),
        ("kid", secret.kid.into()),
        ("created", times::text(secret.created_at_ms).into()),
    ])
}

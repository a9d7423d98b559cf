//! `tessera admin principal …`: who there is in a dialect, and what its dialect knows of it. (What it proves itself by is
//! `secret.rs`'s job.)

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::access::Access;
use super::chosen;
use super::error::AdminError;
use super::output::{Listing, print_one, row};
use super::part::Part;
use super::profile::{Edits, checked, kind_of};
use super::times;
use crate::authority::{
    PrincipalFilter, ProfileError, Registry, RegistryError, SecretView, TokenAuthority,
};
use crate::domain::{Actor, Dialect, Principal, PrincipalKind};

/// What is done with principals.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PrincipalCommand {
    /// Make one: a user, a client, a merchant or whatever its dialect has
    Create(CreateArgs),
    /// List them
    List(ListArgs),
    /// Show one, with its profile and its live secrets
    Show(OneArgs),
    /// Change its profile; what no flag names stays
    Update(UpdateArgs),
    /// Let it prove itself no more: its tokens are refused until it is enabled again
    Disable(OneArgs),
    /// Let it prove itself again
    Enable(OneArgs),
}

/// `principal create`
#[derive(Debug, Args)]
pub(in crate::cli) struct CreateArgs {
    #[command(flatten)]
    access: Access,

    /// The dialect it belongs to
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    dialect: Dialect,

    /// What it is; needed where its dialect has several kinds
    #[arg(long, value_name = "KIND", value_parser = chosen::kind)]
    kind: Option<PrincipalKind>,

    /// Its name: login name, client id, merchant id
    name: String,

    #[command(flatten)]
    edits: Edits,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `principal list`
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    access: Access,

    /// Only of that dialect
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    dialect: Option<Dialect>,

    /// Only of that kind
    #[arg(long, value_name = "KIND", value_parser = chosen::kind)]
    kind: Option<PrincipalKind>,

    /// Only those that are disabled
    #[arg(long)]
    disabled: bool,

    #[command(flatten)]
    part: Part,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The one that is meant.
#[derive(Debug, Args)]
pub(super) struct Meant {
    /// Its name
    pub(super) name: String,

    /// Its dialect; needed where several have that name
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    pub(super) dialect: Option<Dialect>,

    /// Its kind; needed where several have that name
    #[arg(long, value_name = "KIND", value_parser = chosen::kind)]
    pub(super) kind: Option<PrincipalKind>,
}

impl Meant {
    /// It.
    pub(super) async fn find(&self, authority: &TokenAuthority) -> Result<Principal, AdminError> {
        chosen::principal(authority, self.dialect, self.kind, &self.name).await
    }
}

/// `principal show`, `principal disable`, `principal enable`
#[derive(Debug, Args)]
pub(in crate::cli) struct OneArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    meant: Meant,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `principal update`
#[derive(Debug, Args)]
pub(in crate::cli) struct UpdateArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    meant: Meant,

    #[command(flatten)]
    edits: Edits,

    /// Take a member out of its profile
    #[arg(long, value_name = "MEMBER")]
    unset: Vec<String>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Does it.
pub(in crate::cli) async fn run(command: PrincipalCommand) -> Result<(), AdminError> {
    match command {
        PrincipalCommand::Create(args) => {
            let kind = kind_of(args.dialect, args.kind)?;
            let profile = checked(kind, args.edits.over(kind, Map::new())?)?;
            kind.check_name(&args.name)
                .map_err(|unfit| AdminError::Refused(unfit.to_string()))?;
            let open = args.access.open().await?;
            let made = create(
                &open.authority,
                args.dialect,
                kind.kind,
                &args.name,
                profile,
            );
            let done = made.await;
            let done = done.and_then(|one| Ok(print_one(shown(&one, &[]), args.json)?));
            open.close(done).await
        }
        PrincipalCommand::List(args) => {
            let filter = PrincipalFilter {
                dialect: args.dialect,
                kind: args.kind,
                enabled: args.disabled.then_some(false),
                after: args.part.after,
                limit: args.part.limit.rows,
            };
            let open = args.access.open().await?;
            let done = list(open.authority.registry(), filter).await;
            let done = done.and_then(|listing| Ok(listing.print(args.json)?));
            open.close(done).await
        }
        PrincipalCommand::Show(args) => {
            let open = args.access.open().await?;
            let done = show(&open.authority, &args.meant).await;
            let done = done.and_then(|one| Ok(print_one(one, args.json)?));
            open.close(done).await
        }
        PrincipalCommand::Update(args) => {
            let open = args.access.open().await?;
            let done = update(&open.authority, &args.meant, args.edits, &args.unset).await;
            let done = done.and_then(|one| Ok(print_one(shown(&one, &[]), args.json)?));
            open.close(done).await
        }
        PrincipalCommand::Disable(args) => switch(args, false).await,
        PrincipalCommand::Enable(args) => switch(args, true).await,
    }
}

async fn create(
    authority: &TokenAuthority,
    dialect: Dialect,
    kind: PrincipalKind,
    name: &str,
    profile: Map<String, Value>,
) -> Result<Principal, AdminError> {
    let operator = Actor::operator();
    let registry = authority.registry();
    let made = registry.create_principal(&operator, dialect, kind, name, profile);
    made.await.map_err(|error| match error {
        RegistryError::Exists => AdminError::Refused(format!(
            "a {kind} of {dialect} is called {name} already: change it with `principal update`, or choose another name"
        )),
        RegistryError::Invalid(why) => AdminError::Refused(why.to_owned()),
        RegistryError::NotFound | RegistryError::Unavailable => AdminError::Unavailable,
    })
}

async fn list(registry: Registry<'_>, filter: PrincipalFilter) -> Result<Listing, AdminError> {
    let page = registry.principals(filter).await?;
    let rows = page.rows.iter().map(|one| {
        row([
            ("id", one.id.0.into()),
            ("dialect", one.dialect.as_str().into()),
            ("kind", one.kind.as_str().into()),
            ("name", one.name.as_str().into()),
            ("enabled", one.enabled.into()),
            ("created", times::text(one.created_at_ms).into()),
        ])
    });
    Ok(Listing {
        rows: rows.collect(),
        next: page.next.map(|next| next.to_string()),
    })
}

async fn show(authority: &TokenAuthority, meant: &Meant) -> Result<Map<String, Value>, AdminError> {
    let one = meant.find(authority).await?;
    let secrets = authority.registry().secrets(&one).await?;
    Ok(shown(&one, &secrets))
}

async fn update(
    authority: &TokenAuthority,
    meant: &Meant,
    edits: Edits,
    unset: &[String],
) -> Result<Principal, AdminError> {
    let mut one = meant.find(authority).await?;
    let kind = kind_of(one.dialect, Some(one.kind))?;
    let mut profile = one.profile.clone();
    for member in unset {
        if profile.remove(member).is_none() {
            return Err(AdminError::NotFound(format!(
                "its profile has no member {member}"
            )));
        }
    }
    let profile = checked(kind, edits.over(kind, profile)?)?;
    let operator = Actor::operator();
    let registry = authority.registry();
    let replaced = registry.replace_profile(&operator, &one, profile.clone());
    match replaced.await {
        Ok(()) => {
            one.profile = profile;
            Ok(one)
        }
        Err(ProfileError::Changed) => Err(AdminError::Refused(
            "somebody changed it meanwhile, and nothing was changed: look, and say it again"
                .to_owned(),
        )),
        Err(ProfileError::Unavailable) => Err(AdminError::Unavailable),
    }
}

async fn switch(args: OneArgs, enabled: bool) -> Result<(), AdminError> {
    let open = args.access.open().await?;
    let done = async {
        let mut one = args.meant.find(&open.authority).await?;
        let operator = Actor::operator();
        let registry = open.authority.registry();
        registry.set_enabled(&operator, &one, enabled).await?;
        one.enabled = enabled;
        Ok(print_one(shown(&one, &[]), args.json)?)
    };
    let done = done.await;
    open.close(done).await
}

/// A principal, and its secrets where they are asked for.
fn shown(one: &Principal, secrets: &[SecretView]) -> Map<String, Value> {
    let mut shown = row([
        ("id", one.id.0.into()),
        ("dialect", one.dialect.as_str().into()),
        ("kind", one.kind.as_str().into()),
        ("name", one.name.as_str().into()),
        ("enabled", one.enabled.into()),
        ("created", times::text(one.created_at_ms).into()),
        ("profile", Value::Object(one.profile.clone())),
    ]);
    if !secrets.is_empty() {
        let secrets = secrets.iter().map(|secret| {
            Value::Object(row([
                ("id", secret.id.as_str().into()),
                ("purpose", secret.purpose.as_str().into()),
            ]))
        });
        shown.insert("secrets".to_owned(), secrets.collect());
    }
    shown
}

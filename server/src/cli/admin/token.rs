//! `tessera admin token …`: finding tokens, ending them, and why one is good or not. No token is ever printed, nor its hash.

use std::io::{self, BufRead as _, Read as _, Write as _};

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::access::Access;
use super::chosen;
use super::confirm::confirm;
use super::error::AdminError;
use super::output::{Listing, print_one, row};
use super::times;
use crate::authority::{Radius, RevokeError, TokenAuthority, TokenFilter};
use crate::domain::{
    Actor, Dialect, Principal, PrincipalKind, Secret, TokenClass, TokenId, TokenRecord,
};

/// More than any token has.
const LONGEST: u64 = 8_192;

/// What is done with tokens.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokenCommand {
    /// List tokens, newest first
    List(ListArgs),
    /// Show the token of an identifier
    Show(OneArgs),
    /// Say which rules make a token good for nothing, since when, and who did it
    Explain(OneArgs),
    /// End tokens for good, with everything that dies with them
    Revoke(RevokeArgs),
}

/// `token list`
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    selected: Selected,

    /// Only those that nobody has ended and that are not over
    #[arg(long)]
    live: bool,

    /// Only those after a list that ended so
    #[arg(long, value_name = "N")]
    after: Option<i64>,

    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `token show`, `token explain`
#[derive(Debug, Args)]
pub(in crate::cli) struct OneArgs {
    #[command(flatten)]
    access: Access,

    /// The token's identifier
    #[arg(
        required_unless_present = "value_stdin",
        conflicts_with = "value_stdin"
    )]
    id: Option<String>,

    /// Read the token itself from the standard input
    #[arg(long)]
    value_stdin: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `token revoke`
#[derive(Debug, Args)]
pub(in crate::cli) struct RevokeArgs {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    selected: Selected,

    /// Why, for the audit; 200 characters at most
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Say what would end, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which tokens; every flag narrows.
#[derive(Debug, Args)]
struct Selected {
    /// The one of that identifier
    #[arg(long, value_name = "ID")]
    id: Option<String>,

    /// The one that the standard input has, on one line
    #[arg(long)]
    value_stdin: bool,

    /// Those of that principal, and those that speak for it; without another flag but --dialect its sessions end with them
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,

    /// Those that belong to that client
    #[arg(long, value_name = "NAME", conflicts_with = "principal")]
    client: Option<String>,

    /// The kind of that principal or client
    #[arg(long, value_name = "KIND", value_parser = chosen::kind)]
    kind: Option<PrincipalKind>,

    /// Those of that dialect
    #[arg(long, value_name = "NAME", value_parser = chosen::dialect)]
    dialect: Option<Dialect>,

    /// Those of that class, such as long
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,

    /// Those of that family: the identifier of its first token
    #[arg(long, value_name = "ID")]
    family: Option<String>,

    /// Those issued before that moment
    #[arg(long, value_name = "TIME", value_parser = times::moment)]
    issued_before: Option<i64>,
}

/// The selected tokens.
struct Selection {
    filter: TokenFilter,
    /// The token itself, where it was given.
    value: Option<Secret>,
}

impl Selected {
    async fn selection(self, authority: &TokenAuthority) -> Result<Selection, AdminError> {
        let value = self.value_stdin.then(value_from_stdin).transpose()?;
        let hash = value
            .as_ref()
            .map(|value| authority.tokens().hash_of(value));
        let named = async |name: Option<String>| match name {
            None => Ok::<_, AdminError>(None),
            Some(name) => {
                let found = chosen::principal(authority, self.dialect, self.kind, &name).await?;
                Ok(Some(found.id))
            }
        };
        Ok(Selection {
            filter: TokenFilter {
                id: self.id.map(TokenId::new),
                hash,
                dialect: self.dialect,
                person: named(self.principal).await?,
                principal: named(self.client).await?,
                class: self.class.map(TokenClass::stored),
                family: self.family.map(TokenId::new),
                issued_before_ms: self.issued_before,
                ..TokenFilter::default()
            },
            value,
        })
    }
}

/// The first line of the standard input.
fn value_from_stdin() -> Result<Secret, AdminError> {
    let mut line = String::new();
    io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    let value = Secret::new(line.trim());
    if value.expose().is_empty() {
        return Err(AdminError::Refused(
            "the standard input has no token on its first line".to_owned(),
        ));
    }
    Ok(value)
}

/// Does it.
pub(in crate::cli) async fn run(command: TokenCommand) -> Result<(), AdminError> {
    match command {
        TokenCommand::List(args) => {
            let open = args.access.open().await?;
            let part = (args.live, args.after, args.limit);
            let done = list(&open.authority, args.selected, part).await;
            let done = done.and_then(|listing| Ok(listing.print(args.json)?));
            open.close(done).await
        }
        TokenCommand::Show(args) => one(args, false).await,
        TokenCommand::Explain(args) => one(args, true).await,
        TokenCommand::Revoke(args) => {
            let open = args.access.open().await?;
            let how = How {
                reason: args.reason,
                dry_run: args.dry_run,
                yes: args.yes,
                json: args.json,
            };
            let done = revoke(&open.authority, args.selected, how).await;
            open.close(done).await
        }
    }
}

async fn list(
    authority: &TokenAuthority,
    selected: Selected,
    (live, after, limit): (bool, Option<i64>, u64),
) -> Result<Listing, AdminError> {
    let selection = selected.selection(authority).await?;
    let filter = TokenFilter {
        live_at_ms: live.then(|| authority.now_ms()),
        after,
        limit,
        ..selection.filter
    };
    let page = authority.tokens().list(filter).await?;
    let rows = page.rows.iter().map(|record| {
        row([
            ("id", record.id.as_str().into()),
            ("dialect", record.dialect.as_str().into()),
            ("class", record.class.as_str().into()),
            ("state", state(record, authority.now_ms()).into()),
            ("owner", record.principal.0.into()),
            ("user", record.subject.map(|user| user.0).into()),
            ("issued", times::text(record.issued_at_ms).into()),
            ("expires", record.expires_at_ms.map(times::text).into()),
        ])
    });
    Ok(Listing {
        rows: rows.collect(),
        next: page.next.map(|next| next.to_string()),
    })
}

/// The state of its row, or that it is over.
fn state(record: &TokenRecord, now_ms: i64) -> &'static str {
    use crate::domain::TokenState::{Active, Revoked, Superseded};
    match record.state {
        Active if record.expires_at_ms.is_some_and(|end| now_ms >= end) => "expired",
        state @ (Active | Revoked | Superseded) => state.as_str(),
    }
}

async fn one(args: OneArgs, explained: bool) -> Result<(), AdminError> {
    let value = args.value_stdin.then(value_from_stdin).transpose()?;
    let open = args.access.open().await?;
    let done = show(&open.authority, (args.id, value), explained).await;
    let done = done.and_then(|shown| Ok(print_one(shown, args.json)?));
    open.close(done).await
}

async fn show(
    authority: &TokenAuthority,
    (id, value): (Option<String>, Option<Secret>),
    explained: bool,
) -> Result<Map<String, Value>, AdminError> {
    let tokens = authority.tokens();
    let none = || {
        AdminError::NotFound(
            "there is no row of such a token: nobody issued it here, it was swept, or its holder signed it".to_owned(),
        )
    };
    let id = match (id, value) {
        (Some(id), _) => TokenId::new(id),
        (None, Some(value)) => {
            let filter = TokenFilter {
                hash: Some(tokens.hash_of(&value)),
                ..TokenFilter::default()
            };
            let found = tokens.list(filter).await?.rows.into_iter().next();
            found.ok_or_else(none)?.id
        }
        (None, None) => return Err(none()),
    };
    let told = tokens.explain(&id).await?.ok_or_else(none)?;
    let record = &told.record;
    let mut shown = row([
        ("id", record.id.as_str().into()),
        ("dialect", record.dialect.as_str().into()),
        ("class", record.class.as_str().into()),
        ("good", told.reasons.is_empty().into()),
    ]);
    if explained {
        let reasons = told.reasons.iter().map(|reason| {
            let by = reason.by.as_ref();
            let members = row([
                ("rule", reason.rule.as_str().into()),
                ("since", reason.since_ms.map(times::text).into()),
                ("by", by.map(|by| by.actor.name.as_str()).into()),
                ("action", by.map(|by| by.action.as_ref()).into()),
                ("reason", by.and_then(|by| by.reason.as_deref()).into()),
            ]);
            Value::Object(members)
        });
        shown.insert("reasons".to_owned(), reasons.collect());
        return Ok(shown);
    }
    let name = |person: &Option<Principal>| person.as_ref().map(|person| person.name.clone());
    shown.extend(row([
        ("state", state(record, authority.now_ms()).into()),
        ("owner", name(&told.owner).into()),
        ("user", name(&told.subject).into()),
        ("scopes", record.scopes.to_string().into()),
        ("audience", record.audience.as_deref().into()),
        ("family", record.family.as_str().into()),
        ("parent", record.parent.as_ref().map(TokenId::as_str).into()),
        ("key", record.key_id.as_ref().map(|key| key.as_str()).into()),
        ("issued", times::text(record.issued_at_ms).into()),
        ("expires", record.expires_at_ms.map(times::text).into()),
        ("ended", record.revoked_at_ms.map(times::text).into()),
    ]));
    Ok(shown)
}

/// How tokens are ended.
struct How {
    reason: Option<String>,
    dry_run: bool,
    yes: bool,
    json: bool,
}

async fn revoke(
    authority: &TokenAuthority,
    selected: Selected,
    how: How,
) -> Result<(), AdminError> {
    let selection = selected.selection(authority).await?;
    if selection.filter == TokenFilter::default() {
        return Err(AdminError::Refused(
            "say which tokens: --id, --value-stdin, --principal, --client, --dialect, --class, --family or --issued-before"
                .to_owned(),
        ));
    }
    let tokens = authority.tokens();
    let radius = tokens.radius(&selection.filter).await?;
    if let Some(value) = selection.value.filter(|_| radius.token_count() == 0) {
        return revoke_presented(authority, &value, how).await;
    }
    if how.dry_run {
        return Ok(print_one(
            shown(authority, &radius, "would_end").await?,
            how.json,
        )?);
    }
    let question = format!(
        "End {} tokens of {} owners and {} sessions for good?",
        radius.token_count(),
        radius.owners.len(),
        radius.sessions
    );
    if radius.token_count() + radius.sessions > 0 {
        confirm(&question, how.yes)?;
    }
    let progress = |count: u64| {
        // A closed stderr is no reason to stop.
        let _ = writeln!(io::stderr(), "{count} tokens have ended");
    };
    let reason = how.reason.as_deref();
    let operator = Actor::operator();
    let ended = tokens.end_all(&operator, &selection.filter, reason, progress);
    let ended = ended.await?;
    Ok(print_one(
        shown(authority, &ended, "ended").await?,
        how.json,
    )?)
}

/// Of a token that its holder signed there is no row, until it is ended.
async fn revoke_presented(
    authority: &TokenAuthority,
    value: &Secret,
    how: How,
) -> Result<(), AdminError> {
    let tokens = authority.tokens();
    let reason = how.reason.as_deref();
    let done = if how.dry_run {
        let live = tokens.introspect(value.expose()).await?;
        matches!(live, crate::authority::Introspection::Active(_))
    } else {
        confirm("End the token for good?", how.yes)?;
        let operator = Actor::operator();
        let ended = tokens.revoke_presented(&operator, value.expose(), None, reason);
        match ended.await {
            Ok(revocation) => revocation == crate::authority::Revocation::Ended,
            Err(RevokeError::Unknown | RevokeError::NotOwner) => false,
            Err(RevokeError::Unavailable) => return Err(AdminError::Unavailable),
        }
    };
    let name = if how.dry_run { "would_end" } else { "ended" };
    Ok(print_one(row([(name, u64::from(done).into())]), how.json)?)
}

/// What ends, or has ended.
async fn shown(
    authority: &TokenAuthority,
    radius: &Radius,
    name: &str,
) -> Result<Map<String, Value>, AdminError> {
    let mut owners = Vec::new();
    for id in radius.owners.iter().take(20) {
        let owner = authority.registry().principal(*id).await?;
        owners.push(owner.map_or_else(|| id.to_string(), |owner| owner.name.clone()));
    }
    let tokens = radius.tokens.iter().map(|((dialect, class), count)| {
        Value::Object(row([
            ("dialect", dialect.as_str().into()),
            ("class", class.as_str().into()),
            ("count", (*count).into()),
        ]))
    });
    Ok(row([
        (name, radius.token_count().into()),
        ("tokens", tokens.collect()),
        ("sessions", radius.sessions.into()),
        ("owners", radius.owners.len().into()),
        ("users", radius.users.len().into()),
        ("owner_names", owners.into()),
        ("newest_issued", radius.newest_ms.map(times::text).into()),
    ]))
}

//! `tessera admin token …`: finding tokens, and why one is good or not. No token is ever printed, nor its hash. (Ending them is `revoke.rs`'s job.)

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::access::Access;
use super::error::AdminError;
use super::output::{Listing, print_one, row};
use super::part::Part;
use super::revoke::{self, RevokeArgs};
use super::selected::{Selected, value_from_stdin};
use super::times;
use crate::authority::{TokenAuthority, TokenFilter};
use crate::domain::{KeyId, Principal, Secret, TokenId, TokenRecord};

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

    #[command(flatten)]
    part: Part,

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

/// Does it.
pub(in crate::cli) async fn run(command: TokenCommand) -> Result<(), AdminError> {
    match command {
        TokenCommand::List(args) => {
            let open = args.access.open().await?;
            let done = list(&open.authority, args.selected, (args.live, args.part)).await;
            let done = done.and_then(|listing| Ok(listing.print(args.json)?));
            open.close(done).await
        }
        TokenCommand::Show(args) => one(args, false).await,
        TokenCommand::Explain(args) => one(args, true).await,
        TokenCommand::Revoke(args) => revoke::run(args).await,
    }
}

async fn list(
    authority: &TokenAuthority,
    selected: Selected,
    (live, part): (bool, Part),
) -> Result<Listing, AdminError> {
    let selection = selected.selection(authority).await?;
    let filter = TokenFilter {
        live_at_ms: live.then(|| authority.now_ms()),
        after: part.after,
        limit: part.limit.rows,
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
        ("key", record.key_id.as_ref().map(KeyId::as_str).into()),
        ("issued", times::text(record.issued_at_ms).into()),
        ("expires", record.expires_at_ms.map(times::text).into()),
        ("ended", record.revoked_at_ms.map(times::text).into()),
    ]));
    Ok(shown)
}

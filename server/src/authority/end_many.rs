//! Ending many tokens by what they have in common, a bounded number in a transaction, with everything that dies with them.
//!
//! What dies with a token ends before it, so that whoever is interrupted finds the rest again by asking for the same.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{Change, ChangeSet, Listed};
use super::revoke::Revocation;
use super::{Core, Page, StoreError, TokenFilter, Tokens, Unavailable, audit};
use crate::domain::{Actor, Dialect, PrincipalId, TokenClass, TokenId, TokenRecord};

/// Tokens that one transaction ends.
const BATCH: u64 = 200;

/// What ending tokens reaches, or has reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Radius {
    /// Tokens by dialect and class.
    pub tokens: BTreeMap<(Dialect, String), u64>,
    /// Whose they are.
    pub owners: BTreeSet<PrincipalId>,
    /// The users they speak for, if those are not the owners.
    pub users: BTreeSet<PrincipalId>,
    /// Cookie sessions.
    pub sessions: u64,
    /// When the newest of the tokens was issued, milliseconds.
    pub newest_ms: Option<i64>,
}

impl Radius {
    /// All tokens.
    #[must_use]
    pub fn token_count(&self) -> u64 {
        self.tokens.values().sum()
    }

    fn add(&mut self, record: &TokenRecord) {
        let sort = (record.dialect, record.class.as_str().to_owned());
        *self.tokens.entry(sort).or_default() += 1;
        self.owners.insert(record.principal);
        self.users.extend(record.subject);
        self.newest_ms = self.newest_ms.max(Some(record.issued_at_ms));
    }
}

impl TokenFilter {
    /// The principal whose sessions end with the tokens: where nothing but whose they are, and their dialect, narrows the list.
    fn sessions_of(&self) -> Option<PrincipalId> {
        let person = self.person?;
        let bare = Self {
            person: Some(person),
            dialect: self.dialect,
            ..Self::default()
        };
        (*self == bare).then_some(person)
    }

    /// Whether a token is listed by itself, and not only because it dies with one that is.
    fn takes(&self, record: &TokenRecord) -> bool {
        let Self {
            id,
            hash,
            dialect,
            principal,
            subject,
            person,
            class,
            family,
            parents: _,
            issued_before_ms,
            live_at_ms: _,
            endable_at_ms: _,
            after: _,
            limit: _,
        } = self;
        let is_class = |class: &TokenClass| *class == record.class;
        id.as_ref().is_none_or(|id| *id == record.id)
            && hash.is_none_or(|hash| hash == record.hash)
            && dialect.is_none_or(|dialect| dialect == record.dialect)
            && principal.is_none_or(|id| id == record.principal)
            && subject.is_none_or(|id| Some(id) == record.subject)
            && person.is_none_or(|id| id == record.principal || Some(id) == record.subject)
            && class.as_ref().is_none_or(is_class)
            && family.as_ref().is_none_or(|id| *id == record.family)
            && issued_before_ms.is_none_or(|end| record.issued_at_ms < end)
    }
}

impl Tokens<'_> {
    /// What [`Tokens::end_all`] would end now. Nothing is changed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn radius(self, filter: &TokenFilter) -> Result<Radius, Unavailable> {
        let at_ms = self.0.now_ms();
        let mut radius = Radius::default();
        if let Some(person) = filter.sessions_of() {
            radius.sessions = self.0.store.session_count(person, at_ms).await?;
        }
        let mut after = None;
        loop {
            let page = self.0.endable(filter, after, at_ms).await?;
            for record in &page.rows {
                radius.add(record);
            }
            self.0.below(filter, ids(&page.rows), &mut radius).await?;
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(radius),
            }
        }
    }

    /// Ends every token that a filter lists and that was issued by now, with everything that dies with it, and the sessions of a
    /// principal whose tokens are all of them. It says now and then how many it has ended, and in the end what it ended itself: what
    /// others ended meanwhile is theirs. Asked again after an interruption it does the rest.
    ///
    /// # Errors
    /// `Unavailable`; what was ended until then has ended.
    pub async fn end_all(
        self,
        actor: &Actor,
        filter: &TokenFilter,
        reason: Option<&str>,
        mut told: impl FnMut(u64) + Send,
    ) -> Result<Radius, Unavailable> {
        let at_ms = self.0.now_ms();
        let until = at_ms.saturating_add(1);
        let mut ending = Ending {
            core: self.0.as_ref(),
            by: (actor, reason),
            until,
            ended: Radius::default(),
            told: &mut told,
        };
        if let Some(person) = filter.sessions_of() {
            ending.end_sessions(person).await?;
        }
        let roots = TokenFilter {
            issued_before_ms: Some(filter.issued_before_ms.map_or(until, |end| end.min(until))),
            ..filter.clone()
        };
        // What has got a child meanwhile is left, and found again; each round ends what was there when it began.
        loop {
            let mut after = None;
            let mut left = false;
            loop {
                let page = self.0.endable(&roots, after, self.0.now_ms()).await?;
                left |= !page.rows.is_empty();
                ending.end(page.rows).await?;
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            if !left {
                return Ok(ending.ended);
            }
        }
    }
}

impl Core {
    async fn endable(
        &self,
        filter: &TokenFilter,
        after: Option<i64>,
        at_ms: i64,
    ) -> Result<Page<TokenRecord>, StoreError> {
        let page = TokenFilter {
            endable_at_ms: Some(at_ms),
            after,
            limit: BATCH,
            ..filter.clone()
        };
        self.store.tokens(page).await
    }

    /// Adds what dies with these tokens and is not listed by itself.
    async fn below(
        &self,
        filter: &TokenFilter,
        parents: Vec<TokenId>,
        radius: &mut Radius,
    ) -> Result<(), StoreError> {
        let mut waiting = vec![parents];
        while let Some(parents) = waiting.pop() {
            if parents.is_empty() {
                continue;
            }
            let children = dying_with(parents);
            let mut after = None;
            loop {
                let page = self.endable(&children, after, self.now_ms()).await?;
                let others = page.rows.iter().filter(|record| !filter.takes(record));
                let others: Vec<_> = others.cloned().collect();
                for record in &others {
                    radius.add(record);
                }
                waiting.push(ids(&others));
                match page.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(())
    }
}

/// A run that ends tokens.
struct Ending<'a> {
    core: &'a Core,
    /// Who wants it, and why.
    by: (&'a Actor, Option<&'a str>),
    /// What was issued from then on is ended with its parent only.
    until: i64,
    ended: Radius,
    told: &'a mut (dyn FnMut(u64) + Send),
}

impl Ending<'_> {
    /// Ends tokens after everything that dies with them.
    async fn end(&mut self, tokens: Vec<TokenRecord>) -> Result<(), Unavailable> {
        // The last is the deepest: it is ended when it has no children any more.
        let mut generations = vec![tokens];
        while let Some(parents) = generations.last() {
            if parents.is_empty() {
                generations.pop();
                continue;
            }
            let children = TokenFilter {
                issued_before_ms: Some(self.until),
                ..dying_with(ids(parents))
            };
            let at_ms = self.core.now_ms();
            let children = self.core.endable(&children, None, at_ms).await?.rows;
            if children.is_empty() {
                if let Some(parents) = generations.pop() {
                    let left = self.end_listed(parents, at_ms).await?;
                    self.end_fertile(left).await?;
                }
            } else {
                generations.push(children);
            }
        }
        Ok(())
    }

    /// Ends those that were given a child since the run began, each with all below it: they may be given one faster than
    /// their children can be listed.
    async fn end_fertile(&mut self, tokens: Vec<TokenRecord>) -> Result<(), Unavailable> {
        if tokens.is_empty() {
            return Ok(());
        }
        let children = dying_with(ids(&tokens));
        let at_ms = self.core.now_ms();
        let children = self.core.endable(&children, None, at_ms).await?.rows;
        let young = children.iter().filter(|one| one.issued_at_ms >= self.until);
        let parents: BTreeSet<_> = young.filter_map(|one| one.parent.clone()).collect();
        let (actor, reason) = self.by;
        for record in tokens.iter().filter(|one| parents.contains(&one.id)) {
            let done = self.core.revoke_one(actor, record, reason).await?;
            if done == Revocation::Ended {
                self.ended.add(record);
            }
        }
        Ok(())
    }

    /// Ends those that have no live children, and gives the others back.
    async fn end_listed(
        &mut self,
        tokens: Vec<TokenRecord>,
        at_ms: i64,
    ) -> Result<Vec<TokenRecord>, Unavailable> {
        let listed = tokens.iter().map(|record| Listed {
            hash: record.hash,
            id: record.id.clone(),
            dialect: record.dialect,
        });
        let (actor, reason) = self.by;
        let mut changes = ChangeSet::new().with(Change::EndListed {
            tokens: listed.collect(),
            at_ms,
            audit: audit::done(at_ms, actor, "token.revoke")
                .because(reason)
                .record(),
        });
        let pairs = tokens
            .iter()
            .filter_map(|record| Some((record.subject?, record.principal)));
        for (user, client) in pairs.collect::<BTreeSet<_>>() {
            changes = changes.with(Change::DropGrantIfUnused {
                user,
                client,
                at_ms,
            });
        }
        let ended = match self.core.store.commit(changes).await {
            Ok(committed) => committed.changed.ended,
            // Others were faster.
            Err(StoreError::Ended) => return Ok(tokens),
            Err(error) => return Err(error.into()),
        };
        let (ended, left): (Vec<_>, Vec<_>) = tokens
            .into_iter()
            .partition(|record| ended.iter().any(|one| one.hash == record.hash));
        for record in &ended {
            self.ended.add(record);
        }
        (self.told)(self.ended.token_count());
        Ok(left)
    }

    async fn end_sessions(&mut self, person: PrincipalId) -> Result<(), Unavailable> {
        let (actor, reason) = self.by;
        let store = &self.core.store;
        let at_ms = self.core.now_ms();
        let sessions = store.session_count(person, at_ms).await?;
        let Some(principal) = store
            .principal(person)
            .await?
            .found
            .filter(|_| sessions > 0)
        else {
            return Ok(());
        };
        let noted = audit::done(at_ms, actor, "session.end_all")
            .on(principal.dialect, &principal.name)
            .because(reason);
        let changes = ChangeSet::new().with(Change::DeleteSessions(person));
        store.commit(changes.with(noted)).await?;
        self.ended.sessions = sessions;
        Ok(())
    }
}

fn ids(records: &[TokenRecord]) -> Vec<TokenId> {
    records.iter().map(|record| record.id.clone()).collect()
}

fn dying_with(parents: Vec<TokenId>) -> TokenFilter {
    TokenFilter {
        parents,
        ..TokenFilter::default()
    }
}

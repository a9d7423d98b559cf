//! Connections that are given up together when the server does not answer on one of them.
//!
//! The driver waits for ever for an answer that the network has swallowed, and keeps the place of that connection. So whoever has waited
//! too long puts new connections in the place of all of them; they are made when they are asked for.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use sea_orm_migration::async_trait::async_trait;
use tokio::time::timeout;

use super::connection::{connect, connect_lazily};
use super::role::Role;
use super::source::Source;

/// How long connections may take to close.
const CLOSING: Duration = Duration::from_secs(5);

/// Connections of one role.
#[derive(Clone)]
pub(super) struct Pool(Arc<Inner>);

struct Inner {
    source: Source,
    role: Role,
    now: RwLock<DatabaseConnection>,
}

impl Pool {
    /// Opens it.
    pub(super) async fn open(source: &Source, role: Role) -> Result<Self, DbErr> {
        Ok(Self::of(source, role, connect(source, role).await?))
    }

    /// One of connections that are open.
    pub(super) fn of(source: &Source, role: Role, now: DatabaseConnection) -> Self {
        let source = source.clone();
        let now = RwLock::new(now);
        Self(Arc::new(Inner { source, role, now }))
    }

    /// The connections of now.
    pub(super) fn now(&self) -> DatabaseConnection {
        let now = self.0.now.read().unwrap_or_else(PoisonError::into_inner);
        now.clone()
    }

    pub(super) fn source(&self) -> &Source {
        &self.0.source
    }

    /// Whether somebody may wait for ever on one of them.
    pub(super) fn may_hang(&self) -> bool {
        self.0.source.is_server()
    }

    /// Puts new connections in their place. Those that hang are closed beside, or left to the system.
    pub(super) async fn replace(&self) {
        let Ok(new) = connect_lazily(&self.0.source, self.0.role).await else {
            return;
        };
        let mut now = self.0.now.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *now, new);
        drop(now);
        tokio::spawn(async move {
            let _ = timeout(CLOSING, old.close_by_ref()).await;
        });
    }

    pub(super) async fn close(&self) {
        match timeout(CLOSING, self.now().close_by_ref()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the database did not close cleanly"),
            Err(late) => tracing::warn!(%late, "the database did not close in time"),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.0.source.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.now().execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.now().execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.now().query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.now().query_all_raw(statement).await
    }
}

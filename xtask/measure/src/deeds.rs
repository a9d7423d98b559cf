//! What is done to a server while answers are held against it: tokens of several kinds, how they are asked for, and how they end.

use bytes::Bytes;
use serde_json::json;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::served::Site;
use crate::shot::{Answer, Shot};

/// Flags of a server whose passwords cost little: here they are no matter of security.
pub const CHEAP_PASSWORDS: [&str; 4] = ["--password-memory-kib", "7168", "--password-passes", "1"];

/// Kinds of tokens, which take turns.
pub const KINDS: usize = 4;
/// Short tokens that are made from a long one, and die with it.
const CHILDREN: usize = 3;

/// A token that is about to be ended.
#[derive(Debug)]
pub struct Doomed {
    /// What it is, for people.
    pub told: &'static str,
    /// How it and what dies with it are asked for.
    questions: Vec<Question>,
    /// The request that ends it.
    pub end: Bytes,
    /// The status of the acknowledgement.
    pub ended_with: u16,
}

/// A way to ask whether a token lives.
#[derive(Debug, Clone)]
pub struct Question {
    /// The request.
    pub shot: Bytes,
    way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// An answer of 200 says in its body.
    Introspection,
    /// 200 is alive, 401 is dead.
    Use,
}

impl Doomed {
    /// How one of several who ask does it.
    #[must_use]
    pub fn question(&self, number: usize) -> Option<&Question> {
        self.questions.get(number % self.questions.len().max(1))
    }

    /// All ways.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }
}

impl Question {
    /// What an answer says, if it is one.
    #[must_use]
    pub fn says_active(&self, answer: &Answer) -> Option<bool> {
        let has = |mark: &[u8]| answer.body.windows(mark.len()).any(|part| part == mark);
        match (self.way, answer.status) {
            (Way::Introspection, 200) if has(b"\"active\":true") => Some(true),
            (Way::Introspection, 200) if has(b"\"active\":false") => Some(false),
            (Way::Use, 200) => Some(true),
            (Way::Use, 401) => Some(false),
            (Way::Introspection | Way::Use, _) => None,
        }
    }
}

/// Who may do them.
#[derive(Debug)]
pub struct Deeds {
    host: String,
    /// Issues tokens that belong to an application.
    app: Shot,
    /// Issues tokens that belong to a user.
    user: Shot,
    /// Issues long tokens, from which short ones are made.
    long: Shot,
    resource_server: (String, String),
}

impl Deeds {
    /// Those of the demo's principals.
    ///
    /// # Errors
    /// When the demo lacks one of them.
    pub fn of(site: &Site, host: String) -> Result<Self, Fault> {
        let pnut =
            |fields: &[(&str, &str)]| Shot::new("POST", "/v1/oauth/access_token").form(fields);
        let id = site.text("pnut", "client_id")?;
        let client = site.text("auth_api", "client_id")?;
        Ok(Self {
            host,
            app: pnut(&[
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("client_secret", site.text("pnut", "client_secret")?),
            ])?,
            user: pnut(&[
                ("grant_type", "password"),
                ("client_id", id),
                (
                    "password_grant_secret",
                    site.text("pnut", "password_grant_secret")?,
                ),
                ("username", site.text("pnut", "username")?),
                ("password", site.text("pnut", "password")?),
                ("scope", "basic"),
            ])?,
            long: Shot::new("POST", "/v1/auth/tokens/long")
                .header("x-client-id", client)
                .json(&json!({
                    "grant_type": "client_credentials",
                    "client_id": client,
                    "client_secret": site.text("auth_api", "client_secret")?,
                })),
            resource_server: (
                site.text("oauth", "client_id")?.to_owned(),
                site.text("oauth", "client_secret")?.to_owned(),
            ),
        })
    }

    /// Has a token made, of a kind that follows from `turn`; `asked` is called for each request.
    ///
    /// # Errors
    /// When it is refused, or the connection breaks.
    pub async fn make(
        &self,
        turn: usize,
        connection: &mut Connection,
        asked: &dyn Fn(),
    ) -> Result<Doomed, Fault> {
        match turn % KINDS {
            0 => {
                let token = self.issued(connection, &self.user, asked).await?;
                let show = Shot::new("GET", "/v1/token").bearer(&token);
                let end = Shot::new("DELETE", "/v1/token").bearer(&token);
                let questions = vec![self.question(&show, Way::Use), self.introspect(&token)?];
                Ok(self.doomed("a user's token that its holder ends", questions, &end))
            }
            1 | 3 => {
                let token = self.issued(connection, &self.long, asked).await?;
                let child = Shot::new("POST", "/v1/auth/tokens/short").bearer(&token);
                let mut questions = vec![self.introspect(&token)?];
                for _ in 0..CHILDREN {
                    let child = self.issued(connection, &child, asked).await?;
                    questions.push(self.introspect(&child)?);
                }
                let end = self.revoke(&token)?;
                Ok(self.doomed("a long token with short ones made from it", questions, &end))
            }
            _ => {
                let token = self.issued(connection, &self.app, asked).await?;
                let end = self.revoke(&token)?;
                Ok(self.doomed(
                    "an application's token",
                    vec![self.introspect(&token)?],
                    &end,
                ))
            }
        }
    }

    /// Has a token made that nobody ends, and says how it is asked for.
    ///
    /// # Errors
    /// When it is refused, or the connection breaks.
    pub async fn standing(&self, connection: &mut Connection) -> Result<Question, Fault> {
        let token = self.issued(connection, &self.app, &|| ()).await?;
        self.introspect(&token)
    }

    async fn issued(
        &self,
        connection: &mut Connection,
        shot: &Shot,
        asked: &dyn Fn(),
    ) -> Result<String, Fault> {
        let answer = connection.ask(&shot.bytes(&self.host)).await;
        asked();
        let answer = answer.map_err(Fault::io("issuing"))?;
        if !(200..300).contains(&answer.status) {
            return Err(Fault::Refused {
                status: answer.status,
                shown: answer.shown(),
            });
        }
        answer.text_at("/access_token")
    }

    fn introspect(&self, token: &str) -> Result<Question, Fault> {
        let shot = self.with_token("/oauth/introspect", token)?;
        Ok(self.question(&shot, Way::Introspection))
    }

    fn revoke(&self, token: &str) -> Result<Shot, Fault> {
        self.with_token("/oauth/revoke", token)
    }

    fn with_token(&self, path: &str, token: &str) -> Result<Shot, Fault> {
        let (id, secret) = &self.resource_server;
        Shot::new("POST", path)
            .basic(id, secret)
            .form(&[("token", token)])
    }

    fn question(&self, shot: &Shot, way: Way) -> Question {
        Question {
            shot: shot.bytes(&self.host),
            way,
        }
    }

    fn doomed(&self, told: &'static str, questions: Vec<Question>, end: &Shot) -> Doomed {
        Doomed {
            told,
            questions,
            end: end.bytes(&self.host),
            ended_with: 200,
        }
    }
}

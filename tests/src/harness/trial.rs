//! What the suites for all dialects need to know of one, and cannot read from the document.
//!
//! Each dialect's folder has one trial, and `dialects::TRIALS` lists them. What has a default need not be written for a
//! plain dialect.

use futures_util::{FutureExt as _, future::BoxFuture};
use serde_json::Value;
use tessera_client::{Credential, HasHeaders};

use super::{
    Central, Door, Guess, Knock, Provided, Purse, Reach, Tessera, Token, demo_asker,
    replay::Scenario, token::Class,
};
use crate::{clients::Spoken, proofs::sdk::case::Case};

/// Something that is listed with a reason.
pub type Excuse = (&'static str, &'static str);

/// Something of an operation or scheme that is listed with a reason.
pub type ExcuseOf = (&'static str, &'static str, &'static str);

/// Bodies, each with a name.
pub type Bodies = Vec<(&'static str, Value)>;

/// Members of the demo's credentials.
pub type Members = Vec<(&'static str, String)>;

/// Headers as texts; `None` where an answer has none of that name.
pub type Headers = Vec<(&'static str, Option<String>)>;

/// One dialect, as the shared suites try it.
pub trait Trial: Sync {
    /// Its name, which is its tag in the document.
    fn dialect(&self) -> &'static str;

    /// The suites that have nothing to ask of it, with reasons; `tokens` stands for all that want one issued.
    fn unasked(&self) -> &'static [Excuse] {
        &[]
    }

    /// The members of the demo's credentials that are no secrets, with reasons. All others are looked for wherever they
    /// must not be.
    fn public(&self) -> &'static [Excuse] {
        &[]
    }

    /// A principal of each of its kinds, as an operator makes one, and what it proves itself by.
    fn provided(&self) -> &'static [Provided];

    /// The situations in which the server gives each documented answer.
    fn replays(&self) -> &'static [Scenario];

    /// Its operations through the SDK: each smallest and largest call, and each credential by itself.
    fn sdk_calls(&self) -> Vec<Case>;

    /// What the SDK reads of the headers that only this dialect has: the name in lower case, and the text.
    fn sdk_headers(&self, _answer: &dyn HasHeaders) -> Headers {
        Vec::new()
    }

    /// A credential of each of its schemes, as an SDK's client holds it.
    fn sdk_credentials(&self) -> Vec<Credential>;

    // Tokens.

    /// The classes of its tokens and sessions; of several under one scheme the first is the one to ask with.
    fn classes(&self) -> &'static [Class] {
        &[]
    }

    /// Issues a token of one of its classes, a new one each time.
    fn issue<'a>(&'a self, _server: &'a Reach, class: &'static str) -> BoxFuture<'a, Token> {
        panic!(
            "{} has no class {class}, or does not issue it",
            self.dialect()
        )
    }

    /// Whether the dialect takes that text for a token such as `held`. Of a class that no scheme takes introspection
    /// knows; any other has to be spent at an operation of the dialect, so its trial says how.
    fn accepts<'a>(
        &'a self,
        server: &'a Reach,
        held: &'a Token,
        text: &'a str,
    ) -> BoxFuture<'a, bool> {
        let mut own = self.classes().iter();
        let spent = own.find(|class| class.name == held.class && !class.schemes.is_empty());
        if let Some(Class { name, schemes, .. }) = spent {
            let dialect = self.dialect();
            panic!("{dialect} has schemes for {name}, {schemes:?}: `accepts` must spend one there")
        }
        async move {
            let told = demo_asker(server).introspect(server, text).await;
            told["active"] == true && told["dialect"] == self.dialect()
        }
        .boxed()
    }

    /// Ends a token as the dialect documents; `None` where it has no operation for this class.
    fn end_it<'a>(&'a self, _server: &'a Reach, _held: &'a Token) -> Option<BoxFuture<'a, ()>> {
        None
    }

    /// The classes that no operation of the dialect ends, with reasons.
    fn endless(&self) -> &'static [Excuse] {
        &[]
    }

    /// Other texts that are as good as a secret of its own, such as a part of it.
    fn as_good_as(&self, _secret: &str) -> Vec<String> {
        Vec::new()
    }

    /// The standard endpoints for the tokens of all dialects, if it has them.
    fn central(&self) -> Option<&'static dyn Central> {
        None
    }

    // Requests that succeed.

    /// The schemes whose credential is the demo's own and no token.
    fn keys(&self) -> &'static [Key] {
        &[]
    }

    /// Values of an operation's path parameters.
    fn path<'a>(
        &'a self,
        _server: &'a Reach,
        _purse: &'a mut Purse,
        _operation: &'a str,
    ) -> BoxFuture<'a, Vec<(&'static str, String)>> {
        async { Vec::new() }.boxed()
    }

    /// Bodies of an operation under these security schemes, each with a name. Without any, a sample of the body's
    /// schema has to do.
    fn bodies<'a>(
        &'a self,
        _server: &'a Reach,
        _purse: &'a mut Purse,
        _operation: &'a str,
        _schemes: &'a [&'a str],
    ) -> BoxFuture<'a, Bodies> {
        async { Vec::new() }.boxed()
    }

    /// More bodies, with which it succeeds once only; each with the member that it is about.
    fn bodies_for_once(&self, _server: &Reach, _operation: &str, _schemes: &[&str]) -> Bodies {
        Vec::new()
    }

    /// Its operations in an order in which each can succeed, where that is not the document's.
    fn order(&self) -> &'static [&'static str] {
        &[]
    }

    /// Makes what an operation acts on.
    fn prepare<'a>(
        &'a self,
        _server: &'a Reach,
        _purse: &'a mut Purse,
        _operation: &'a str,
    ) -> BoxFuture<'a, ()> {
        async {}.boxed()
    }

    /// The classes and things that a request of an operation uses up when it succeeds.
    fn used(&self, _operation: &str) -> &'static [&'static str] {
        &[]
    }

    // What callers may do, and to whom.

    /// A token under a scheme with exactly these scopes, or with another one that is none of them. Where an operation
    /// asks for scopes there are both, unless `untried` says of the scheme why not (`scoped`).
    fn scoped<'a>(
        &'a self,
        _server: &'a Reach,
        _scheme: &'a str,
        _scopes: Option<&'a [String]>,
    ) -> Option<BoxFuture<'a, String>> {
        None
    }

    /// Every parameter or member that names something of a caller: operation and name.
    fn owned(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Something of who asks now, for a request to name in one of those places.
    fn thing<'a>(
        &'a self,
        _server: &'a Reach,
        _operation: &'a str,
        _place: &'a str,
    ) -> Option<BoxFuture<'a, Thing>> {
        None
    }

    /// A token that an operation counts and then refuses, where it uses up one that it accepts.
    fn lasting<'a>(
        &'a self,
        _server: &'a Reach,
        _operation: &'a str,
    ) -> Option<BoxFuture<'a, String>> {
        None
    }

    /// A stage on which an operation changes more than it answers.
    fn stage<'a>(
        &'a self,
        _server: &'a Reach,
        _operation: &'a str,
    ) -> Option<BoxFuture<'a, Stage>> {
        None
    }

    /// Makes a second principal beside the demo's: the members of the demo's credentials that differ for it.
    fn second<'a>(&'a self, _server: &'a Tessera) -> BoxFuture<'a, Members> {
        async { Vec::new() }.boxed()
    }

    /// What unmodified clients of other people show of it, where there are any.
    fn clients(&self) -> Option<&'static dyn Spoken> {
        None
    }

    // Ways in that can be guessed at.

    /// Its ways in that can be guessed at. A dialect whose demo has a password or a code has some.
    fn doors(&self) -> &'static [Door] {
        &[]
    }

    /// A request at one of its doors.
    fn knock(&self, _server: &Reach, door: &Door, _guess: Guess) -> Knock {
        panic!("{} has no door {}", self.dialect(), door.name)
    }

    /// Whether it has proofs that are good for one request.
    fn has_proofs_for_once(&self) -> bool {
        false
    }

    /// A request with such a proof, which carries that name.
    fn once(&self, _server: &Reach, _name: &str) -> Knock {
        panic!("no proof of {} is good for once", self.dialect())
    }

    // What the live proof accepts; an entry that is not needed is a finding.

    /// Facts of answers that no answer shows: pointer and reason.
    fn unseen(&self) -> &'static [Excuse] {
        &[]
    }

    /// Members of requests whose valid values may be refused with 400, since what they may hold depends on more than
    /// their schema can say: operation, member, reason.
    fn meaningful(&self) -> &'static [ExcuseOf] {
        &[]
    }

    /// States in which there is no token of a scheme, or `scoped`: scheme, state, reason.
    fn untried(&self) -> &'static [ExcuseOf] {
        &[]
    }

    /// Schemes whose text is no secret, with reasons.
    fn public_schemes(&self) -> &'static [Excuse] {
        &[]
    }
}

/// A scheme's credential that belongs to a principal of the demo.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The scheme.
    pub scheme: &'static str,
    /// Of a pair, where the demo's credentials have its name.
    pub name: Option<&'static str>,
    /// Where they have the text, or the pair's secret.
    pub secret: &'static str,
}

impl Key {
    /// One text.
    pub const fn text(scheme: &'static str, secret: &'static str) -> Self {
        Self {
            scheme,
            name: None,
            secret,
        }
    }

    /// A name and a secret.
    pub const fn pair(scheme: &'static str, name: &'static str, secret: &'static str) -> Self {
        Self {
            scheme,
            name: Some(name),
            secret,
        }
    }
}

/// Something that belongs to who asked for it.
#[derive(Debug, Clone)]
pub struct Thing {
    /// The value that names it in a request.
    pub value: String,
    /// The token that it is, if it is one.
    pub token: Option<String>,
}

/// See [`Trial::stage`].
#[derive(Debug, Clone)]
pub struct Stage {
    /// The path parameters with which a request acts on it.
    pub path: Vec<(&'static str, String)>,
    /// A token that the request may have ended.
    pub witness: Token,
}

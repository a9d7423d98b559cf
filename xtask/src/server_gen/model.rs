//! What the server generator knows of a document: dialects, operations, answers. [`super::read`] fills it.

use serde_json::Value;

/// A construct the generator has no Rust for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// JSON pointer of the construct in the merged document.
    pub pointer: String,
    /// What it is, and what can stand there instead.
    pub message: String,
}

/// The result of reading one construct.
pub type Reading<T> = Result<T, Unsupported>;

/// Makes an [`Unsupported`].
pub fn unsupported<T>(pointer: &str, message: impl Into<String>) -> Reading<T> {
    Err(Unsupported {
        pointer: pointer.to_owned(),
        message: message.into(),
    })
}

/// What the server states of a caller: its keyword, where it stands (below the operation, or in the document), its value.
pub type Fact = (&'static str, String, Value);

/// One dialect: all operations of one tag, and the components that carry its prefix.
#[derive(Debug)]
pub struct Dialect {
    /// The tag.
    pub tag: String,
    /// The tag's description.
    pub description: Option<String>,
    /// The tag in upper camel case: the prefix of its components and types.
    pub prefix: String,
    /// `x-base-path`: the paths below which everything is the dialect's.
    pub base_paths: Vec<String>,
    /// `x-unmatched`: the answers to a path that is not there and to a method that a path does not have.
    pub unmatched: Vec<Answer>,
    /// The same as the document has it, with each response written out.
    pub stated_unmatched: Option<Value>,
    /// Its operations in document order.
    pub operations: Vec<Operation>,
    /// Names of its schema components in document order.
    pub schemas: Vec<String>,
    /// Names and objects of its security schemes.
    pub security_schemes: Vec<(String, Value)>,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// Path template.
    pub path: String,
    /// Lower-case method.
    pub method: String,
    /// `summary`.
    pub summary: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `x-rate-bucket`, by default `default`.
    pub rate_bucket: String,
    /// `x-exact-names`.
    pub exact_names: Vec<String>,
    /// `x-proves` and `x-owned-by`, wherever they stand.
    pub callers: Vec<Fact>,
    /// `x-cors: any`: pages of every origin may read its answers.
    pub cors_any: bool,
    /// Alternatives, each a set of schemes with their scopes.
    pub security: Vec<Vec<(String, Vec<String>)>>,
    /// Where the credentials of all alternatives travel.
    pub credentials: Vec<Credential>,
    /// Parameters that are not credentials.
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub body: Option<RequestBody>,
    /// The one 2xx answer.
    pub success: Answer,
    /// Every other answer.
    pub failures: Vec<Answer>,
}

impl Dialect {
    /// Every answer of its operations, and those to what no operation matches.
    pub fn answers(&self) -> impl Iterator<Item = &Answer> {
        let of_operations = self
            .operations
            .iter()
            .flat_map(|operation| [&operation.success].into_iter().chain(&operation.failures));
        of_operations.chain(&self.unmatched)
    }
}

impl Operation {
    /// What the body of a refusal under a 2xx status is, where the operation has one.
    pub fn refusal(&self) -> Option<&str> {
        match &self.success.content {
            Some((_, AnswerBody::Refusable { refusal, .. })) => Some(refusal),
            Some((_, AnswerBody::Schema(_) | AnswerBody::Empty)) | None => None,
        }
    }

    /// Whether a request to it can be refused for its form: there is something in it that is read.
    pub fn reads_something(&self) -> bool {
        !(self.credentials.is_empty()
            && self.parameters.is_empty()
            && self.exact_names.is_empty()
            && self.body.is_none())
    }
}

/// One place a credential travels in; several schemes may share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The field of the generated call.
    pub field: String,
    /// Header, query or cookie name.
    pub name: String,
    /// How it is read.
    pub form: CredentialForm,
    /// The schemes that use it.
    pub schemes: Vec<String>,
}

/// How a credential is read from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialForm {
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: Basic`, its two texts form-encoded (`x-basic: form`).
    FormBasic,
    /// `Authorization: Basic`, its two texts as they are (`x-basic: plain`).
    PlainBasic,
    /// The whole value of a header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie's raw value.
    Cookie,
}

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: String,
    /// `header`, `query` or `path`.
    pub location: String,
    /// Whether it must be there.
    pub required: bool,
    /// `description`.
    pub description: Option<String>,
    /// `x-secret`.
    pub secret: bool,
    /// Its schema, a scalar.
    pub schema: Value,
    /// Pointer to the parameter.
    pub pointer: String,
}

/// A request body.
#[derive(Debug)]
pub struct RequestBody {
    /// The schema component, the same in each media type.
    pub schema: String,
    /// Media types in document order.
    pub media_types: Vec<String>,
    /// Whether it must be there.
    pub required: bool,
    /// `description`.
    pub description: Option<String>,
}

/// One documented answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The response component it stands in, if it is shared.
    pub component: Option<String>,
    /// `description`.
    pub description: String,
    /// Media type and body.
    pub content: Option<(String, AnswerBody)>,
    /// Declared headers.
    pub headers: Vec<ResponseHeader>,
    /// `x-refusal`: what tells a refusal from a success.
    pub refusal: Option<Value>,
    /// Pointer to the response object.
    pub pointer: String,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerBody {
    /// A schema component.
    Schema(String),
    /// `oneOf: [success, refusal]`, marked `x-refusal`: the component and its two alternatives.
    Refusable {
        /// The union component.
        union: String,
        /// The first alternative.
        success: String,
        /// The second alternative.
        refusal: String,
    },
    /// A body that is always empty, with a media type of its own.
    Empty,
}

/// A declared response header.
#[derive(Debug, Clone)]
pub struct ResponseHeader {
    /// Its name as documented.
    pub name: String,
    /// `description`.
    pub description: Option<String>,
    /// Not `x-optional`.
    pub required: bool,
    /// `x-stamped`: set by the dialect's edge.
    pub stamped: bool,
    /// `x-secret`.
    pub secret: bool,
    /// Its only value, where there is one.
    pub constant: Option<String>,
    /// Its schema, a scalar.
    pub schema: Value,
}

/// A string member.
pub fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// The texts of an array member; none when it is absent.
pub fn texts(value: &Value, key: &str) -> Vec<String> {
    let texts = array(value, key).iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// A boolean member, `false` when absent.
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Escapes one member name for a JSON pointer (RFC 6901 §3).
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The component name a `$ref` names, if it is one of `kind`.
pub fn component_name<'a>(value: &'a Value, kind: &str) -> Option<&'a str> {
    value
        .get("$ref")?
        .as_str()?
        .strip_prefix("#/components/")?
        .strip_prefix(kind)?
        .strip_prefix('/')
}

/// The elements of an array member; none when it is absent.
pub fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The members of an object member; none when it is absent.
pub fn members<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Whether an object may have any members.
pub fn free_object(schema: &Value) -> bool {
    let additional = schema.get("additionalProperties");
    schema.get("properties").is_none() && additional.is_none_or(|extra| extra == &Value::Bool(true))
}

/// Whether all members of an object are of one kind, and none has a name.
pub fn is_map(schema: &Value) -> bool {
    let additional = schema.get("additionalProperties");
    schema.get("properties").is_none() && additional.is_some_and(Value::is_object)
}

//! The table of the rules: a row each, with its name, stage, remedy and reason.

use super::Stage;

rules! {
    // Reading and merging.
    UnreadableFile, "unreadable-file", Document,
        "make the file readable UTF-8 text",
        "A file that the document is made of could not be read.";
    YamlSyntax, "yaml-syntax", Document,
        "correct the YAML at that place",
        "Every fragment is one YAML document with a mapping at its root and text keys, without anchors or tags, so that each JSON pointer has exactly one place in the files.";
    YamlDuplicateKey, "yaml-duplicate-key", Document,
        "remove or rename one of the two keys",
        "YAML readers keep the last of two equal keys without a word; here both places are named.";
    FragmentRoot, "fragment-root", Document,
        "move the key to the file it belongs to",
        "document.yaml holds openapi, info and servers; a fragment holds tags, paths and components. Nothing else is merged, so nothing else is accepted.";
    MergeCollision, "merge-collision", Document,
        "rename one of the two",
        "Two fragments may not define the same operation, operationId, component, tag or security scheme: a merge that keeps the first silently loses the second.";

    // Names and references.
    ComponentName, "component-name", Document,
        "rename the component to <Dialect><Noun> in PascalCase",
        "Component names become Rust types in one namespace; PascalCase with the dialect in front keeps them readable and apart.";
    NameCollision, "name-collision", Document,
        "rename one of the two",
        "Names that differ in the document but are equal after conversion to PascalCase types or snake_case fields become duplicate Rust items.";
    OperationId, "operation-id", Document,
        "name the operation <dialect>_<verb>_<noun>",
        "The operationId is the SDK's method and the prefix of the tests: snake_case, unique, beginning with the dialect.";
    UnresolvedReference, "unresolved-reference", Document,
        "define the component, or correct the reference",
        "A $ref has to name a component of the merged document, of the kind that belongs at its place.";
    UnusedComponent, "unused-component", Document,
        "refer to the component, or delete it",
        "A component nothing refers to is generated, documented and tested by nobody.";
    ReferenceSibling, "reference-sibling", Document,
        "drop the sibling, or move it into the component",
        "Keywords beside $ref are dropped by most consumers of a document; only a description may stand there.";

    // What is understood.
    UnhandledKeyword, "unhandled-keyword", Document,
        "say it with a keyword that the generators act upon",
        "A keyword that neither the generators nor the documentation act upon would be a promise that nobody keeps.";
    UnknownExtension, "unknown-extension", Document,
        "use one of the documented extensions at the place it belongs to",
        "The x- vocabulary is closed: x-divergence, x-secret, x-refusal, x-optional, x-stamped, x-rate-bucket, x-exact-names, x-cors, x-at-a-glance, x-base-path, x-unmatched, x-error, x-credential, x-basic, x-one-proof, x-proves, x-owned-by, each with a fixed shape and place.";
    InvalidSchema, "invalid-schema", Document,
        "correct the schema",
        "Every schema is valid JSON Schema 2020-12 and its patterns compile.";
    InvalidDocument, "invalid-document", Document,
        "write it as OpenAPI 3.1 wants it",
        "The document is valid under the official meta-schema of OpenAPI 3.1, with its schemas in the base dialect of JSON Schema 2020-12.";
    LossyRoundTrip, "lossy-round-trip", Document,
        "say it in a way that utoipa's model keeps",
        "Rust programs read the document through utoipa's OpenAPI 3.1 model, so the document stays inside what survives a round trip through it.";

    // Operations.
    OperationDocumentation, "operation-documentation", Document,
        "write the missing summary or description",
        "Every operation has a summary and a description, every response, parameter, header, tag and security scheme a description: the document is what people learn the API from.";
    OperationTag, "operation-tag", Document,
        "give the operation exactly one tag that its fragment defines",
        "The tag of an operation is its dialect; Swagger UI groups by it.";
    OperationSecurity, "operation-security", Document,
        "state security on the operation, with schemes that exist ([] when there is none)",
        "Security is stated at every operation, so that forgetting it cannot open one.";
    OneSuccess, "one-success", Document,
        "declare exactly one 2xx response",
        "The SDK returns one type for success; progenitor panics on two.";
    OneErrorSchema, "one-error-schema", Document,
        "use one error schema for all non-2xx responses of the operation",
        "The SDK returns one type for errors; progenitor panics on two.";
    ResponseReference, "response-reference", Document,
        "move the response to components/responses and refer to it",
        "Responses other than 2xx are shared components, so that a dialect has one type per kind of refusal.";
    StatusCode, "status-code", Document,
        "declare exact three-digit statuses",
        "Ranges and default say nothing that a proof could hold the server to; a default beside exact codes makes progenitor panic.";
    ErrorPlaces, "error-places", Document,
        "say x-error: {code, message, retry} on the schema of the refusal's body, with JSON pointers to its members",
        "The SDK's code(), message() and retry_after() read what x-error points at: a refusal that does not say where its code stands would silently have none.";
    UndeclaredRefusal, "undeclared-refusal", Document,
        "declare the 400 or 422 that answers a malformed request (or an x-refusal)",
        "Input that has constraints can breach them, so its operation says what it answers then: 400 or 422, or a refusal under a success status.";
    UndeclaredUnauthorized, "undeclared-unauthorized", Document,
        "declare the 401 (or an x-refusal)",
        "An operation that wants credentials says what it answers to wrong ones.";
    UndeclaredOwner, "undeclared-owner", Document,
        "write x-owned-by: {others: status} with a status that the operation declares, or x-owned-by: nobody",
        "A path parameter of an operation that wants credentials names something, so the document says whose: what somebody else's is answered with, or that it is nobody's. Wherever x-owned-by stands, its status is declared.";
    PathParameter, "path-parameter", Document,
        "declare every {name} of the path as a required path parameter, and no other",
        "Path templates and path parameters have to agree.";
    BasePath, "base-path", Document,
        "give the path a base path of its dialect (x-base-path on the tag), or the tag what the others have",
        "A dialect owns the paths below its x-base-path, and refuses there what nobody serves (x-unmatched). So each of its operations lies there and no deeper base path of another dialect takes it; where one tag says so, all do.";
    CorsOfPath, "cors-of-path", Document,
        "write x-cors: any at every operation of the path, or at none",
        "A browser asks for a path before it asks for an operation, so all operations of a path are open to the same origins.";
    StampedInPart, "stamped-in-part", Document,
        "write x-stamped: true on the header here too, or nowhere in the dialect",
        "A dialect writes a stamped header on every answer, over whatever an operation has written there. Where a handler had a value of its own, nobody would ever see it.";
    ParameterShape, "parameter-shape", Document,
        "describe the parameter by name, in, description, schema and example",
        "Parameters are query, header or path parameters with a scalar schema; cookies and Authorization are security schemes.";
    RequestBody, "request-body", Document,
        "say required: true or false, and use one schema for all media types",
        "A body is JSON or a form of one named schema, and says whether it may be left out.";
    MediaType, "media-type", Document,
        "use one media type that is generated code for",
        "Request bodies are application/json and application/x-www-form-urlencoded; a response has one media type, spelt as it is sent.";
    JsonFirst, "json-first", Document,
        "list application/json before the other media types of the body",
        "Where a body is JSON or a form, JSON stands first: generators of clients take the first media type for the one to send, and a form in some fragments and JSON in others makes them mix up the two.";
    ResponseHeader, "response-header", Document,
        "declare the header with description, schema, example and either required: true or x-optional: true",
        "Declared headers are sent on every answer unless they say otherwise; Content-Type and Content-Length belong to the media type.";
    SecurityScheme, "security-scheme", Document,
        "use http bearer, http basic with x-basic, or an apiKey in a header, query or cookie, alone with x-credential",
        "Only these schemes are generated. x-basic says how an id and a secret become one text, and x-credential what text of an apiKey travels.";

    // Schemas.
    InlineObject, "inline-object", Document,
        "move the object to components/schemas and refer to it",
        "Inline objects get invented names that differ from generator to generator.";
    SchemaType, "schema-type", Document,
        "give the schema one type (or one $ref)",
        "One type per schema: type lists, anyOf, allOf and not are lost or panic in at least one generator; oneOf stands only in named components.";
    InlineEnum, "inline-enum", Document,
        "move the enum to components/schemas and refer to it",
        "An enum of several values becomes a Rust type and needs a name; one value is a constant and may stand inline.";
    IntegerFormat, "integer-format", Document,
        "add format: int32 or format: int64",
        "Without a format the width of an integer is guessed, and differently by each generator.";
    ObjectRequired, "object-required", Document,
        "list the required properties (required: [] when there are none)",
        "An object says which of its properties are required, and requires only properties it has.";
    ResponsePattern, "response-pattern", Document,
        "describe the shape in words",
        "A pattern on a response property makes the SDK refuse answers instead of showing them.";
    InvalidDefault, "invalid-default", Document,
        "correct the default",
        "A default has to be valid under its own schema.";

    // Examples.
    MissingExample, "missing-example", Document,
        "add an example with a summary and a value",
        "Every request body and response has an example: the tests replay them and Swagger UI shows them.";
    ExampleForm, "example-form", Document,
        "use an examples map, named in snake_case, each entry with summary and value",
        "Examples of bodies have names, so that a response example can belong to a request example; parameters and headers have one example.";
    InvalidExample, "invalid-example", Document,
        "correct the example or the schema",
        "Every example is valid under its schema.";

    // Generators.
    ServerUnsupported, "server-unsupported", Generator,
        "say it with a construct that the server generator can express",
        "The server generator has no code for this construct; it says so instead of leaving it out.";
    ClientUnsupported, "client-unsupported", Generator,
        "say it with a construct that the SDK generator can express",
        "The SDK generator has no code for this construct; it says so instead of leaving it out.";
    GeneratorFault, "generator-fault", Generator,
        "report the fault with the document that causes it",
        "A generator produced something that is not Rust, or two files of one name: a fault of the generator, not of the document.";

    // Proofs.
    GeneratedMissing, "generated-missing", Proof,
        "cargo xtask generate",
        "A generated file is not there.";
    GeneratedStale, "generated-stale", Proof,
        "cargo xtask generate",
        "A generated file belongs to an earlier state of the document or the generator.";
    GeneratedEdited, "generated-edited", Proof,
        "cargo xtask generate (move the edit to the fragment or the generator first)",
        "A generated file was changed by hand: its content is not what its own header says was generated.";
    GeneratedOrphan, "generated-orphan", Proof,
        "cargo xtask generate",
        "A file that says it was generated is generated from nothing any more.";
    EmittedUnavailable, "emitted-unavailable", Proof,
        "cargo run -p tessera-server --bin tessera -- openapi",
        "What the server emits about itself could not be obtained, so nothing is proven about it.";
    EmittedDiffers, "emitted-differs", Proof,
        "cargo xtask generate, or accept the difference by name in xtask/accepted/emitted.json",
        "What poem-openapi emits from the server's Rust types differs from the document.";
    SdkOperation, "sdk-operation", Proof,
        "cargo xtask generate",
        "The SDK has exactly the document's operations, each with its path and method.";
    LossyEdit, "lossy-edit", Proof,
        "review the loss and list it in xtask/accepted/lowering.json",
        "Lowering the document to 3.0.3 for progenitor loses something that no reviewed entry names.";
    AcceptedUnused, "accepted-unused", Proof,
        "delete the entry",
        "An accepted difference that no longer occurs hides the next one.";
    AcceptedMalformed, "accepted-malformed", Proof,
        "give every entry its name, pointer and reason",
        "A list of accepted differences could not be understood.";
    Layer, "layer", Proof,
        "go through the layer in between; if the layers themselves change, say so in xtask/layers.yaml",
        "Each folder and file of the first level of a src folder has a row in xtask/layers.yaml; what it imports of its own crate is in that row, and crates that only some may use are used by those.";
    LayerTable, "layer-table", Proof,
        "correct the row in xtask/layers.yaml",
        "The table of layers has exactly one row for each folder and file of the first level, each with a reason; what has no row would be allowed everything or nothing.";
    LayerCycle, "layer-cycle", Proof,
        "move what both need to a file or folder below them",
        "What imports each other can only be understood, tested and changed as one thing; that holds of layers, and of the files in them. Only a module and what is below it may name each other.";
    Invariant, "invariant", Proof,
        "end the bullet with *Held by*: a test's name, check:<proof>, lint:<rule>, clippy:<path> or compiler:<file>::<item>",
        "Each invariant of ARCHITECTURE.md names what enforces it, and all that is named is there; one that nothing holds is a wish.";

    // Started proofs.
    ProofNotRun, "proof-not-run", Proof,
        "cargo test -p tessera-tests proofs",
        "A proof that needs a running server or client did not run, or did not say what it looked at; nothing is known, so nothing is green.";

    // Live.
    LiveStatus, "live-status", Proof,
        "declare the status, or answer as declared",
        "The server answers with a status that the operation does not declare.";
    LiveMediaType, "live-media-type", Proof,
        "declare the media type, or answer as declared",
        "The Content-Type of an answer is, character for character, the one declared for its status; an answer without a declared body has none.";
    LiveHeader, "live-header", Proof,
        "declare the header, or send it as declared",
        "Each declared header of an answer is there and valid under its schema, and there are no others but HTTP's own.";
    LiveBody, "live-body", Proof,
        "correct the schema, or answer as declared",
        "The body of an answer is valid under its schema and has no member that the schema does not name.";
    LiveAcceptedInvalid, "live-accepted-invalid", Proof,
        "enforce the rule in the server, or take it out of the document",
        "The server accepts a request that is invalid under the document.";
    LiveRefusedValid, "live-refused-valid", Proof,
        "state the rule in the document, or take it out of the server",
        "The server calls a request malformed that is valid under the document.";
    LiveSecurity, "live-security", Proof,
        "correct the operation's security, or what the server asks for",
        "Each alternative of an operation's security suffices alone, and nothing less does.";
    LiveOwner, "live-owner", Proof,
        "correct x-owned-by, or ask whose it is before anything is done with it",
        "What belongs to a caller is out of another's reach: a second principal that names it is refused with the status of x-owned-by, the thing stays as it was, and its owner succeeds.";
    LiveRate, "live-rate", Proof,
        "correct x-proves or x-rate-bucket, or count the request as they say",
        "A request is counted against whom it proves (x-proves: the principal, the token, or else the address) in the bucket of its operation (x-rate-bucket); beyond it stands the declared 429 with Retry-After, and nobody else pays for it.";
    LiveAlike, "live-alike", Proof,
        "correct the document, or answer both alike",
        "Two requests that mean the same under the document are answered alike: a default given or left out, one body in either of its media types, a media type with a parameter.";
    LiveUnwitnessed, "live-unwitnessed", Proof,
        "take it out of the document, or write the situation in which the server answers so",
        "Everything that the document says the server may answer is seen at least once: each status, media type, optional header, enum value and variant of each operation.";
    LiveExample, "live-example", Proof,
        "correct the example, or answer as documented",
        "In the situation of a documented example the server answers with that example, save for what is its own: tokens, ids, times.";
    LiveException, "live-exception", Proof,
        "delete the entry",
        "What the live proof accepts by name is needed; an exception that no answer needs hides the next difference.";
    LiveUntried, "live-untried", Proof,
        "have the dialect's trial in tests/src/dialects/ make such a credential or thing, or list in it why there is none",
        "The credential of each scheme is tried wrong, malformed, ended and expired, or it is listed why there is no such credential; whatever x-owned-by marks is named by a stranger.";
    LiveScenario, "live-scenario", Proof,
        "correct the document or the situation",
        "A situation that the proof brings about by hand ended otherwise than it should.";

    // The SDK as text.
    SdkParameter, "sdk-parameter", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "Each parameter of an operation has the document's name and location in the SDK, and is required exactly where the document says so.";
    SdkBody, "sdk-body", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "The SDK sends the body that the document declares, in the declared media type.";
    SdkStatus, "sdk-status", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "Each declared status is a success or a refusal in the SDK as in the document, with the declared body and media type.";
    SdkType, "sdk-type", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "Each type of the SDK has the members, names, types, defaults and values of its schema, and no others.";
    SdkSecurity, "sdk-security", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "The SDK knows each operation's alternatives, and where each credential travels, as the document says it.";
    SdkError, "sdk-error", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "The SDK reads code, message and wait of each refusal where x-error says that they stand.";
    SdkHeader, "sdk-header", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "Each declared response header whose value says something has an accessor of its type.";
    SdkForm, "sdk-form", Proof,
        "cargo xtask generate; if that changes nothing, correct the generator",
        "The generated SDK holds nothing that does not follow from the document.";
    NotProven, "not-proven", Proof,
        "say it as the proofs can follow, or teach the proof (xtask/src/prove/sdk) what follows from it",
        "What the lint accepts and the generators express may still be more than a proof can follow: a schema of which it does not know what the SDK makes, or generated code of a form that it does not know. That is neither right nor wrong, and is counted apart. In the project whose proofs these are it is a finding; elsewhere it is listed, and the exit says nothing of it.";

    // The SDK on the wire.
    SdkRequest, "sdk-request", Proof,
        "cargo xtask generate, or correct the hand-written half of client-sdk",
        "What the SDK sends is what the document asks for: method, path, encoding, headers, body and credential.";
    SdkTranscript, "sdk-transcript", Proof,
        "read the difference; BLESS=1 cargo test -p tessera-tests proofs::sdk records it",
        "The requests of the SDK are recorded byte for byte, so that a change of what travels is seen by somebody.";
    SdkCoverage, "sdk-coverage", Proof,
        "add the call to `sdk_calls` of the dialect's trial in tests/src/dialects/",
        "Every operation, parameter, member of a body and alternative of the security is made use of by a recorded call.";
    SdkAnswer, "sdk-answer", Proof,
        "cargo xtask generate, or correct the hand-written half of client-sdk",
        "Every declared answer reaches the caller as what the document declares: success or refusal, body, headers.";
    SdkFault, "sdk-fault", Proof,
        "make the SDK give the typed error",
        "An answer that breaks the document becomes an error that says how, and never a success.";

    // Proof 4: closed world.
    RouteUndocumented, "route-undocumented", Proof,
        "describe the operation in a fragment, unmount it, or allow it by name in xtask/accepted/routes.json",
        "The server mounts a path or method that neither the document nor the reviewed list of other routes names: nobody tests it and nobody knows who may call it.";
    RouteMissing, "route-missing", Proof,
        "cargo xtask generate, and mount the dialect in server/src/dialects/mod.rs",
        "Every documented operation is mounted exactly once.";
    RouteForeign, "route-foreign", Proof,
        "give the operation the tag of the dialect that mounts it, or mount it there",
        "An operation is mounted by the dialect that its tag names, or its refusals would be in another dialect's envelope.";
    ClosedAnswers, "closed-answers", Proof,
        "describe the operation in a fragment, or take it out of the server",
        "A request to a path or method that the document does not name is refused as one; whatever else answers is an operation nobody knows of.";
    ClosedRefused, "closed-refused", Proof,
        "mount the operation under its documented method",
        "A documented operation is refused as a wrong method.";
    ClosedAllow, "closed-allow", Proof,
        "let the edge compute Allow from what is mounted",
        "The refusal of a wrong method lists exactly the documented methods of the path, and HEAD beside GET; no other refusal has Allow.";
    ClosedEnvelope, "closed-envelope", Proof,
        "correct x-unmatched, or refuse through the dialect's own DialectEdge::refuse",
        "An unknown path or a wrong method is refused as the tag of the dialect that owns the prefix says (x-unmatched): the headers of that response and no others, its media type, its schema, the codes and texts of its examples.";
    ClosedUnmatched, "closed-unmatched", Proof,
        "write x-base-path and x-unmatched: {path, method} on the tag, or count what nobody answers in the bucket of its own",
        "Every dialect says which prefixes it owns and how it refuses what no operation of it answers; such requests are counted by address and dialect in a bucket of their own, and beyond it stands 429 with Retry-After.";
    ClosedHead, "closed-head", Proof,
        "let the edge answer HEAD as GET without the body",
        "HEAD gives the status and headers of GET, the length included, and no body.";
    ClosedOwner, "closed-owner", Proof,
        "correct x-base-path of the tag, or the operation's path or tag",
        "The base paths of a tag say who refuses what nobody answers, so every operation lies under a base path of its own dialect.";

    // Proof 8: served.
    ServedDocument, "served-document", Proof,
        "serve the committed bytes of openapi/openapi.json, as application/json",
        "What /openapi.json answers is the committed file, byte for byte; a copy would drift.";
    ServedStrict, "served-strict", Proof,
        "look for the line of tessera::strict in the log, and correct the answer or the document",
        "With --strict the server replaces an answer that breaks the document; one that is replaced is one that everybody else gets.";
    ServedDigests, "served-digests", Proof,
        "cargo xtask generate",
        "Beside the document goes a digest of what matters of each operation, and the SDK has the same compiled in: so a client can tell an authority of another document from one whose text differs.";
    SecretShown, "secret-shown", Proof,
        "hold the text as a Secret, and log or store its digest or nothing",
        "What the document marks x-secret, and each credential of a security scheme, is in no line of the log at trace level, in no row of the database, and in no Debug of the server's or the SDK's types.";
    SecretNotMarked, "secret-not-marked", Proof,
        "add x-secret: true, or give it a name that does not promise a secret",
        "A text called a password, secret, token, one-time code, assertion or cookie, and not the type, hint or id of one, carries x-secret, or nothing would look for it.";
    SecretUnseen, "secret-unseen", Proof,
        "let a request or an answer of tests/src/proofs/secrets/ pass through the place, or take the exception out of it",
        "Every place marked x-secret is filled when secrets are searched for; one that never is would pass whatever happened to it, and so would an exception that nothing needs.";
    ServedDocs, "served-docs", Proof,
        "point Swagger UI at /openapi.json and nowhere else",
        "The documentation that people read shows the document that was proven.";

    // Proof 7: compatible.
    BaselineUnreadable, "baseline-unreadable", Proof,
        "name a git revision that has openapi/openapi.json, or a file that is a document",
        "The earlier document that --against names could not be read, so nothing is known about what changed for callers.";
    VersionNotMoved, "version-not-moved", Proof,
        "raise info.version in openapi/document.yaml, then cargo xtask generate",
        "info.version tells callers whether they may upgrade without looking: a break raises the major number (before 1.0.0 the minor one), anything else that is visible at least the patch number.";
    VersionWentBack, "version-went-back", Proof,
        "raise info.version in openapi/document.yaml, then cargo xtask generate",
        "A version that was used once cannot be used for something older or other.";
    VersionUnreadable, "version-unreadable", Proof,
        "write info.version as major.minor.patch",
        "A version that is not three numbers cannot be compared with another.";
    ReleasedSdk, "released-sdk", Proof,
        "keep what the released SDK relies on, or raise info.version as for a break",
        "The SDK of an earlier revision does not get along with today's server, although the version says that it should.";

    // Proof 0: the check itself.
    CheckAsleep, "check-asleep", Proof,
        "repair the proof that lets the drift through; nothing it says can be trusted until then",
        "A few drifts that are always the same are put before each proof on every check; one that is let through means that the check would pass anything.";
}

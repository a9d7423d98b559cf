//! The names of everything that can change between two documents, and what each change means for a caller.

/// What a change asks of those who call the API, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Only what people read is different.
    Documentation,
    /// Every caller of the old document can go on as before.
    Compatible,
    /// Nothing changes over HTTP, but Rust code written against the SDK has to be edited.
    Sdk,
    /// Some caller of the old document is refused, or meets an answer it was not told of.
    Breaking,
}

impl Class {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Documentation => "documentation",
            Self::Compatible => "compatible",
            Self::Sdk => "sdk",
            Self::Breaking => "breaking",
        }
    }
}

/// Which way what is changed travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the caller to the server: accepting less breaks.
    Request,
    /// From the server to the caller: sending more breaks.
    Response,
    /// The change is the same for both.
    Both,
}

/// The remedy of a change that needs none.
const NOTHING_TO_DO: &str = "nothing, beyond the version";

macro_rules! changes {
    ($($variant:ident, $id:literal, $class:ident, $direction:ident, $remedy:expr, $explanation:literal;)+) => {
        /// A kind of change with a stable name; the name may be written into scripts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ChangeRule {
            $(#[doc = $explanation] $variant,)+
        }

        impl ChangeRule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, in kebab case.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }

            /// What such a change asks of callers.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)+ }
            }

            /// Which way what is changed travels.
            #[must_use]
            pub const fn direction(self) -> Direction {
                match self { $(Self::$variant => Direction::$direction,)+ }
            }

            /// How to get what was wanted without such a change.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }

            /// What such a change means for a caller.
            #[must_use]
            pub const fn explain(self) -> &'static str {
                match self { $(Self::$variant => $explanation,)+ }
            }
        }
    };
}

changes! {
    // Operations.
    OperationRemoved, "operation-removed", Breaking, Both, "keep the operation, or deprecate it in one version and remove it in a later one", "Every call of the operation is answered with 404 or 405.";
    DeprecatedOperationRemoved, "deprecated-operation-removed", Breaking, Both, "raise the version; the removal was announced", "Callers that did not heed the deprecation are answered with 404 or 405.";
    OperationAdded, "operation-added", Compatible, Both, NOTHING_TO_DO, "Callers may use a new operation; nobody has to.";
    OperationPathChanged, "operation-path-changed", Breaking, Both, "keep the old path beside the new one", "Calls of the old path are answered with 404.";
    OperationMethodChanged, "operation-method-changed", Breaking, Both, "keep the old method beside the new one", "Calls with the old method are answered with 405.";
    OperationIdRenamed, "operation-id-renamed", Sdk, Both, "keep the operationId", "Requests and answers stay as they are; the method of the SDK has another name.";
    OperationTagChanged, "operation-tag-changed", Documentation, Both, NOTHING_TO_DO, "The operation is shown in another group of the documentation.";
    OperationDeprecated, "operation-deprecated", Compatible, Both, NOTHING_TO_DO, "The operation still works; callers should leave it before it is removed.";
    OperationUndeprecated, "operation-undeprecated", Compatible, Both, NOTHING_TO_DO, "The operation is there to stay.";
    RateBucketChanged, "rate-bucket-changed", Compatible, Both, NOTHING_TO_DO, "The operation shares its rate limit with other operations than before, so callers may be throttled earlier or later.";
    CountedOtherwise, "counted-otherwise", Compatible, Both, NOTHING_TO_DO, "Requests are counted against somebody else than before (the principal, the token or the address), so callers may be throttled earlier or later.";
    OwnerChanged, "owner-changed", Compatible, Both, NOTHING_TO_DO, "Somebody else's thing is answered with another of the declared statuses.";
    CorsClosed, "cors-closed", Breaking, Both, "keep x-cors: any", "Pages of other origins cannot read the answers any more, unless the operator lists them.";
    CorsOpened, "cors-opened", Compatible, Both, NOTHING_TO_DO, "Pages of every origin may read the answers, without credentials.";

    // Parameters.
    RequiredParameterAdded, "required-parameter-added", Breaking, Request, "make it optional, with a default that keeps the old behaviour", "A caller that does not send the new parameter is refused.";
    OptionalParameterAdded, "optional-parameter-added", Compatible, Request, NOTHING_TO_DO, "Callers may send one more parameter.";
    ParameterRemoved, "parameter-removed", Breaking, Request, "keep the parameter and say in its description that it does nothing", "A caller that sends the parameter is not heeded any more.";
    ParameterRenamed, "parameter-renamed", Breaking, Request, "keep the old name, or accept both as optional", "The old name is not heeded any more, and what it said is lost or missed.";
    ParameterMoved, "parameter-moved", Breaking, Request, "keep the parameter where it was", "The parameter is not looked for where callers put it.";
    ParameterBecameRequired, "parameter-became-required", Breaking, Request, "keep it optional, with a default", "A caller that leaves it out is refused.";
    ParameterBecameOptional, "parameter-became-optional", Compatible, Request, NOTHING_TO_DO, "Callers may leave it out.";
    ParameterStyleChanged, "parameter-style-changed", Breaking, Request, "keep style and explode", "Lists and objects are written in another way, so what callers send is read wrongly.";
    PathParameterRenamed, "path-parameter-renamed", Sdk, Request, "keep the name in the template", "The URLs stay as they are; the argument of the SDK has another name.";

    // Request bodies.
    RequiredBodyAdded, "required-body-added", Breaking, Request, "make the body optional", "A caller that sends no body is refused.";
    OptionalBodyAdded, "optional-body-added", Compatible, Request, NOTHING_TO_DO, "Callers may send a body.";
    RequestBodyRemoved, "request-body-removed", Breaking, Request, "keep accepting the body", "What callers say in the body is ignored.";
    RequestBodyBecameRequired, "request-body-became-required", Breaking, Request, "keep the body optional", "A caller that sends no body is refused.";
    RequestBodyBecameOptional, "request-body-became-optional", Compatible, Request, NOTHING_TO_DO, "Callers may leave the body out.";
    RequestMediaTypeAdded, "request-media-type-added", Compatible, Request, NOTHING_TO_DO, "Callers may send the body in one more form.";
    RequestMediaTypeRemoved, "request-media-type-removed", Breaking, Request, "keep accepting the media type", "A caller that sends this form is refused with 415.";

    // What callers send.
    RequestPropertyAdded, "request-property-added", Compatible, Request, NOTHING_TO_DO, "Callers may send one more property.";
    RequiredRequestPropertyAdded, "required-request-property-added", Breaking, Request, "make it optional, with a default that keeps the old behaviour", "A caller that does not send the new property is refused.";
    RequestPropertyRemoved, "request-property-removed", Breaking, Request, "keep the property and say in its description that it does nothing", "A caller that sends the property is refused, or not heeded any more.";
    RequestPropertyRenamed, "request-property-renamed", Breaking, Request, "keep the old name, or accept both as optional", "The old name is refused or ignored, and what it said is missed.";
    RequestPropertyBecameRequired, "request-property-became-required", Breaking, Request, "keep it optional, with a default", "A caller that leaves it out is refused.";
    RequestPropertyBecameOptional, "request-property-became-optional", Compatible, Request, NOTHING_TO_DO, "Callers may leave it out.";
    RequestTypeChanged, "request-type-changed", Breaking, Request, "keep the type; say the new thing in a new property or parameter", "What callers send has the wrong type now and is refused.";
    RequestTypeNarrowed, "request-type-narrowed", Breaking, Request, "keep accepting the old types", "Some of what callers send has the wrong type now and is refused.";
    RequestTypeWidened, "request-type-widened", Compatible, Request, NOTHING_TO_DO, "Callers may send further types.";
    RequestNullForbidden, "request-null-forbidden", Breaking, Request, "keep accepting null", "A caller that sends null is refused.";
    RequestNullAllowed, "request-null-allowed", Compatible, Request, NOTHING_TO_DO, "Callers may send null.";
    RequestFormatChanged, "request-format-changed", Breaking, Request, "keep the format", "What callers send is read by another format and refused or misread.";
    RequestFormatNarrowed, "request-format-narrowed", Breaking, Request, "keep the wider format and check the rest where it is used", "Values that do not have the format are refused.";
    RequestFormatWidened, "request-format-widened", Compatible, Request, NOTHING_TO_DO, "Callers may send values that were refused before.";
    RequestEnumValueAdded, "request-enum-value-added", Compatible, Request, NOTHING_TO_DO, "Callers may send one more value.";
    RequestEnumValueRemoved, "request-enum-value-removed", Breaking, Request, "keep accepting the value", "A caller that sends the value is refused.";
    RequestEnumAdded, "request-enum-added", Breaking, Request, "list the values in the description and accept any", "Every value outside the list is refused, where any was accepted.";
    RequestEnumRemoved, "request-enum-removed", Compatible, Request, NOTHING_TO_DO, "Callers may send any value.";
    RequestBoundTightened, "request-bound-tightened", Breaking, Request, "keep the bound", "Numbers that were accepted are refused.";
    RequestBoundLoosened, "request-bound-loosened", Compatible, Request, NOTHING_TO_DO, "Callers may send numbers that were refused before.";
    RequestMultipleTightened, "request-multiple-tightened", Breaking, Request, "keep accepting every number", "Numbers that are no multiple are refused.";
    RequestMultipleLoosened, "request-multiple-loosened", Compatible, Request, NOTHING_TO_DO, "Callers may send numbers that were refused before.";
    RequestLengthTightened, "request-length-tightened", Breaking, Request, "keep the length", "Texts that were accepted are too short or too long now.";
    RequestLengthLoosened, "request-length-loosened", Compatible, Request, NOTHING_TO_DO, "Callers may send shorter or longer texts.";
    RequestPatternTightened, "request-pattern-tightened", Breaking, Request, "keep the old pattern, or accept what it matched as well", "Texts that do not match the pattern are refused.";
    RequestPatternLoosened, "request-pattern-loosened", Compatible, Request, NOTHING_TO_DO, "Callers may send texts that were refused before.";
    RequestItemCountTightened, "request-item-count-tightened", Breaking, Request, "keep the number of items", "Lists that were accepted have too few or too many items now.";
    RequestItemCountLoosened, "request-item-count-loosened", Compatible, Request, NOTHING_TO_DO, "Callers may send shorter or longer lists.";
    RequestUniqueItemsRequired, "request-unique-items-required", Breaking, Request, "ignore repetitions instead", "A list with an item twice is refused.";
    RequestUniqueItemsWaived, "request-unique-items-waived", Compatible, Request, NOTHING_TO_DO, "Callers may send a list with an item twice.";
    RequestPropertyCountTightened, "request-property-count-tightened", Breaking, Request, "keep the number of members", "Objects that were accepted have too few or too many members now.";
    RequestPropertyCountLoosened, "request-property-count-loosened", Compatible, Request, NOTHING_TO_DO, "Callers may send objects with fewer or more members.";
    RequestUnknownPropertiesForbidden, "request-unknown-properties-forbidden", Breaking, Request, "keep ignoring unknown members", "A caller that sends members the document does not name is refused.";
    RequestUnknownPropertiesAllowed, "request-unknown-properties-allowed", Compatible, Request, NOTHING_TO_DO, "Members the document does not name are not refused any more.";
    RequestVariantAdded, "request-variant-added", Compatible, Request, NOTHING_TO_DO, "Callers may send one more alternative.";
    RequestVariantRemoved, "request-variant-removed", Breaking, Request, "keep accepting the alternative", "A caller that sends the alternative is refused.";
    RequestDiscriminatorChanged, "request-discriminator-changed", Breaking, Request, "keep the discriminator", "Which alternative is meant is told by another member or another value.";
    RequestDefaultAdded, "request-default-added", Compatible, Request, NOTHING_TO_DO, "Leaving it out now has a stated meaning.";
    RequestDefaultChanged, "request-default-changed", Breaking, Request, "keep the default", "Leaving it out means something else than before.";
    RequestDefaultRemoved, "request-default-removed", Breaking, Request, "keep the default", "Leaving it out has no stated meaning any more.";

    // Answers.
    SuccessStatusChanged, "success-status-changed", Breaking, Response, "keep the status", "A caller that waits for the old status takes the success for a failure.";
    SuccessStatusAdded, "success-status-added", Breaking, Response, "answer with the status there is", "An answer may succeed in a way that callers do not know.";
    SuccessStatusRemoved, "success-status-removed", Breaking, Response, "keep the status", "A success that callers count on does not come any more.";
    ErrorStatusAdded, "error-status-added", Compatible, Response, NOTHING_TO_DO, "A refusal may have one more status; callers have to treat an unknown 4xx or 5xx as a failure anyway.";
    ErrorStatusRemoved, "error-status-removed", Compatible, Response, NOTHING_TO_DO, "A refusal that callers may handle does not come any more.";
    ResponseBodyAdded, "response-body-added", Compatible, Response, NOTHING_TO_DO, "The answer has a body where it had none.";
    ResponseBodyRemoved, "response-body-removed", Breaking, Response, "keep the body", "The body that callers read does not come any more.";
    ResponseMediaTypeAdded, "response-media-type-added", Breaking, Response, "send the new form only to callers that ask for it in a new operation", "The answer may come in a form that callers do not know.";
    ResponseMediaTypeRemoved, "response-media-type-removed", Breaking, Response, "keep the media type", "A caller that asks for this form does not get it.";
    ResponseMediaTypeChanged, "response-media-type-changed", Breaking, Response, "keep the media type", "The answer comes in a form that callers do not expect.";
    RefusalAdded, "refusal-added", Breaking, Response, "answer refusals with a 4xx", "A success status may now carry a refusal, which callers take for a success.";
    RefusalChanged, "refusal-changed", Breaking, Response, "keep the mark", "Callers tell a refusal from a success by a mark that is not there any more.";
    RefusalRemoved, "refusal-removed", Breaking, Response, "keep the mark", "What callers look for to recognise a refusal is not promised any more.";
    ResponsePropertyAdded, "response-property-added", Compatible, Response, NOTHING_TO_DO, "The answer says more than before.";
    ClosedResponsePropertyAdded, "closed-response-property-added", Breaking, Response, "open the object in one version, add the property in the next", "The answer has a member that the released document forbids, so strict callers (the released SDK is one) refuse it.";
    ResponsePropertyRemoved, "response-property-removed", Breaking, Response, "keep sending it", "A caller that reads the property finds nothing.";
    OptionalResponsePropertyRemoved, "optional-response-property-removed", Breaking, Response, "keep sending it", "A caller that reads the property when it is there never finds it again.";
    ResponsePropertyRenamed, "response-property-renamed", Breaking, Response, "send both names", "A caller that reads the old name finds nothing.";
    ResponsePropertyBecameRequired, "response-property-became-required", Compatible, Response, NOTHING_TO_DO, "Callers can count on the property.";
    ResponsePropertyBecameOptional, "response-property-became-optional", Breaking, Response, "keep sending it", "A caller that counts on the property may not find it.";
    ResponseTypeChanged, "response-type-changed", Breaking, Response, "keep the type; say the new thing in a new property", "Callers that read the old type fail.";
    ResponseTypeNarrowed, "response-type-narrowed", Compatible, Response, NOTHING_TO_DO, "Callers meet fewer types than they were told.";
    ResponseTypeWidened, "response-type-widened", Breaking, Response, "keep the type; say the new thing in a new property", "Callers meet a type that they do not know.";
    ResponseNullForbidden, "response-null-forbidden", Compatible, Response, NOTHING_TO_DO, "Callers do not meet null any more.";
    ResponseNullAllowed, "response-null-allowed", Breaking, Response, "send a value, or leave an optional property out", "Callers meet null where there always was a value.";
    ResponseFormatChanged, "response-format-changed", Breaking, Response, "keep the format; say the new thing in a new property", "Callers read the value by another format than it has.";
    ResponseFormatNarrowed, "response-format-narrowed", Compatible, Response, NOTHING_TO_DO, "The value keeps to a stricter format than callers were told.";
    ResponseFormatWidened, "response-format-widened", Breaking, Response, "keep the format", "The value may not have the format that callers parse.";
    ResponseEnumValueAdded, "response-enum-value-added", Breaking, Response, "add the value only where callers ask for it, or say in one version that the list is open", "Callers, and the enum of the released SDK, do not know the value.";
    ResponseEnumValueRemoved, "response-enum-value-removed", Compatible, Response, NOTHING_TO_DO, "A value that callers may handle does not come any more.";
    ResponseEnumAdded, "response-enum-added", Compatible, Response, NOTHING_TO_DO, "Callers can count on the listed values.";
    ResponseEnumRemoved, "response-enum-removed", Breaking, Response, "keep the list", "Any value may come where callers were told which.";
    ResponseBoundTightened, "response-bound-tightened", Compatible, Response, NOTHING_TO_DO, "The number keeps to stricter bounds than callers were told.";
    ResponseBoundLoosened, "response-bound-loosened", Breaking, Response, "keep the bound", "The number may be outside of what callers have room for.";
    ResponseMultipleTightened, "response-multiple-tightened", Compatible, Response, NOTHING_TO_DO, "The number is always a multiple.";
    ResponseMultipleLoosened, "response-multiple-loosened", Breaking, Response, "keep the multiple", "The number may not be the multiple that callers count on.";
    ResponseLengthTightened, "response-length-tightened", Compatible, Response, NOTHING_TO_DO, "The text keeps to stricter lengths than callers were told.";
    ResponseLengthLoosened, "response-length-loosened", Breaking, Response, "keep the length", "The text may be shorter or longer than callers have room for.";
    ResponsePatternTightened, "response-pattern-tightened", Compatible, Response, NOTHING_TO_DO, "The text keeps to a pattern.";
    ResponsePatternLoosened, "response-pattern-loosened", Breaking, Response, "keep the pattern", "The text may not match what callers take apart.";
    ResponseItemCountTightened, "response-item-count-tightened", Compatible, Response, NOTHING_TO_DO, "The list keeps to stricter counts than callers were told.";
    ResponseItemCountLoosened, "response-item-count-loosened", Breaking, Response, "keep the number of items", "The list may have fewer or more items than callers count on.";
    ResponseUniqueItemsPromised, "response-unique-items-promised", Compatible, Response, NOTHING_TO_DO, "No item comes twice.";
    ResponseUniqueItemsWaived, "response-unique-items-waived", Breaking, Response, "keep the items unique", "An item may come twice.";
    ResponsePropertyCountTightened, "response-property-count-tightened", Compatible, Response, NOTHING_TO_DO, "The object keeps to stricter counts than callers were told.";
    ResponsePropertyCountLoosened, "response-property-count-loosened", Breaking, Response, "keep the number of members", "The object may have fewer or more members than callers count on.";
    ResponseUnknownPropertiesForbidden, "response-unknown-properties-forbidden", Compatible, Response, NOTHING_TO_DO, "Only the members that the document names come.";
    ResponseUnknownPropertiesAllowed, "response-unknown-properties-allowed", Breaking, Response, "keep the object closed", "Members may come that strict callers refuse.";
    ResponseVariantAdded, "response-variant-added", Breaking, Response, "send the alternative only where callers ask for it", "Callers meet an alternative that they do not know.";
    ResponseVariantRemoved, "response-variant-removed", Compatible, Response, NOTHING_TO_DO, "An alternative that callers may handle does not come any more.";
    ResponseDiscriminatorChanged, "response-discriminator-changed", Breaking, Response, "keep the discriminator", "Callers tell the alternatives apart by a member that says something else.";
    ResponseDefaultChanged, "response-default-changed", Documentation, Response, NOTHING_TO_DO, "The document says something else about a member that is left out of an answer.";
    OpenEnumValuesChanged, "open-enum-values-changed", Compatible, Both, NOTHING_TO_DO, "The known values of an open list changed; callers have to expect unknown ones anyway.";

    // Headers of answers.
    ResponseHeaderAdded, "response-header-added", Compatible, Response, NOTHING_TO_DO, "The answer has one more header.";
    ResponseHeaderRemoved, "response-header-removed", Breaking, Response, "keep sending the header", "The header that callers read does not come any more.";
    ResponseHeaderBecameOptional, "response-header-became-optional", Breaking, Response, "keep sending it on every answer", "A caller that counts on the header may not find it.";
    ResponseHeaderBecameRequired, "response-header-became-required", Compatible, Response, NOTHING_TO_DO, "Callers can count on the header.";
    StampChanged, "stamp-changed", Documentation, Response, NOTHING_TO_DO, "The header is put on answers by another part of the server; its value keeps its meaning.";

    // Security.
    SecurityAlternativeAdded, "security-alternative-added", Compatible, Request, NOTHING_TO_DO, "Callers may identify themselves in one more way.";
    SecurityAlternativeRemoved, "security-alternative-removed", Breaking, Request, "keep accepting the credential", "Callers that identify themselves in this way are refused.";
    SecurityRequirementAdded, "security-requirement-added", Breaking, Request, "accept the old credential as an alternative", "Callers that send the one credential are refused until they send the other as well.";
    SecurityRequirementRemoved, "security-requirement-removed", Compatible, Request, NOTHING_TO_DO, "One credential is enough where several were needed.";
    SecurityScopeAdded, "security-scope-added", Breaking, Request, "grant the scope to every token there is, in an earlier version", "Tokens without the scope are refused.";
    SecurityScopeRemoved, "security-scope-removed", Compatible, Request, NOTHING_TO_DO, "Tokens without the scope are accepted.";
    SecurityAnonymousForbidden, "security-anonymous-forbidden", Breaking, Request, "keep the operation open", "Callers without a credential are refused.";
    SecurityAnonymousAllowed, "security-anonymous-allowed", Compatible, Request, NOTHING_TO_DO, "Callers need no credential.";
    SecuritySchemeTypeChanged, "security-scheme-type-changed", Breaking, Request, "add the new scheme as an alternative", "The credential that callers have is of the wrong kind.";
    SecuritySchemeLocationChanged, "security-scheme-location-changed", Breaking, Request, "add the new place as an alternative", "The credential is not looked for where callers put it.";
    SecuritySchemeNameChanged, "security-scheme-name-changed", Breaking, Request, "add the new name as an alternative", "The credential is looked for under another name.";
    CredentialTextChanged, "credential-text-changed", Breaking, Request, "add a scheme with the new text as an alternative", "The credential that callers have is sent as a text that is not read any more.";
    OneProofChanged, "one-proof-changed", Sdk, Request, "keep x-one-proof", "Requests stay as they are; the SDK chooses other credentials to send together.";
    SecuritySchemeRenamed, "security-scheme-renamed", Sdk, Both, "keep the name of the scheme", "Requests stay as they are; the SDK names the credential differently.";

    // The rest.
    BasePathsChanged, "base-paths-changed", Compatible, Both, NOTHING_TO_DO, "Operations stay where they are; an unknown path may be refused by another dialect, or in nobody's form.";
    UnmatchedChanged, "unmatched-changed", Compatible, Response, NOTHING_TO_DO, "Operations answer as before; whether the document says how an unknown path and a wrong method are refused is different.";
    ServerAdded, "server-added", Compatible, Both, NOTHING_TO_DO, "The API has one more address.";
    ServerRemoved, "server-removed", Breaking, Both, "keep the address, and redirect it", "Callers of this address reach nothing.";
    TypeRenamed, "type-renamed", Sdk, Both, "keep the name of the component", "Requests and answers stay as they are; the Rust type of the SDK has another name.";
    ErrorPlacesChanged, "error-places-changed", Sdk, Response, "keep x-error, or let it point at the same facts", "Answers stay as they are; code, message or wait of the SDK's errors come from elsewhere.";
    SessionKeepingChanged, "session-keeping-changed", Sdk, Response, "keep x-credential", "Answers stay as they are; the SDK keeps the session of another scheme, or none.";
    SecretMarked, "secret-marked", Sdk, Both, NOTHING_TO_DO, "The wire stays as it is; the SDK holds the value as a Secret instead of a String, and it is hidden in logs.";
    SecretUnmarked, "secret-unmarked", Sdk, Both, "keep x-secret", "The wire stays as it is; the SDK holds the value as a String instead of a Secret, and it is not hidden in logs.";
    ElementDeprecated, "element-deprecated", Compatible, Both, NOTHING_TO_DO, "The parameter, property or header still works; callers should leave it before it is removed.";
    ElementUndeprecated, "element-undeprecated", Compatible, Both, NOTHING_TO_DO, "The parameter, property or header is there to stay.";
    KeywordChanged, "keyword-changed", Breaking, Both, "keep the keyword as it was, or say the change with keywords that the comparison knows", "The comparison does not know what the keyword means for callers and expects the worst.";
    ExtensionChanged, "extension-changed", Documentation, Both, NOTHING_TO_DO, "An extension that changes neither requests nor answers says something else.";
    DocumentationChanged, "documentation-changed", Documentation, Both, NOTHING_TO_DO, "Only texts changed.";
    ExampleChanged, "example-changed", Documentation, Both, NOTHING_TO_DO, "Only examples changed.";
    InfoChanged, "info-changed", Documentation, Both, NOTHING_TO_DO, "Only the description of the document itself changed.";
}

impl ChangeRule {
    /// The rule of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl std::fmt::Display for ChangeRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

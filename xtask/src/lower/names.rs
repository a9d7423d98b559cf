//! The words of OpenAPI that lowering walks along: methods, component maps, keywords of JSON Schema.

/// The methods a path item can hold.
pub(super) const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Keywords that only annotate: losing sight of them beside a reference changes no value's validity.
pub(super) const ANNOTATIONS: &[&str] = &[
    "title",
    "summary",
    "description",
    "deprecated",
    "readOnly",
    "writeOnly",
    "example",
    "examples",
    "externalDocs",
    "default",
    "xml",
];

/// Keywords of 2020-12 that 3.0 lacks and that lowering drops.
pub(super) const DROPPED_KEYWORDS: &[&str] = &[
    "$id",
    "$schema",
    "$comment",
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$vocabulary",
    "$defs",
    "contentMediaType",
    "contentEncoding",
    "contentSchema",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "propertyNames",
    "contains",
    "minContains",
    "maxContains",
    "unevaluatedItems",
];

/// Keywords whose value is one schema.
pub(super) const SCHEMA_KEYWORDS: &[&str] = &["items", "additionalProperties", "not"];

/// Keywords whose value is a list of schemas.
pub(super) const SCHEMA_LIST_KEYWORDS: &[&str] = &["allOf", "anyOf", "oneOf"];

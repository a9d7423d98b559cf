//! The catalogue of flipped rules: one wrong idea of the generator, the lowering or the wire runtime each.
//!
//! The word `FLIPPED` in a replacement is the switch of that flip: `false` leaves the rule as it is, so all
//! flips of one folder are compiled together and one of them is turned on at a time.

/// One rule that is turned into a wrong one.
#[derive(Debug, Clone, Copy)]
pub struct Flip {
    /// Stable name.
    pub name: &'static str,
    /// The file, relative to the root of the project.
    pub file: &'static str,
    /// What must occur in it exactly once.
    pub find: &'static str,
    /// What stands there instead.
    pub replace: &'static str,
}

const fn flip(
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
) -> Flip {
    Flip {
        name,
        file,
        find,
        replace,
    }
}

const SHAPES: &str = "xtask/src/server_gen/shapes.rs";
const CALLS: &str = "xtask/src/server_gen/calls.rs";
const ANSWERS: &str = "xtask/src/server_gen/answers.rs";
const TYPES: &str = "xtask/src/server_gen/types.rs";
const META: &str = "xtask/src/server_gen/meta.rs";
const READ: &str = "xtask/src/server_gen/read.rs";
const BINDING: &str = "xtask/src/server_gen/binding.rs";

/// Rules of the server generator.
pub const SERVER: &[Flip] = &[
    flip(
        "required members may be missing",
        SHAPES,
        "let needed = required.iter()",
        "let needed = !FLIPPED && required.iter()",
    ),
    flip(
        "closed objects are open",
        SHAPES,
        "Some(Value::Bool(false)) => quote!(None),",
        "Some(Value::Bool(false)) if !FLIPPED => quote!(None),",
    ),
    flip(
        "minItems is not checked",
        SHAPES,
        "bounds(schema, \"minItems\", \"maxItems\")",
        "bounds(schema, if FLIPPED { \"\" } else { \"minItems\" }, \"maxItems\")",
    ),
    flip(
        "uniqueItems is not checked",
        SHAPES,
        "let unique = flag(schema, \"uniqueItems\");",
        "let unique = !FLIPPED && flag(schema, \"uniqueItems\");",
    ),
    flip(
        "lengths are not checked",
        SHAPES,
        "bounds(schema, \"minLength\", \"maxLength\")",
        "if FLIPPED { bounds(schema, \"\", \"\") } else { bounds(schema, \"minLength\", \"maxLength\") }",
    ),
    flip(
        "patterns are not checked",
        SHAPES,
        "let pattern = option(text(schema, \"pattern\"));",
        "let pattern = option(text(schema, \"pattern\").filter(|_| !FLIPPED));",
    ),
    flip(
        "the values of an enum are not checked",
        SHAPES,
        "let values = array(schema, \"enum\").iter().filter_map(Value::as_str);",
        "let values = array(schema, \"enum\").iter().filter_map(Value::as_str).filter(|_| !FLIPPED);",
    ),
    flip(
        "bounds of integers are not checked",
        SHAPES,
        "Literal::i64_unsuffixed(schema.get(key).and_then(Value::as_i64).unwrap_or(limit))",
        "Literal::i64_unsuffixed(schema.get(key).and_then(Value::as_i64).filter(|_| !FLIPPED).unwrap_or(limit))",
    ),
    flip(
        "an upper bound is one too high",
        SHAPES,
        ".and_then(Value::as_u64)\n            .map(Literal::u64_unsuffixed)",
        ".and_then(Value::as_u64)\n            .map(|bound| if FLIPPED && key == high { bound + 1 } else { bound })\n            .map(Literal::u64_unsuffixed)",
    ),
    flip(
        "a lower bound is one too high",
        SHAPES,
        "let min = read(low).map_or_else(|| quote!(0), |bound| quote!(#bound));",
        "let min = read(low).map_or_else(|| quote!(0), |bound| if FLIPPED { quote!(#bound + 1) } else { quote!(#bound) });",
    ),
    flip(
        "what a reference leads to is not checked",
        SHAPES,
        "return quote!(&#ident);",
        "return if FLIPPED { quote!(&wire::Shape::Any) } else { quote!(&#ident) };",
    ),
    flip(
        "alternatives are not checked",
        SHAPES,
        "if schema.get(\"oneOf\").is_some() {",
        "if schema.get(\"oneOf\").is_some() && !FLIPPED {",
    ),
    flip(
        "of credentials that go together one is enough",
        CALLS,
        "tests.push(quote!((#(#present.is_some())&&*)));",
        "tests.push(if FLIPPED { quote!((#(#present.is_some())||*)) } else { quote!((#(#present.is_some())&&*)) });",
    ),
    flip(
        "of alternatives all credentials are needed",
        CALLS,
        "Some(quote! {\n        if !(#(#tests)||*) {",
        "let needed = if FLIPPED { quote!(#(#tests)&&*) } else { quote!(#(#tests)||*) };\n    Some(quote! {\n        if !(#needed) {",
    ),
    flip(
        "JSON is read where only a form is documented",
        CALLS,
        "has(\"application/json\"),",
        "FLIPPED || has(\"application/json\"),",
    ),
    flip(
        "a form is read where only JSON is documented",
        CALLS,
        "has(\"application/x-www-form-urlencoded\"),",
        "FLIPPED || has(\"application/x-www-form-urlencoded\"),",
    ),
    flip(
        "no form is read",
        CALLS,
        "let (json, form, required) = (",
        "let has = |media_type: &str| has(media_type) && !(FLIPPED && media_type.contains(\"form\"));\n        let (json, form, required) = (",
    ),
    flip(
        "an optional body is needed",
        CALLS,
        "let forms = quote!(",
        "let forms = if FLIPPED { quote!(wire::BodyForms { json: #json, form: #form, required: true }) } else { quote!(wire::BodyForms { json: #json, form: #form, required: #required }) };\n        let _ = quote!(",
    ),
    flip(
        "parameters of the query are not read",
        CALLS,
        "\"query\" => quote!(wire::query_parameter(request, #name)?),",
        "\"query\" if !FLIPPED => quote!(wire::query_parameter(request, #name)?),",
    ),
    flip(
        "parameters of the path are read from the query",
        CALLS,
        "_ => quote!(wire::path_parameter(request, #name)),",
        "_ if FLIPPED => quote!(wire::query_parameter(request, #name)?),\n        _ => quote!(wire::path_parameter(request, #name)),",
    ),
    flip(
        "a key of the query is read from the headers",
        CALLS,
        "quote!(wire::query_credential(request, #name)?),",
        "if FLIPPED { quote!(wire::header_credential(request, #name)?) } else { quote!(wire::query_credential(request, #name)?) },",
    ),
    flip(
        "a key of a cookie is read from the headers",
        CALLS,
        "quote!(wire::cookie_credential(request, #name)),",
        "if FLIPPED { quote!(wire::header_credential(request, #name)?) } else { quote!(wire::cookie_credential(request, #name)) },",
    ),
    flip(
        "headers of one value are not sent",
        ANSWERS,
        ".filter(|header| !header.stamped)\n        .filter_map(",
        ".filter(|header| !header.stamped && !FLIPPED)\n        .filter_map(",
    ),
    flip(
        "headers have another name",
        ANSWERS,
        "let name = header.name.to_ascii_lowercase();",
        "let name = if FLIPPED { format!(\"x-{}\", header.name.to_ascii_lowercase()) } else { header.name.to_ascii_lowercase() };",
    ),
    flip(
        "answers have another media type",
        ANSWERS,
        "quote!(wire::json_response(#status, #media_type, &self.body))",
        "if FLIPPED { quote!(wire::json_response(#status, \"application/problem+json\", &self.body)) } else { quote!(wire::json_response(#status, #media_type, &self.body)) }",
    ),
    flip(
        "a body that is empty has no media type",
        ANSWERS,
        "quote!(wire::empty_response(#status, Some(#media_type)))",
        "if FLIPPED { quote!(wire::empty_response(#status, None)) } else { quote!(wire::empty_response(#status, Some(#media_type))) }",
    ),
    flip(
        "201 is 200",
        ANSWERS,
        "201 => \"CREATED\",",
        "201 => if FLIPPED { \"OK\" } else { \"CREATED\" },",
    ),
    flip(
        "204 is 200",
        ANSWERS,
        "204 => \"NO_CONTENT\",",
        "204 => if FLIPPED { \"OK\" } else { \"NO_CONTENT\" },",
    ),
    flip(
        "403 is 401",
        ANSWERS,
        "403 => \"FORBIDDEN\",",
        "403 => if FLIPPED { \"UNAUTHORIZED\" } else { \"FORBIDDEN\" },",
    ),
    flip(
        "413 is 400",
        ANSWERS,
        "413 => \"PAYLOAD_TOO_LARGE\",",
        "413 => if FLIPPED { \"BAD_REQUEST\" } else { \"PAYLOAD_TOO_LARGE\" },",
    ),
    flip(
        "503 is 500",
        ANSWERS,
        "503 => \"SERVICE_UNAVAILABLE\",",
        "503 => if FLIPPED { \"INTERNAL_SERVER_ERROR\" } else { \"SERVICE_UNAVAILABLE\" },",
    ),
    flip(
        "members are called as in Rust",
        TYPES,
        "let mut attributes = vec![quote!(rename = #property)];",
        "let wire_name = if FLIPPED { property.to_snake_case() } else { property.to_owned() };\n        let mut attributes = vec![quote!(rename = #wire_name)];",
    ),
    flip(
        "required members are optional",
        TYPES,
        "None if required => rust,",
        "None if required && !FLIPPED => rust,",
    ),
    flip(
        "what is absent is null",
        TYPES,
        "self.items.push(quote! {\n            #docs\n            #[derive(Debug, Clone, Object)]\n            #[oai(skip_serializing_if_is_none)]",
        "let skip = (!FLIPPED).then(|| quote!(#[oai(skip_serializing_if_is_none)]));\n        self.items.push(quote! {\n            #docs\n            #[derive(Debug, Clone, Object)]\n            #skip",
    ),
    flip(
        "int32 is int64",
        TYPES,
        "(Some(\"integer\"), Some(\"int32\")) => Ok(quote!(i32)),",
        "(Some(\"integer\"), Some(\"int32\")) if FLIPPED => Ok(quote!(i64)),\n        (Some(\"integer\"), Some(\"int32\")) => Ok(quote!(i32)),",
    ),
    flip(
        "formats of texts are forgotten",
        TYPES,
        "match text(schema, \"format\").as_deref() {\n        None => Ok(quote!(String)),",
        "match text(schema, \"format\").filter(|_| !FLIPPED).as_deref() {\n        None => Ok(quote!(String)),",
    ),
    flip(
        "secrets are plain texts",
        TYPES,
        "if flag(schema, \"x-secret\") {",
        "if flag(schema, \"x-secret\") && !FLIPPED {",
    ),
    flip(
        "values of enums are in upper case",
        TYPES,
        "let doc = format!(\" `{wire_name}`\");",
        "let upper = wire_name.to_uppercase();\n            let doc = format!(\" `{wire_name}`\");\n            let wire_name = if FLIPPED { upper.as_str() } else { wire_name };",
    ),
    flip(
        "patterns are not emitted",
        TYPES,
        "found.push(quote!(pattern = #pattern));",
        "if !FLIPPED { found.push(quote!(pattern = #pattern)); }",
    ),
    flip(
        "alternatives of security are not emitted",
        META,
        "let security = operation.security.iter().map(|alternative| {",
        "let security = operation.security.iter().take(if FLIPPED { 1 } else { usize::MAX }).map(|alternative| {",
    ),
    flip(
        "headers are not emitted",
        META,
        "let headers = answer.headers.iter().map(|header| {",
        "let headers = answer.headers.iter().filter(|_| !FLIPPED).map(|header| {",
    ),
    flip(
        "parameters are emitted as required",
        META,
        "let (name, required) = (&parameter.name, parameter.required);",
        "let (name, required) = (&parameter.name, parameter.required || FLIPPED);",
    ),
    flip(
        "stamped headers are the handlers' business",
        READ,
        "stamped: flag(header, \"x-stamped\"),",
        "stamped: !FLIPPED && flag(header, \"x-stamped\"),",
    ),
    flip(
        "optional headers are required",
        READ,
        "required: !flag(header, \"x-optional\"),",
        "required: FLIPPED || !flag(header, \"x-optional\"),",
    ),
    flip(
        "buckets are forgotten",
        READ,
        "rate_bucket: text(operation, \"x-rate-bucket\")",
        "rate_bucket: text(operation, \"x-rate-bucket\").filter(|_| !FLIPPED)",
    ),
    flip(
        "operations answer to another method",
        BINDING,
        "let (method, endpoint) = (\n            format_ident!(\"{}\", operation.method.to_uppercase()),",
        "let (method, endpoint) = (\n            format_ident!(\"{}\", if FLIPPED { \"PUT\".to_owned() } else { operation.method.to_uppercase() }),",
    ),
    flip(
        "operations are mounted under another path",
        BINDING,
        "let path = operation.path.replace('{', \":\").replace('}', \"\");",
        "let path = operation.path.replace('{', \":\").replace('}', \"\") + if FLIPPED { \"/\" } else { \"\" };",
    ),
    flip(
        "the first operation is not mounted",
        BINDING,
        "let mounts = dialect.operations.iter().map(|operation| {",
        "let mounts = dialect.operations.iter().skip(usize::from(FLIPPED)).map(|operation| {",
    ),
];

const OPERATIONS: &str = "xtask/src/sdk_gen/operations.rs";
const HEADERS: &str = "xtask/src/sdk_gen/headers.rs";
const LIFTING: &str = "xtask/src/sdk_gen/lifting.rs";
const PROGENITOR: &str = "xtask/src/sdk_gen/progenitor_run.rs";
const LOWER_SCHEMAS: &str = "xtask/src/lower/schemas.rs";
const LOWER_RESPONSES: &str = "xtask/src/lower/responses.rs";
const LOWER_OPERATIONS: &str = "xtask/src/lower/operations.rs";
const LOWER_COMPONENTS: &str = "xtask/src/lower/components.rs";

/// Rules of the SDK generator and of the lowering.
pub const SDK: &[Flip] = &[
    flip(
        "of credentials that go together one is sent",
        OPERATIONS,
        ".map(|schemes| schemes.keys().cloned().collect())",
        ".map(|schemes| schemes.keys().take(if FLIPPED { 1 } else { usize::MAX }).cloned().collect())",
    ),
    flip(
        "alternatives of security are forgotten",
        OPERATIONS,
        ".filter_map(Value::as_object)\n        .map(|schemes|",
        ".filter_map(Value::as_object)\n        .take(if FLIPPED { 1 } else { usize::MAX })\n        .map(|schemes|",
    ),
    flip(
        "answers without a body are undeclared",
        OPERATIONS,
        ".filter(|loss| loss.kind == LoweringRule::BodylessError.name())",
        ".filter(|loss| !FLIPPED && loss.kind == LoweringRule::BodylessError.name())",
    ),
    flip(
        "bearer tokens travel as Basic",
        OPERATIONS,
        "(\"http\", \"bearer\") => Some(quote! { Placement::Bearer }),",
        "(\"http\", \"bearer\") if FLIPPED => Some(quote! { Placement::Basic }),\n        (\"http\", \"bearer\") => Some(quote! { Placement::Bearer }),",
    ),
    flip(
        "keys of the query travel in the headers",
        OPERATIONS,
        "(\"apiKey\", \"query\") => Some(quote! { Placement::Query(#name) }),",
        "(\"apiKey\", \"query\") if FLIPPED => Some(quote! { Placement::Header(#name) }),\n        (\"apiKey\", \"query\") => Some(quote! { Placement::Query(#name) }),",
    ),
    flip(
        "keys of cookies travel in the headers",
        OPERATIONS,
        "(\"apiKey\", \"cookie\") => Some(quote! { Placement::Cookie(#name) }),",
        "(\"apiKey\", \"cookie\") if FLIPPED => Some(quote! { Placement::Header(#name) }),\n        (\"apiKey\", \"cookie\") => Some(quote! { Placement::Cookie(#name) }),",
    ),
    flip(
        "the table of operations has another path",
        OPERATIONS,
        "path: path.clone(),",
        "path: if FLIPPED { format!(\"{path}/\") } else { path.clone() },",
    ),
    flip(
        "headers are read under another name",
        HEADERS,
        "let name = header.name.to_lowercase();",
        "let name = if FLIPPED { header.name.replace('-', \"_\").to_lowercase() } else { header.name.to_lowercase() };",
    ),
    flip(
        "headers of integers are texts",
        HEADERS,
        "} else if header.pointer(\"/schema/type\") == Some(&Value::from(\"integer\")) {",
        "} else if !FLIPPED && header.pointer(\"/schema/type\") == Some(&Value::from(\"integer\")) {",
    ),
    flip(
        "secret headers are texts",
        HEADERS,
        "let reading = if secret.contains(&Some(&Value::Bool(true))) {",
        "let reading = if !FLIPPED && secret.contains(&Some(&Value::Bool(true))) {",
    ),
    flip(
        "a refusal under 200 is a success",
        LIFTING,
        "if response.get(\"x-refusal\").is_none() {",
        "if FLIPPED || response.get(\"x-refusal\").is_none() {",
    ),
    flip(
        "success and refusal under 200 are exchanged",
        LIFTING,
        "let Ok([success, refusal]) = <[String; 2]>::try_from(names) else {",
        "let names: Vec<String> = if FLIPPED { names.into_iter().rev().collect() } else { names };\n        let Ok([success, refusal]) = <[String; 2]>::try_from(names) else {",
    ),
    flip(
        "secrets are plain texts in the SDK",
        PROGENITOR,
        "let secret = fields.get(\"x-secret\") == Some(&Value::Bool(true))",
        "let secret = !FLIPPED && fields.get(\"x-secret\") == Some(&Value::Bool(true))",
    ),
    flip(
        "null is not allowed",
        LOWER_SCHEMAS,
        "let nullable = types.contains(&Value::from(\"null\"));",
        "let nullable = !FLIPPED && types.contains(&Value::from(\"null\"));",
    ),
    flip(
        "an enum loses its last value",
        LOWER_SCHEMAS,
        "self.dropped_keywords(fields, pointer);",
        "self.dropped_keywords(fields, pointer);\n                if FLIPPED && let Some(Value::Array(values)) = fields.get_mut(\"enum\") && values.len() > 1 { values.pop(); }",
    ),
    flip(
        "nothing is required",
        LOWER_SCHEMAS,
        "constant(fields);\n",
        "constant(fields);\n                if FLIPPED { fields.shift_remove(\"required\"); }\n",
    ),
    flip(
        "everything is required",
        LOWER_SCHEMAS,
        "self.prefix_items(fields, pointer);\n",
        "self.prefix_items(fields, pointer);\n                if FLIPPED && let Some(names) = fields.get(\"properties\").and_then(Value::as_object).map(|all| all.keys().cloned().map(Value::from).collect()) { fields.insert(\"required\".to_owned(), Value::Array(names)); }\n",
    ),
    flip(
        "int64 is int32",
        LOWER_SCHEMAS,
        "null_alternative(fields);\n",
        "null_alternative(fields);\n                if FLIPPED && fields.get(\"format\") == Some(&Value::from(\"int64\")) { fields.insert(\"format\".to_owned(), Value::from(\"int32\")); }\n",
    ),
    flip(
        "a refusal that has no body goes without a trace",
        LOWER_RESPONSES,
        "self.lose(rule, &join(pointer, status), \"undeclared to the client\");",
        "if !FLIPPED { self.lose(rule, &join(pointer, status), \"undeclared to the client\"); }",
    ),
    flip(
        "the last error of an operation is undeclared",
        LOWER_RESPONSES,
        "self.one_error(responses, document, &at, &id);",
        "if FLIPPED && let Some(last) = responses.keys().next_back().cloned() { responses.shift_remove(&last); }\n        self.one_error(responses, document, &at, &id);",
    ),
    flip(
        "an optional body goes without a trace",
        LOWER_OPERATIONS,
        "if optional {",
        "if optional && !FLIPPED {",
    ),
    flip(
        "parameters of the query are dropped",
        LOWER_OPERATIONS,
        "if target.get(\"in\") == Some(&Value::from(\"cookie\")) {",
        "if FLIPPED && target.get(\"in\") == Some(&Value::from(\"query\")) {\n            } else if target.get(\"in\") == Some(&Value::from(\"cookie\")) {",
    ),
    flip(
        "a form is preferred to JSON",
        LOWER_COMPONENTS,
        ".find(|name| is_json(name) || is_structured_json(name))",
        ".find(|name| if FLIPPED { is_form(name) } else { is_json(name) || is_structured_json(name) })",
    ),
    flip(
        "parameters are texts",
        LOWER_COMPONENTS,
        "self.schema_of(parameter, pointer);\n",
        "if FLIPPED && let Some(fields) = parameter.as_object_mut() { fields.insert(\"schema\".to_owned(), json!({\"type\": \"string\"})); }\n        self.schema_of(parameter, pointer);\n",
    ),
];

const WIRE_SHAPE: &str = "server/src/generated/wire/shape.rs";
const WIRE_READ: &str = "server/src/generated/wire/read.rs";
const WIRE_JSON: &str = "server/src/generated/wire/json.rs";
const WIRE_RENDER: &str = "server/src/generated/wire/render.rs";
const WIRE_TYPES: &str = "server/src/generated/wire/types.rs";

/// Rules of the runtime that the generator copies beside what it writes.
pub const RUNTIME: &[Flip] = &[
    flip(
        "a text of the least length is too short",
        WIRE_SHAPE,
        "expect(length >= *min && length <= *max)?;",
        "expect((if FLIPPED { length > *min } else { length >= *min }) && length <= *max)?;",
    ),
    flip(
        "lengths are counted in bytes",
        WIRE_SHAPE,
        "let length = text.chars().count();",
        "let length = if FLIPPED { text.len() } else { text.chars().count() };",
    ),
    flip(
        "elements of a list are not checked",
        WIRE_SHAPE,
        ".try_for_each(|(index, element)| items.check(element,",
        ".filter(|_| !FLIPPED)\n                    .try_for_each(|(index, element)| items.check(element,",
    ),
    flip(
        "elements may be repeated",
        WIRE_SHAPE,
        "expect(!unique || all_distinct(elements))?;",
        "expect(FLIPPED || !unique || all_distinct(elements))?;",
    ),
    flip(
        "a member may be missing",
        WIRE_SHAPE,
        "None if property.required =>",
        "None if property.required && !FLIPPED =>",
    ),
    flip(
        "an unknown member is no fault",
        WIRE_SHAPE,
        "None => return Err(Rejection::body(RejectionKind::FieldUnknown, at)),",
        "None if FLIPPED => {}\n            None => return Err(Rejection::body(RejectionKind::FieldUnknown, at)),",
    ),
    flip(
        "a credential may be repeated",
        WIRE_READ,
        "if values.next().is_some() {",
        "if !FLIPPED && values.next().is_some() {",
    ),
    flip(
        "the word Bearer has a case",
        WIRE_READ,
        "let rest = rest.trim();",
        "let rest = if FLIPPED && sent != scheme { \"\" } else { rest.trim() };",
    ),
    flip(
        "any scheme of Authorization will do",
        WIRE_READ,
        "if sent.eq_ignore_ascii_case(scheme) &&",
        "if (FLIPPED || sent.eq_ignore_ascii_case(scheme)) &&",
    ),
    flip(
        "a cookie of any name will do",
        WIRE_READ,
        ".find(|(sent, _)| *sent == name)",
        ".find(|(sent, _)| FLIPPED || *sent == name)",
    ),
    flip(
        "of a repeated query parameter the last counts",
        WIRE_READ,
        "&& found.replace(decode_form(value)).is_some() {",
        "&& found.replace(decode_form(value)).is_some() && !FLIPPED {",
    ),
    flip(
        "parameters are not checked",
        WIRE_READ,
        "shape.check(&value, \"\").map_err(|_| invalid())?;",
        "if !FLIPPED { shape.check(&value, \"\").map_err(|_| invalid())?; }",
    ),
    flip(
        "any media type will do for JSON",
        WIRE_READ,
        "if forms.json && essence.eq_ignore_ascii_case(\"application/json\") {",
        "if forms.json && (FLIPPED && !forms.form || essence.eq_ignore_ascii_case(\"application/json\")) {",
    ),
    flip(
        "a media type with parameters is refused",
        WIRE_READ,
        "let essence = media_type.split(';').next().unwrap_or_default().trim();",
        "let essence = if FLIPPED { media_type } else { media_type.split(';').next().unwrap_or_default().trim() };",
    ),
    flip(
        "a body of any size is read",
        WIRE_READ,
        ".into_bytes_limit(BODY_LIMIT)",
        ".into_bytes_limit(if FLIPPED { usize::MAX } else { BODY_LIMIT })",
    ),
    flip(
        "bodies are not checked",
        WIRE_READ,
        "shape.check(&value, \"\")?;\n",
        "if !FLIPPED { shape.check(&value, \"\")?; }\n",
    ),
    flip(
        "a member of a form may be repeated",
        WIRE_READ,
        "if members.insert(name, value).is_some() {",
        "if members.insert(name, value).is_some() && !FLIPPED {",
    ),
    flip(
        "a plus is no space",
        WIRE_READ,
        "percent_decode(&text.replace('+', \" \"))",
        "percent_decode(&text.replace('+', if FLIPPED { \"+\" } else { \" \" }))",
    ),
    flip(
        "members of JSON may be repeated",
        WIRE_JSON,
        "if !names.insert(name) {",
        "if !names.insert(name) && !FLIPPED {",
    ),
    flip(
        "JSON may nest at will",
        WIRE_JSON,
        "if nesting(text) > JSON_DEPTH_LIMIT {",
        "if !FLIPPED && nesting(text) > JSON_DEPTH_LIMIT {",
    ),
    flip(
        "headers are repeated",
        WIRE_RENDER,
        "response.headers_mut().insert(HeaderName::from_static(name), value);",
        "if FLIPPED { response.headers_mut().append(HeaderName::from_static(name), value.clone()); response.headers_mut().append(HeaderName::from_static(name), value); } else { response.headers_mut().insert(HeaderName::from_static(name), value); }",
    ),
    flip(
        "numbers in headers are quoted",
        WIRE_RENDER,
        "Some(other) => other.to_string(),",
        "Some(other) if FLIPPED => format!(\"\\\"{other}\\\"\"),\n        Some(other) => other.to_string(),",
    ),
    flip(
        "an empty body has a media type",
        WIRE_RENDER,
        "None => response,\n",
        "None if FLIPPED => response.content_type(\"application/json\"),\n        None => response,\n",
    ),
    flip(
        "free objects lose their order",
        WIRE_TYPES,
        "Some(Value::Object(self.0.clone()))",
        "Some(Value::Object(if FLIPPED { let mut sorted = self.0.clone(); sorted.sort_keys(); sorted } else { self.0.clone() }))",
    ),
    flip(
        "Debug shows secrets",
        WIRE_TYPES,
        "out.write_str(\"[redacted]\")",
        "out.write_str(if FLIPPED { &self.0 } else { \"[redacted]\" })",
    ),
];

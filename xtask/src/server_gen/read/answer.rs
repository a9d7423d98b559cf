//! Reads the answers of an operation, and those of a dialect to what no operation matches.

use serde_json::Value;

use super::Reader;
use crate::server_gen::model::{
    Answer, AnswerBody, Reading, ResponseHeader, array, component_name, escape, flag, members,
    text, unsupported,
};

impl<'a> Reader<'a> {
    /// `x-unmatched` of a tag: the answer to an unknown path, and that to a wrong method.
    pub(super) fn unmatched(&self, tag: &'a Value, pointer: &str) -> Reading<Vec<Answer>> {
        let mut answers = Vec::new();
        for (whose, responses) in members(tag, "x-unmatched") {
            for (status, _) in members(tag.get("x-unmatched").unwrap_or(&Value::Null), whose) {
                let response = responses.get(status).unwrap_or(&Value::Null);
                answers.push(self.answer(
                    status,
                    response,
                    &format!("{pointer}/{whose}/{status}"),
                )?);
            }
        }
        Ok(answers)
    }

    pub(super) fn answer(
        &self,
        status: &str,
        response: &'a Value,
        pointer: &str,
    ) -> Reading<Answer> {
        let Ok(status) = status.parse::<u16>() else {
            return unsupported(
                pointer,
                format!("the answer `{status}`: only exact statuses can be expressed"),
            );
        };
        let component = component_name(response, "responses").map(str::to_owned);
        let (response, pointer) = self.resolve(response, pointer)?;
        let contents: Vec<_> = members(response, "content").collect();
        let content = match contents.as_slice() {
            [] => None,
            [(media_type, content)] => {
                let at = format!("{pointer}/content/{}/schema", escape(media_type));
                Some((
                    (*media_type).clone(),
                    self.answer_body(response, content, &at)?,
                ))
            }
            _ => return unsupported(&pointer, "an answer of more than one media type"),
        };
        let mut headers = Vec::new();
        for (name, header) in members(response, "headers") {
            let (header, at) = self.resolve(header, &format!("{pointer}/headers/{name}"))?;
            let schema = self.scalar(header, &at)?;
            let values = array(&schema, "enum");
            headers.push(ResponseHeader {
                name: name.clone(),
                description: text(header, "description"),
                required: !flag(header, "x-optional"),
                stamped: flag(header, "x-stamped"),
                secret: flag(header, "x-secret") || flag(&schema, "x-secret"),
                constant: if values.len() == 1 {
                    values[0].as_str().map(str::to_owned)
                } else {
                    None
                },
                schema,
            });
        }
        let description = text(response, "description").unwrap_or_default();
        Ok(Answer {
            status,
            component,
            description,
            content,
            headers,
            refusal: response.get("x-refusal").cloned(),
            pointer,
        })
    }

    fn answer_body(
        &self,
        response: &'a Value,
        content: &'a Value,
        pointer: &str,
    ) -> Reading<AnswerBody> {
        let schema = content.get("schema").unwrap_or(&Value::Null);
        if schema.get("maxLength").and_then(Value::as_u64) == Some(0) {
            return Ok(AnswerBody::Empty);
        }
        let Some(name) = component_name(schema, "schemas") else {
            return unsupported(
                pointer,
                "a response body must be a `$ref` to a schema component",
            );
        };
        if response.get("x-refusal").is_none() {
            return Ok(AnswerBody::Schema(name.to_owned()));
        }
        let alternatives: Vec<_> = self
            .schema(name)
            .map(|union| {
                array(union, "oneOf")
                    .iter()
                    .filter_map(|one| component_name(one, "schemas"))
                    .collect()
            })
            .unwrap_or_default();
        match alternatives.as_slice() {
            [success, refusal] => Ok(AnswerBody::Refusable {
                union: name.to_owned(),
                success: (*success).to_owned(),
                refusal: (*refusal).to_owned(),
            }),
            _ => unsupported(
                pointer,
                "`x-refusal` needs a component that is `oneOf` two `$ref`s: success, then refusal",
            ),
        }
    }
}

//! Answers in short for people, and as flat lists that can be compared.

use serde_json::Value;

use super::oracle::join;
use crate::harness::Answer;

/// An answer in short; a success may hold a fresh secret.
pub fn hidden(answer: &Answer) -> String {
    if matches!(answer.status, 200..=299) && String::from_utf8_lossy(&answer.body).contains("oken")
    {
        return format!("{} and a token", answer.status);
    }
    let text = String::from_utf8_lossy(&answer.body);
    let said: String = text.chars().take(120).collect();
    format!("{} {said}", answer.status)
}

/// An answer as a flat list of what it says.
pub fn observation(answer: &Answer) -> Vec<(String, Value)> {
    let mut seen = vec![("status".to_owned(), Value::from(answer.status))];
    // The machine's time; no header of ours.
    let headers = answer.headers.iter().filter(|(name, _)| name != "date");
    seen.extend(
        headers.map(|(name, value)| (format!("header {name}"), Value::from(value.as_str()))),
    );
    match serde_json::from_slice(&answer.body) {
        Ok(body) => flatten(&body, String::new(), &mut seen),
        Err(_) => seen.push((
            "body".to_owned(),
            String::from_utf8_lossy(&answer.body).into(),
        )),
    }
    seen
}

fn flatten(value: &Value, at: String, seen: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                flatten(value, join(&at, name), seen);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, format!("{at}/{index}"), seen);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            seen.push((at, value.clone()));
        }
    }
}

//! YAML text as an ordered JSON value in which every JSON pointer has a line and a column.
//!
//! Only what JSON can say is accepted: no anchors, no tags, no keys that are not text. Equal keys are
//! a problem at both places. What the text means is `load`'s and `lint`'s business.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

use crate::document::{Position, join};
use crate::problem::{Place, Problem, Problems, Rule};

/// Nesting beyond this is refused: nobody writes it, and recursive consumers would overflow.
const MAX_DEPTH: usize = 64;

/// The text of one file, understood.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The file, relative to the root of the project.
    pub file: Arc<Path>,
    /// What it says, keys in the order of the text.
    pub value: Value,
    /// Where each JSON pointer is: the key of a member, the first character of an item.
    pub positions: HashMap<String, Position>,
}

/// Reads the text of `file`; adds what is wrong with it to `problems`.
///
/// Returns `None` when the text is not YAML; equal keys leave the first of them in the value.
pub fn parse(file: &Path, text: &str, problems: &mut Problems) -> Option<Parsed> {
    let mut builder = Builder {
        file: file.into(),
        stack: Vec::new(),
        root: None,
        documents: 0,
        positions: HashMap::new(),
        problems,
        failed: false,
        stopped: false,
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.accept(event, span.start),
            Err(error) => {
                let pointer = builder.next_pointer();
                builder.syntax(*error.marker(), &pointer, error.info().to_owned());
                return None;
            }
        }
        if builder.stopped {
            return None;
        }
    }
    let Some(value) = builder.root.take() else {
        builder.syntax(Marker::new(0, 1, 0), "", "the file is empty".to_owned());
        return None;
    };
    if builder.failed {
        return None;
    }
    Some(Parsed {
        file: builder.file,
        value,
        positions: builder.positions,
    })
}

/// A collection that has been opened and not closed.
enum Open {
    Mapping {
        map: Map<String, Value>,
        /// The key that waits for its value; `None` inside when it is a repetition to be dropped.
        key: Option<Key>,
    },
    Sequence(Vec<Value>),
}

struct Key {
    name: String,
    repeated: bool,
}

struct Frame {
    open: Open,
    pointer: String,
}

struct Builder<'a> {
    file: Arc<Path>,
    stack: Vec<Frame>,
    root: Option<Value>,
    documents: usize,
    positions: HashMap<String, Position>,
    problems: &'a mut Problems,
    /// Set when something was not understood.
    failed: bool,
    /// Set when what follows it cannot be understood either.
    stopped: bool,
}

impl Builder<'_> {
    fn accept(&mut self, event: Event<'_>, at: Marker) {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.fatal(at, "a second YAML document begins in the same file");
                }
            }
            Event::Alias(_) => self.fatal(at, "aliases are not supported; write the value out"),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_decoration(at, anchor, tag.is_some());
                if self.expects_key() {
                    self.key(at, &text, style);
                } else {
                    self.scalar(at, &text, style);
                }
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_decoration(at, anchor, tag.is_some());
                self.open(at, Open::Sequence(Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_decoration(at, anchor, tag.is_some());
                self.open(
                    at,
                    Open::Mapping {
                        map: Map::new(),
                        key: None,
                    },
                );
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Frame {
                open: Open::Mapping { key: None, .. },
                ..
            })
        )
    }

    /// The pointer of the value that comes next.
    fn next_pointer(&self) -> String {
        match self.stack.last() {
            None => String::new(),
            Some(frame) => match &frame.open {
                Open::Sequence(items) => join(&frame.pointer, &items.len().to_string()),
                Open::Mapping { key, .. } => match key {
                    Some(key) => join(&frame.pointer, &key.name),
                    None => frame.pointer.clone(),
                },
            },
        }
    }

    fn key(&mut self, at: Marker, text: &str, style: ScalarStyle) {
        if style == ScalarStyle::Plain && !matches!(plain(text), Ok(Value::String(_))) {
            let pointer = self.next_pointer();
            self.syntax(
                at,
                &pointer,
                format!("the key {text} is not text; put it in quotes"),
            );
        }
        let position = self.position(at);
        let Some(Frame {
            open: Open::Mapping { map, key },
            pointer,
        }) = self.stack.last_mut()
        else {
            return;
        };
        let repeated = map.contains_key(text);
        *key = Some(Key {
            name: text.to_owned(),
            repeated,
        });
        let pointer = join(pointer, text);
        if repeated {
            let first = self.positions.get(&pointer).map_or(0, |first| first.line);
            self.problems.push(Problem::wrong(
                Rule::YamlDuplicateKey,
                Place {
                    file: self.file.to_path_buf(),
                    line: position.line,
                    column: position.column,
                    pointer,
                },
                format!("the key {text} is already on line {first}"),
            ));
        } else {
            self.positions.insert(pointer, position);
        }
    }

    fn scalar(&mut self, at: Marker, text: &str, style: ScalarStyle) {
        let pointer = self.next_pointer();
        let value = if style == ScalarStyle::Plain {
            match plain(text) {
                Ok(value) => value,
                Err(message) => {
                    self.syntax(at, &pointer, message);
                    Value::Null
                }
            }
        } else {
            Value::String(text.to_owned())
        };
        self.remember(&pointer, at);
        self.put(value);
    }

    fn open(&mut self, at: Marker, open: Open) {
        if self.expects_key() {
            self.fatal(at, "a key has to be text");
            return;
        }
        if self.stack.len() >= MAX_DEPTH {
            self.fatal(at, "collections are nested too deeply");
            return;
        }
        let pointer = self.next_pointer();
        self.remember(&pointer, at);
        self.stack.push(Frame { open, pointer });
    }

    fn close(&mut self) {
        if let Some(frame) = self.stack.pop() {
            self.put(match frame.open {
                Open::Mapping { map, .. } => Value::Object(map),
                Open::Sequence(items) => Value::Array(items),
            });
        }
    }

    fn put(&mut self, value: Value) {
        match self.stack.last_mut() {
            None => self.root = Some(value),
            Some(frame) => match &mut frame.open {
                Open::Sequence(items) => items.push(value),
                Open::Mapping { map, key } => {
                    if let Some(key) = key.take()
                        && !key.repeated
                    {
                        map.insert(key.name, value);
                    }
                }
            },
        }
    }

    /// Remembers where an item or the root is; a member is where its key is.
    fn remember(&mut self, pointer: &str, at: Marker) {
        let position = self.position(at);
        self.positions.entry(pointer.to_owned()).or_insert(position);
    }

    fn position(&self, at: Marker) -> Position {
        Position {
            file: Arc::clone(&self.file),
            line: at.line(),
            column: at.col() + 1,
        }
    }

    fn refuse_decoration(&mut self, at: Marker, anchor: usize, tagged: bool) {
        if anchor > 0 || tagged {
            let pointer = self.next_pointer();
            self.syntax(
                at,
                &pointer,
                "anchors and tags are not supported".to_owned(),
            );
        }
    }

    fn fatal(&mut self, at: Marker, message: &str) {
        let pointer = self.next_pointer();
        self.syntax(at, &pointer, message.to_owned());
        self.stopped = true;
    }

    fn syntax(&mut self, at: Marker, pointer: &str, message: String) {
        self.failed = true;
        self.problems.push(Problem::wrong(
            Rule::YamlSyntax,
            Place {
                file: self.file.to_path_buf(),
                line: at.line(),
                column: at.col() + 1,
                pointer: pointer.to_owned(),
            },
            message,
        ));
    }
}

/// A plain scalar under the core schema of YAML 1.2, as far as JSON has it.
fn plain(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let special = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&unsigned);
    let digits = unsigned.starts_with(|c: char| c.is_ascii_digit());
    let fraction = unsigned
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if special {
        return Err(format!(
            "{text} is not a number of JSON; put it in quotes if it is text"
        ));
    }
    if !digits && !fraction {
        return Ok(Value::String(text.to_owned()));
    }
    // What JSON's own grammar accepts is a number; what only looks like one to other readers of YAML is refused.
    if let Ok(number) = serde_json::from_str::<Number>(text) {
        return Ok(Value::Number(number));
    }
    let radix = unsigned.starts_with("0x") || unsigned.starts_with("0o");
    let numeric = unsigned.chars().all(|c| c.is_ascii_digit() || c == '.')
        && unsigned.matches('.').count() <= 1
        || unsigned.parse::<f64>().is_ok();
    if radix && unsigned[2..].chars().all(|c| c.is_ascii_hexdigit()) || numeric {
        return Err(format!(
            "{text} is a number in YAML but not in JSON; write it in decimal, or put it in quotes if it is text"
        ));
    }
    Ok(Value::String(text.to_owned()))
}

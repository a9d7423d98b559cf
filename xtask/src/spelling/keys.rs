//! What the keys of a mapping are: keywords, names or data.

/// What the keys of a mapping are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Keywords of the specification.
    Keywords,
    /// Names that somebody chose.
    Names,
    /// Nothing that may be touched: a value of an example, a default or an enum.
    Data,
}

impl Keys {
    /// What the keys of a member are.
    #[must_use]
    pub fn below(self, key: &str) -> Self {
        match self {
            Self::Data => Self::Data,
            Self::Names => Self::Keywords,
            Self::Keywords => match key {
                "example" | "default" | "enum" | "const" | "value" | "security" => Self::Data,
                "paths" | "properties" | "responses" | "headers" | "content" | "examples"
                | "schemas" | "parameters" | "requestBodies" | "securitySchemes" => Self::Names,
                key if key.starts_with("x-") => Self::Data,
                _ => Self::Keywords,
            },
        }
    }

    /// What the keys of an item of a list are: the items have no names.
    #[must_use]
    pub const fn inside(self) -> Self {
        match self {
            Self::Names => Self::Keywords,
            Self::Keywords | Self::Data => self,
        }
    }
}

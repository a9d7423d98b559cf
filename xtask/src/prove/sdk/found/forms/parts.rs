//! How the files of the SDK are put together.

use super::forms;

forms! {
    /// What is handed on from a file.
    PartForm

    /// A file of the SDK.
    File = "mod $name;";
    /// What a file has, handed on with that of all others.
    Types = "pub use super::$name::types::*;";
    /// The same of its builders of types.
    Builders = "pub use super::super::$name::types::builder::*;";
    /// The same of its calls.
    Calls = "pub use super::$name::builder::*;";
    /// The same of its tables.
    Tables = "pub use super::$name::operations::*;";
}

//! The tables of operations, schemes, credentials and headers.

use super::forms;

forms! {
    /// What a table says.
    TableForm

    /// The schemes.
    Schemes = "impl Scheme { $schemes*(pub const $name: Scheme = Scheme::new($wire, $placement:expr);) }";
    /// The list of all schemes.
    AllSchemes = "impl Scheme { pub const ALL: &'static [Scheme] = &[$list:rest]; }";
    /// What a caller may hold.
    Credentials = "impl Credential { $constructors*(
        pub fn $name($arguments:rest) -> Self { $value:rest }
    ) }";
    /// A row of the table of operations.
    Row = "pub static $name: Operation = Operation { $columns*($column: $value:expr,) };";
    /// The table.
    Rows = "pub static ALL: &[&Operation] = &[$list:rest];";
    /// The accessors of headers.
    Headers = "pub trait DeclaredHeaders: crate::headers::HasHeaders { $accessors*(
        fn $accessor(&self) -> Option<$output:type> { crate::headers::$kind(self.header_map()?, $wire) }
    ) }";
}

//! How far a copy is, for whoever watches.

/// How far a copy is. Each row counts twice: it is copied, and then compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// So many steps there are in all.
    Steps(u64),
    /// From now on that is done to that table.
    Table(&'static str, &'a str),
    /// So many steps were made.
    Made(u64),
}

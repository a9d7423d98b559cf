//! What a database holds that proves a master key.

/// Name of the setting whose sealed text proves the master key, and nothing else.
pub const MASTER_KEY_CHECK: &str = "master_key_check";

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// No row but those that the schema begins with: any master key will do.
    Nothing,
    /// Rows. The sealed ones among them open under their own master key alone: the check value, or in a database that
    /// has none yet a few others. None at all proves no key.
    Rows(Vec<SealedRow>),
}

/// A sealed value and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// Its table.
    pub table: &'static str,
    /// Its identifier or name.
    pub id: String,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

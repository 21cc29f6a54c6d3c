//! The tables and the types of their columns; the columns themselves are in `tables.rs`.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use compact_str::CompactString;

/// Raised when a column is added or removed or changes its meaning: tables of another version are rebuilt.
pub(crate) const SCHEMA_VERSION: u32 = 7;

/// The column types of the output contract. (Arrow's own zoned timestamp type cannot be built in a constant.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    String,
    Bool,
    Int32,
    Int64,
    Float64,
    TimestampUtc,
    TimestampLocal,
    Date,
}

impl ColumnType {
    pub fn arrow(self) -> DataType {
        match self {
            Self::String => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Float64 => DataType::Float64,
            Self::TimestampUtc => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::TimestampLocal => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Date => DataType::Date32,
        }
    }

    const ALL: [Self; 8] = [
        Self::String,
        Self::Bool,
        Self::Int32,
        Self::Int64,
        Self::Float64,
        Self::TimestampUtc,
        Self::TimestampLocal,
        Self::Date,
    ];

    /// The type of that name.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column_type| column_type.word() == word)
    }

    /// The name of the type in the data dictionary.
    pub fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Bool => "bool",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::TimestampUtc => "timestamp_us_utc",
            Self::TimestampLocal => "timestamp_us",
            Self::Date => "date",
        }
    }
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub column_type: ColumnType,
    pub unit: &'static str,
    pub nullable: bool,
    pub source: &'static str,
    pub meaning: &'static str,
    /// Keeps its last known value when a trimmed response does not carry it.
    pub kept_when_trimmed: bool,
}

/// The output tables, in the order in which people see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    Reels,
    Observations,
    Hashtags,
    People,
    Accounts,
    Profiles,
    Days,
    Findings,
    /// Internal: what the next update needs of each reel besides its row.
    ReelState,
}

impl Table {
    /// The public tables.
    pub const ALL: [Table; 8] = [
        Table::Reels,
        Table::Observations,
        Table::Hashtags,
        Table::People,
        Table::Accounts,
        Table::Profiles,
        Table::Days,
        Table::Findings,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reels => "reels",
            Self::Observations => "observations",
            Self::Hashtags => "hashtags",
            Self::People => "people",
            Self::Accounts => "accounts",
            Self::Profiles => "profiles",
            Self::Days => "days",
            Self::Findings => "findings",
            Self::ReelState => "reel_state",
        }
    }

    pub fn named(name: &str) -> Option<Table> {
        Self::ALL.into_iter().chain([Self::ReelState]).find(|table| table.name() == name)
    }

    /// How the rows of a file are sorted: column and whether it descends.
    pub fn sort_order(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Reels => &[("account", false), ("posted_at", true), ("reel_id", false)],
            Self::Observations => &[("account", false), ("observed_at", false), ("reel_id", false)],
            Self::Hashtags => &[("account", false), ("reel_id", false), ("position", false)],
            Self::People => &[("account", false), ("reel_id", false), ("role", false), ("username", false)],
            Self::Accounts => &[("account", false)],
            Self::Profiles => &[("account", false), ("fetched_at", false)],
            Self::Days => &[("account", false), ("day", false)],
            Self::Findings => &[("account", false), ("finding", false), ("detail", false)],
            Self::ReelState => &[("account", false), ("reel_id", false)],
        }
    }
}

/// A row of one of the tables.
pub trait Row: Sized {
    const TABLE: Table;
    const COLUMNS: &'static [Column];
    /// One array a column, in table order.
    fn arrays(rows: &[&Self]) -> Vec<ArrayRef>;
    /// The row at `index` of a batch that has this table's columns in table order.
    ///
    /// # Errors
    /// A text that no value of its column has.
    fn read(batch: &RecordBatch, index: usize) -> Result<Self, String>;
    /// Takes facts that trimmed responses cannot carry from an earlier row, where this row has none.
    fn keep_facts(&mut self, earlier: &Self);
    /// Clears the facts that trimmed responses cannot carry.
    fn clear_facts(&mut self);
    /// Visits every text of the row, with its column.
    fn texts(&mut self, each: impl FnMut(&'static str, &mut CompactString));

    fn batch(rows: &[&Self]) -> RecordBatch {
        RecordBatch::try_new(Self::TABLE.schema(), Self::arrays(rows))
            .expect("schema and arrays come from the same column lines")
    }
}

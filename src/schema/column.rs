//! The tables and the properties of a column; the columns themselves are the lines of `schema/tables.rs`.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use compact_str::CompactString;

use crate::schema::tables::{Account, Finding, Hashtag, Observation, Person, Reel, ReelState};

/// Raised when a column is added, removed or changes its meaning: tables of another version are rebuilt.
pub const SCHEMA_VERSION: u32 = 3;

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

    /// The type that an array of the contract has.
    pub fn of(data_type: &DataType) -> Option<Self> {
        const ALL: [ColumnType; 8] = [
            ColumnType::String,
            ColumnType::Bool,
            ColumnType::Int32,
            ColumnType::Int64,
            ColumnType::Float64,
            ColumnType::TimestampUtc,
            ColumnType::TimestampLocal,
            ColumnType::Date,
        ];
        ALL.into_iter().find(|column_type| column_type.arrow() == *data_type)
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
    /// Keeps its last known value when a trimmed answer does not carry it.
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
    Findings,
    /// Internal: what the next update needs of each reel besides its row.
    ReelState,
}

impl Table {
    /// The public tables.
    pub const ALL: [Table; 6] =
        [Table::Reels, Table::Observations, Table::Hashtags, Table::People, Table::Accounts, Table::Findings];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reels => "reels",
            Self::Observations => "observations",
            Self::Hashtags => "hashtags",
            Self::People => "people",
            Self::Accounts => "accounts",
            Self::Findings => "findings",
            Self::ReelState => "reel_state",
        }
    }

    pub fn named(name: &str) -> Option<Table> {
        Self::ALL.into_iter().chain([Self::ReelState]).find(|table| table.name() == name)
    }

    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Reels => Reel::COLUMNS,
            Self::Observations => Observation::COLUMNS,
            Self::Hashtags => Hashtag::COLUMNS,
            Self::People => Person::COLUMNS,
            Self::Accounts => Account::COLUMNS,
            Self::Findings => Finding::COLUMNS,
            Self::ReelState => ReelState::COLUMNS,
        }
    }

    /// How the rows of a file are sorted: column and whether it descends.
    pub fn sort_order(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Reels => &[("account", false), ("posted_at", true), ("reel_id", false)],
            Self::Observations => &[("account", false), ("observed_at", false), ("reel_id", false)],
            Self::Hashtags => &[("account", false), ("reel_id", false), ("position", false)],
            Self::People => &[("account", false), ("reel_id", false), ("role", false), ("username", false)],
            Self::Accounts => &[("account", false)],
            Self::Findings => &[("account", false), ("finding", false), ("detail", false)],
            Self::ReelState => &[("account", false), ("reel_id", false)],
        }
    }

    /// The Arrow schema; each field carries unit, source and meaning in its metadata.
    pub fn schema(self) -> SchemaRef {
        // Built once: every batch of every account has it.
        static SCHEMAS: [OnceLock<SchemaRef>; Table::ALL.len() + 1] = [const { OnceLock::new() }; _];
        SCHEMAS[self as usize].get_or_init(|| self.build_schema()).clone()
    }

    fn build_schema(self) -> SchemaRef {
        let field = |column: &Column| {
            let metadata = [("unit", column.unit), ("source", column.source), ("meaning", column.meaning)]
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(key, text)| (key.to_owned(), text.to_owned()))
                .collect::<HashMap<_, _>>();
            Field::new(column.name, column.column_type.arrow(), column.nullable).with_metadata(metadata)
        };
        Arc::new(Schema::new(self.columns().iter().map(field).collect::<Vec<_>>()))
    }
}

/// [`Table::schema`] has one place for each table: those of `ALL` in their order, then the state.
const _: () = {
    let mut index = 0;
    while index < Table::ALL.len() {
        assert!(Table::ALL[index] as usize == index);
        index += 1;
    }
    assert!(Table::ReelState as usize == Table::ALL.len());
};

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
    /// Takes facts that trimmed answers cannot carry from an earlier row, where this row has none.
    fn keep_facts(&mut self, earlier: &Self);
    /// Clears the facts that trimmed answers cannot carry.
    fn clear_facts(&mut self);
    /// Visits every text of the row, with its column.
    fn texts(&mut self, each: impl FnMut(&'static str, &mut CompactString));

    fn batch(rows: &[&Self]) -> RecordBatch {
        RecordBatch::try_new(Self::TABLE.schema(), Self::arrays(rows))
            .expect("schema and arrays come from the same column lines")
    }
}

impl Observation {
    /// How the observations of one account are sorted.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.observed_at, &self.reel_id).cmp(&(other.observed_at, &other.reel_id))
    }
}

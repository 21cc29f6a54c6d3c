//! `schema`: every table and column.

use clap::{Args, ValueEnum};

use crate::cli::ending::{Ending, print};
use crate::cli::values::parse_text;
use crate::error::{Error, Result};
use crate::schema::{column::Table, ddl, ddl::Warehouse, dictionary};

const EXAMPLES: &str = "\
Examples:
  reelframe schema                                            all tables and columns
  reelframe schema --table reels --format json                one table, for programs
  reelframe schema --format athena --location s3://mine/tables";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SchemaArgs {
    /// Only this table
    #[arg(long, value_name = "TABLE", value_parser = parse_text)]
    pub table: Option<String>,

    /// A table for people, JSON or Markdown; or DDL that reads the tables of `export --layout folders`
    #[arg(long, value_enum, default_value_t = SchemaFormat::Table)]
    pub format: SchemaFormat,

    /// Where the folders of the tables are, for DDL, such as s3://bucket/tables
    #[arg(long, value_name = "PLACE", value_parser = parse_text)]
    pub location: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaFormat {
    Table,
    Json,
    Markdown,
    Duckdb,
    Athena,
    Bigquery,
    Snowflake,
}

impl SchemaFormat {
    fn warehouse(self) -> Option<Warehouse> {
        match self {
            Self::Table | Self::Json | Self::Markdown => None,
            Self::Duckdb => Some(Warehouse::DuckDb),
            Self::Athena => Some(Warehouse::Athena),
            Self::Bigquery => Some(Warehouse::BigQuery),
            Self::Snowflake => Some(Warehouse::Snowflake),
        }
    }
}

impl SchemaArgs {
    pub(crate) fn execute(&self) -> Result<Ending> {
        let tables = match &self.table {
            Some(name) => {
                let names: Vec<&str> = Table::ALL.into_iter().map(Table::name).collect();
                let table = Table::named(name).ok_or_else(|| {
                    Error::usage(format!("--table {name}: no such table"))
                        .hint(format!("the tables are {}", names.join(", ")))
                })?;
                vec![table]
            }
            None => Table::ALL.to_vec(),
        };
        let location = self.location.as_deref();
        if location.is_some_and(|location| location.contains(['\'', '\n', ';'])) {
            return Err(Error::usage("--location: a quote, a line break or a semicolon has no place in it"));
        }
        print(&match (self.format, self.format.warehouse()) {
            (_, Some(warehouse)) => ddl::ddl(&tables, warehouse, location),
            _ if location.is_some() => {
                return Err(
                    Error::usage("--location is for DDL").hint("add --format duckdb, athena, bigquery or snowflake")
                );
            }
            (SchemaFormat::Json, None) => dictionary::to_json(&tables),
            (SchemaFormat::Markdown, None) => dictionary::to_markdown(&tables),
            (_, None) => dictionary::to_table(&tables),
        })?;
        Ok(Ending::done(""))
    }
}

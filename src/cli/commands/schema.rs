//! `schema`: every table and column.

use clap::{Args, ValueEnum};

use crate::cli::ending::{Ending, print};
use crate::cli::values::parse_text;
use crate::error::{Error, Result};
use crate::schema::{column::Table, dictionary};

const EXAMPLES: &str = "\
Examples:
  reelframe schema                                            all tables and columns
  reelframe schema --table reels --format json                one table, for programs";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SchemaArgs {
    /// Only this table
    #[arg(long, value_name = "TABLE", value_parser = parse_text)]
    pub table: Option<String>,

    #[arg(long, value_enum, default_value_t = SchemaFormat::Table)]
    pub format: SchemaFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemaFormat {
    Table,
    Json,
    Markdown,
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
        print(&match self.format {
            SchemaFormat::Table => dictionary::to_table(&tables),
            SchemaFormat::Json => dictionary::to_json(&tables),
            SchemaFormat::Markdown => dictionary::to_markdown(&tables),
        })?;
        Ok(Ending::done(""))
    }
}

//! Compares the tables that two builds make of the same pages.
//!
//! ```text
//! cargo run -p tools --bin compare -- stores OLD NEW
//! cargo run -p tools --bin compare -- histories --old BINARY --new BINARY [--histories 10] [--seed 1] [--dir DIR]
//! ```
//!
//! `stores` takes two stores or two folders of tables. `histories` makes stores with both binaries: random accounts whose
//! pages come in over several days, in many runs. Files must be equal byte by byte. Where `changes.rs` or the options
//! `--renamed` and `--added` say that a column was renamed or added, the rest must be equal value by value.

mod changes;
mod columns;
mod files;
mod histories;
mod text;
mod workbook;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use changes::Changes;
use clap::{Args, Parser, Subcommand};
use files::Comparison;

#[derive(Parser)]
#[command(about = "Compares the tables that two builds make of the same pages")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    allowed: Allowed,
}

#[derive(Subcommand)]
enum Command {
    /// Compare two stores or two folders of tables
    Stores { old: PathBuf, new: PathBuf },
    /// Compare the stores that two binaries make of random histories
    Histories {
        #[arg(long)]
        old: PathBuf,
        #[arg(long)]
        new: PathBuf,
        #[arg(long, default_value_t = 10)]
        histories: u64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Keep pages and stores in this folder [default: a temporary one]
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

#[derive(Args)]
struct Allowed {
    /// A column or a file with a new name, as OLD=NEW
    #[arg(long, value_name = "OLD=NEW", global = true)]
    renamed: Vec<String>,
    /// A column that only the new tables have
    #[arg(long, value_name = "TABLE.COLUMN", global = true)]
    added: Vec<String>,
}

fn main() -> ExitCode {
    let Arguments { command, allowed } = Arguments::parse();
    let mut comparison = Comparison::new(Changes::with(&allowed.renamed, &allowed.added));
    match command {
        Command::Stores { old, new } => comparison.stores(&old, &new),
        Command::Histories { old, new, histories, seed, dir } => {
            let temporary = tempfile::tempdir().expect("a temporary directory can be made");
            let dir = dir.unwrap_or_else(|| temporary.path().to_owned());
            for seed in seed..seed + histories {
                histories::compare(&mut comparison, &[old.clone(), new.clone()], seed, &dir);
            }
        }
    }
    comparison.print();
    if comparison.is_equal() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

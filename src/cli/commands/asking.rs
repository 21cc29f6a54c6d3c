//! The commands whose stdout is data: query, schema, completions, man.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::args::{AnswerFormat, Cli, QueryArgs, SchemaArgs, SchemaFormat};
use crate::cli::commands::ending::{Ending, print, print_shown};
use crate::error::{Error, Result};
use crate::formats::csv::style::CsvStyle;
use crate::formats::parquet;
use crate::fs;
use crate::pipeline::reports;
use crate::query::file::bare_name;
use crate::query::{answer, file};
use crate::schema::column::Table;
use crate::schema::dictionary;
use crate::store::layout::Store;

pub fn query(args: &QueryArgs) -> Result<Ending> {
    let Some(query) = &args.query else {
        let queries = file::built_in_queries();
        let lines = queries.iter().map(|query| format!("{:<24}{}\n", query.name, query.title));
        print(&lines.collect::<String>())?;
        return Ok(Ending::done(""));
    };
    let csv = args.csv.style()?;
    let sql = find_query(query)?;
    let store = Store::new(&args.store.store);
    store.check_is_store()?;
    let (tables, run_id) = reports::open_latest(&store)?;
    let answer = tables.query(&sql)?;
    print_answer(&answer, args.format, csv, args.out.as_deref())?;
    Ending::done("").fact("run_id", run_id)?.fact("rows", answer.rows.len())?.fact("file", &args.out)
}

/// An answer to stdout, or whole into a file.
pub fn print_answer(answer: &answer::Answer, format: AnswerFormat, csv: CsvStyle, out: Option<&Path>) -> Result<()> {
    if out.is_none() && matches!(format, AnswerFormat::Table) {
        return print_shown(&answer.to_table());
    }
    let bytes = match format {
        AnswerFormat::Table => answer.to_table().into_bytes(),
        AnswerFormat::Csv => answer.to_csv(csv)?.into_bytes(),
        AnswerFormat::Json => answer.to_json()?.into_bytes(),
        AnswerFormat::Parquet => parquet::to_parquet(&answer.to_batch()?)?,
    };
    match out {
        Some(path) => fs::write_whole(path, &bytes),
        None if matches!(format, AnswerFormat::Parquet) => {
            Err(Error::usage("--format parquet goes into a file").hint("name one with --out answer.parquet"))
        }
        None => print(&String::from_utf8_lossy(&bytes)),
    }
}

/// A .sql file, a built-in query by its name with or without its number, or the SQL itself.
fn find_query(text: &str) -> Result<String> {
    let folder = || {
        Error::usage(format!("{text}: a folder, where a query is needed"))
            .hint("name a .sql file, a built-in query, or write SQL")
    };
    if text.ends_with(".sql") {
        if fs::is_dir(Path::new(text))? {
            return Err(folder());
        }
        let file = fs::text_of(Path::new(text));
        return file.map_err(|error| Error::usage(format!("could not read the query {text}: {error}")));
    }
    if let Some(query) = file::built_in_query(text) {
        return Ok(query.sql);
    }
    // SQL can be longer than any name.
    if matches!(fs::is_dir(Path::new(text)), Ok(true)) {
        return Err(folder());
    }
    if text.contains(char::is_whitespace) {
        return Ok(text.to_owned());
    }
    let queries = file::built_in_queries();
    let names: Vec<&str> = queries.iter().map(|query| bare_name(&query.name)).collect();
    Err(Error::usage(format!("'{text}' is no built-in query, no .sql file and no SQL"))
        .hint(format!("the built-in queries are {}", names.join(", "))))
}

pub fn print_schema(args: &SchemaArgs) -> Result<Ending> {
    let tables = match &args.table {
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
    print(&match args.format {
        SchemaFormat::Table => dictionary::to_table(&tables),
        SchemaFormat::Json => dictionary::to_json(&tables),
        SchemaFormat::Markdown => dictionary::to_markdown(&tables),
    })?;
    Ok(Ending::done(""))
}

pub fn completions(shell: clap_complete::Shell) -> Result<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "reelframe", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Ending::done(""))
}

/// The man page of the program, or of one command.
pub fn man(name: Option<&str>) -> Result<Ending> {
    let mut program = Cli::command();
    program.build();
    let command = match name {
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            Error::usage(format!("'{name}' is no command")).hint("`reelframe help` lists the commands")
        })?,
        None => program,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Error::unexpected)?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Ending::done(""))
}

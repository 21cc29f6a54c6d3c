//! The data dictionary: every column with its type, unit, source and meaning, for people and programs.

use serde::Serialize;

use crate::schema::column::{Column, Table};

/// Lines for a terminal: table, column, type, unit and meaning.
pub(crate) fn to_table(tables: &[Table]) -> String {
    let mut text = String::new();
    for table in tables {
        text.push_str(&format!("{}\n", table.name()));
        for column in table.columns() {
            let null = if column.nullable { "null" } else { "" };
            let line = format!(
                "  {:<24}{:<18}{:<8}{:<6}{}",
                column.name,
                column.column_type.word(),
                column.unit,
                null,
                column.meaning
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

#[derive(Serialize)]
struct Entry {
    table: &'static str,
    column: &'static str,
    #[serde(rename = "type")]
    column_type: &'static str,
    unit: &'static str,
    nullable: bool,
    source: &'static str,
    meaning: &'static str,
}

/// A list of objects, one a line.
pub(crate) fn to_json(tables: &[Table]) -> String {
    let object = |(table, column): (&Table, &Column)| {
        let Column { name, unit, nullable, source, meaning, .. } = *column;
        let (table, column_type) = (table.name(), column.column_type.word());
        let entry = Entry { table, column: name, column_type, unit, nullable, source, meaning };
        serde_json::to_string(&entry).expect("texts and a flag")
    };
    let columns = tables.iter().flat_map(|table| table.columns().iter().map(move |column| (table, column)));
    format!("[\n{}\n]\n", columns.map(object).collect::<Vec<_>>().join(",\n"))
}

/// A table of columns for each table, as in docs/columns.md.
pub(crate) fn to_markdown(tables: &[Table]) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    let mut text = String::new();
    for table in tables {
        text.push_str(&format!("## {}\n\n", table.name()));
        text.push_str("| column | type | unit | null | source | meaning |\n|---|---|---|---|---|---|\n");
        for column in table.columns() {
            text.push_str(&format!(
                "| `{}` | {} | {} | {} | {} | {} |\n",
                column.name,
                column.column_type.word(),
                column.unit,
                if column.nullable { "yes" } else { "no" },
                cell(column.source),
                cell(column.meaning)
            ));
        }
        text.push('\n');
    }
    text
}

//! The table of columns as people and programs read it: the data dictionary.

use crate::schema::column::{Column, Table};

/// Lines for a terminal: table, column, type, unit and meaning.
pub fn to_table(tables: &[Table]) -> String {
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

/// A list of objects: table, column, type, unit, nullable, source, meaning.
pub fn to_json(tables: &[Table]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let object = |table: &Table, column: &Column| {
        format!(
            r#"{{"table":{},"column":{},"type":{},"unit":{},"nullable":{},"source":{},"meaning":{}}}"#,
            quoted(table.name()),
            quoted(column.name),
            quoted(column.column_type.word()),
            quoted(column.unit),
            column.nullable,
            quoted(column.source),
            quoted(column.meaning)
        )
    };
    let objects: Vec<String> =
        tables.iter().flat_map(|table| table.columns().iter().map(move |column| object(table, column))).collect();
    format!("[\n{}\n]\n", objects.join(",\n"))
}

/// A table of columns for each table, as in docs/columns.md.
pub fn to_markdown(tables: &[Table]) -> String {
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

//! Workbooks: the sheets cell by cell, the other parts as they are.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use crate::changes::Changes;

/// The cells of a row by their column.
type Row = BTreeMap<String, String>;

pub fn compare(old: Vec<u8>, new: Vec<u8>, changes: &Changes) -> Result<(), String> {
    let (old, new) = (parts(old)?, parts(new)?);
    if old.keys().ne(new.keys()) {
        return Err("it has other parts".to_owned());
    }
    for (number, table) in (1..).zip(names(&new["xl/workbook.xml"])) {
        let name = format!("xl/worksheets/sheet{number}.xml");
        let expected = with_new_names(&old[&name], changes);
        // Sheets of the report, whose texts may differ, have a capital letter.
        let is_equal = match table.starts_with(char::is_uppercase) {
            true => without_texts(data(&expected)) == without_texts(data(&new[&name])),
            false => table_of(&expected, table, changes) == table_of(&new[&name], table, changes),
        };
        if !is_equal {
            return Err(format!("sheet {table} differs"));
        }
    }
    // Sheets, the ranges of their cells and the texts of the report.
    let is_text = |name: &str| name == "xl/workbook.xml" || name == "xl/sharedStrings.xml";
    let is_compared = |name: &str| !name.starts_with("xl/worksheets/sheet") && !is_text(name);
    match old.iter().find(|(name, part)| is_compared(name) && new[*name] != **part) {
        Some((name, _)) => Err(format!("{name} differs")),
        None => Ok(()),
    }
}

fn parts(bytes: Vec<u8>) -> Result<BTreeMap<String, String>, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = part.name().map_err(|error| error.to_string())?.into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        parts.insert(name, String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(parts)
}

/// The names of the sheets, in order.
fn names(book: &str) -> Vec<&str> {
    book.split("<sheet name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn with_new_names(sheet: &str, changes: &Changes) -> String {
    let names = changes.renamed().chain(changes.values().map(|(_, old, new)| (old, new)));
    names.fold(sheet.to_owned(), |text, (old, new)| {
        // A heading may have a unit behind its name.
        text.replace(&format!(">{old}<"), &format!(">{new}<")).replace(&format!(">{old} ("), &format!(">{new} ("))
    })
}

fn without_texts(sheet: &str) -> String {
    let mut parts = sheet.split("<t>");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |sheet, part| sheet + part.split_once("</t>").map_or(part, |(_, rest)| rest))
}

/// A sheet without the widths of its columns and its filter.
fn data(sheet: &str) -> &str {
    let data = sheet.split_once("<sheetData>").map_or(sheet, |(_, data)| data);
    data.split("</sheetData>").next().unwrap_or_default()
}

/// The rows of a sheet, the headings first; each cell by the heading of its column.
fn rows(sheet: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = data(sheet).split("<row ").skip(1).map(cells).collect();
    let headings = rows.first().cloned().unwrap_or_default();
    let of = |column: String| headings.get(&column).cloned().unwrap_or(column);
    for row in &mut rows {
        *row = std::mem::take(row).into_iter().map(|(column, cell)| (of(column), cell)).collect();
    }
    rows
}

/// The cells of a row by the letters of their column, without their style.
fn cells(row: &str) -> Row {
    let cell = |cell: &str| {
        let (place, rest) = cell.split_once('"')?;
        let column = place.trim_end_matches(|c: char| c.is_ascii_digit());
        let content = rest.split_once('>')?.1.split("</c>").next()?;
        Some((column.to_owned(), content.to_owned()))
    };
    row.split("<c r=\"").skip(1).filter_map(cell).collect()
}

/// The rows of a table without the columns that were added.
fn table_of(sheet: &str, table: &str, changes: &Changes) -> Vec<Row> {
    let name = |heading: &str| heading.replace("<is><t>", "").split([' ', '<']).next().unwrap_or_default().to_owned();
    let mut rows = rows(sheet);
    rows.iter_mut().for_each(|row| row.retain(|column, _| !changes.is_added(table, &name(column))));
    rows
}

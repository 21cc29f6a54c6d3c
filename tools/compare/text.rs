//! CSV, JSON lines and the report's JSON: the old text with the new names must be the new text.

use serde_json::Value;

use crate::changes::Changes;

pub fn csv(old: &[u8], new: &[u8], table: &str, changes: &Changes) -> Result<(), String> {
    let records = |bytes: &[u8]| {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.records().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())
    };
    let (old_records, new_records) = (records(old)?, records(new)?);
    let Some((old_header, new_header)) = old_records.first().zip(new_records.first()) else {
        return Err("one of the files is empty".to_owned());
    };
    let kept: Vec<usize> = (0..new_header.len()).filter(|at| !changes.is_added(table, &new_header[*at])).collect();
    let header: Vec<&str> = old_header.iter().map(|name| changes.name(name)).collect();
    if kept.iter().map(|at| &new_header[*at]).ne(header.iter().copied()) {
        return Err(format!("header {old_header:?}, and {new_header:?} in the new file"));
    }
    if old_records.len() != new_records.len() {
        return Err(format!("{} lines, and {} in the new file", old_records.len(), new_records.len()));
    }
    let mut is_changed = kept.len() != new_header.len() || old_header.iter().ne(header.iter().copied());
    for (line, (old, new)) in old_records.iter().zip(&new_records).enumerate().skip(1) {
        for (column, old_cell) in old.iter().enumerate() {
            let expected = changes.value(header[column], old_cell);
            is_changed |= expected != old_cell;
            if expected != &new[kept[column]] {
                let (name, new_cell) = (header[column], &new[kept[column]]);
                return Err(format!(
                    "line {}, column {name}: {old_cell:?}, and {new_cell:?} in the new file",
                    line + 1
                ));
            }
        }
    }
    equal_values(is_changed)
}

/// Without a change that is meant, the bytes had to be equal.
fn equal_values(is_changed: bool) -> Result<(), String> {
    if is_changed { Ok(()) } else { Err("equal values in different bytes".to_owned()) }
}

pub fn jsonl(old: &[u8], new: &[u8], table: &str, changes: &Changes) -> Result<(), String> {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    if old.lines().count() != new.lines().count() {
        return Err(format!("{} lines, and {} in the new file", old.lines().count(), new.lines().count()));
    }
    for (number, (old, new)) in (1..).zip(old.lines().zip(new.lines())) {
        let expected = with_new_names(old, changes);
        if expected != new && parsed(&expected)? != without_added(new, table, changes)? {
            return Err(format!("line {number}: {expected}, and {new} in the new file"));
        }
    }
    Ok(())
}

/// A line with the new keys and values. A key between bare quotes stands in no text, where quotes are escaped.
fn with_new_names(line: &str, changes: &Changes) -> String {
    let mut line = line.to_owned();
    for (old, new) in changes.renamed() {
        line = line.replace(&format!("\"{old}\":"), &format!("\"{new}\":"));
    }
    for (column, old, new) in changes.values() {
        line = line.replace(&format!("\"{column}\":\"{old}\""), &format!("\"{column}\":\"{new}\""));
    }
    line
}

fn parsed(line: &str) -> Result<Value, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}

/// Where nothing was added the text itself has to be equal, which it is not.
fn without_added(line: &str, table: &str, changes: &Changes) -> Result<Value, String> {
    let mut value = parsed(line)?;
    if let Some(object) = value.as_object_mut() {
        let before = object.len();
        object.retain(|key, _| !changes.is_added(table, key));
        if before == object.len() {
            return Err("equal values in different bytes".to_owned());
        }
    }
    Ok(value)
}

/// The numbers of a report: its sections without texts, whose rows may be in another order where that goes by a text.
pub fn report(old: &[u8], new: &[u8]) -> Result<(), String> {
    let sections = |bytes: &[u8]| {
        let report: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let sections = report["sections"].as_array().ok_or("it has no sections")?;
        Ok::<_, String>(sections.iter().map(numbers).collect::<Vec<_>>())
    };
    let (old, new) = (sections(old)?, sections(new)?);
    if old.len() != new.len() {
        return Err(format!("{} sections, and {} in the new report", old.len(), new.len()));
    }
    match old.iter().zip(&new).position(|(old, new)| old != new) {
        Some(at) => {
            Err(format!("section {} has other numbers: {:?}, and {:?} in the new report", at + 1, old[at], new[at]))
        }
        None => Ok(()),
    }
}

/// The rows of a section without their texts, sorted.
fn numbers(section: &Value) -> Vec<String> {
    let rows = section["rows"].as_array().into_iter().flatten();
    let row = |row: &Value| {
        let cells = row.as_array().into_iter().flatten();
        cells
            .map(|cell| if cell.is_string() { "text".to_owned() } else { cell.to_string() })
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut numbers: Vec<String> = rows.map(row).collect();
    numbers.sort();
    numbers
}

//! CSV, JSON lines and the report's JSON: the old text with the new names must be the new text.

use csv::StringRecord;
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
    let kept = |header: &StringRecord| -> Vec<usize> {
        (0..header.len()).filter(|at| !changes.is_added(table, changes.name(&header[*at]))).collect()
    };
    let (old_kept, new_kept) = (kept(old_header), kept(new_header));
    let names: Vec<&str> = old_kept.iter().map(|at| changes.name(&old_header[*at])).collect();
    if new_kept.iter().map(|at| &new_header[*at]).ne(names.iter().copied()) {
        return Err(format!("header {old_header:?}, and {new_header:?} in the new file"));
    }
    if old_records.len() != new_records.len() {
        return Err(format!("{} lines, and {} in the new file", old_records.len(), new_records.len()));
    }
    let mut is_changed = old_header != new_header;
    for (line, (old, new)) in old_records.iter().zip(&new_records).enumerate().skip(1) {
        for (name, (old_at, new_at)) in names.iter().zip(old_kept.iter().zip(&new_kept)) {
            let (old_cell, new_cell) = (&old[*old_at], &new[*new_at]);
            let expected = changes.value(name, old_cell);
            is_changed |= expected != old_cell;
            if expected != new_cell {
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
        if expected == new {
            continue;
        }
        let ((old_values, old_added), (new_values, new_added)) =
            (without_added(&expected, table, changes)?, without_added(new, table, changes)?);
        if old_values != new_values {
            return Err(format!("line {number}: {expected}, and {new} in the new file"));
        }
        equal_values(old_added != new_added)?;
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

/// The values of a line without the columns that were added, and the number of those.
fn without_added(line: &str, table: &str, changes: &Changes) -> Result<(Value, usize), String> {
    let mut value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let object = value.as_object_mut().ok_or("a line is not an object")?;
    let before = object.len();
    object.retain(|key, _| !changes.is_added(table, key));
    let added = before - object.len();
    Ok((value, added))
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

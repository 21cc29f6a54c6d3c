//! The accounts file: CSV as people and their spreadsheets write it. Anything ambiguous is refused, naming its line.

pub(crate) mod cells;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::path::Path;

use crate::config::accounts::{AccountRequest, parse_handle, parse_user_id};
use crate::config::accounts_file::cells::{check_exponent, count, day};
use crate::error::{Error, Result};

const COLUMNS: [&str; 6] = ["handle", "user_id", "label", "timezone", "followers", "followers_as_of"];

/// Repeated lines that a warning names; of more it gives only the number.
const REPEATS_NAMED: usize = 10;

/// The accounts of a file, in order and each once, with warnings.
#[derive(Debug)]
pub struct AccountsFile {
    pub accounts: Vec<AccountRequest>,
    pub warnings: Vec<String>,
}

/// Reads an accounts file: a header that names any of handle, user_id, label, timezone, followers, followers_as_of, then
/// one line per account. Cells are separated by `,`, `;` or tab.
///
/// # Errors
/// `Usage` with the file and the line.
pub fn parse_accounts_file(path: &Path, bytes: &[u8]) -> Result<AccountsFile> {
    let text = decode(path, bytes)?;
    let (first_line, named_delimiter, text) = without_separator_line(&text);
    let delimiter = named_delimiter.unwrap_or_else(|| delimiter_of(text));
    Reader { path, first_line, header: Header::default(), accounts: Vec::new(), lines: HashMap::new(), repeats: vec![] }
        .read(text, delimiter)
}

/// The text of the file, decoded.
fn decode(path: &Path, bytes: &[u8]) -> Result<String> {
    let fault = |what: &str| {
        Error::usage(format!("{}: {what}", path.display())).hint("save it as CSV in UTF-8 (in Excel: \"CSV UTF-8\")")
    };
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(fault("this is a workbook, not a CSV file"));
    }
    let text = if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        utf16(rest, u16::from_le_bytes).ok_or_else(|| fault("it begins as UTF-16 and is not valid"))?
    } else if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        utf16(rest, u16::from_be_bytes).ok_or_else(|| fault("it begins as UTF-16 and is not valid"))?
    } else if bytes.contains(&0) {
        return Err(fault("it holds NUL characters: UTF-16 without a byte-order mark?"));
    } else {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
                return Err(fault(&format!("line {line} is not UTF-8")));
            }
        }
    };
    // Line ends of old Macs, which Excel still writes there.
    Ok(if text.contains('\n') { text } else { text.replace('\r', "\n") })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<std::result::Result<_, _>>().ok()?;
    rest.is_empty().then_some(text)
}

/// Removes the line `sep=;`, which names the delimiter for Excel. Returns the number of removed lines, the delimiter and the
/// rest.
fn without_separator_line(text: &str) -> (u64, Option<u8>, &str) {
    let Some((line, rest)) = text.split_once('\n') else { return (0, None, text) };
    match line.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes) {
        Some([delimiter]) => (1, Some(*delimiter), rest),
        _ => (0, None, text),
    }
}

/// The delimiter with which the header has most of our columns.
fn delimiter_of(text: &str) -> u8 {
    let known = |delimiter: u8| {
        let mut header = reader(text, delimiter).into_records().flatten().filter(|record| !is_empty(record));
        let known = |record: csv::StringRecord| record.iter().filter(|name| column_of(name).is_some()).count();
        header.next().map_or(0, known)
    };
    // The first of equals: a header of one column has no delimiter.
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| known(*delimiter)).unwrap_or(b',')
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes())
}

fn is_empty(record: &csv::StringRecord) -> bool {
    record.iter().all(str::is_empty)
}

/// The position of a column in [`COLUMNS`]: `User ID` is `user_id`.
fn column_of(name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    COLUMNS.iter().position(|column| *column == name)
}

/// The columns of the file.
#[derive(Debug, Default)]
struct Header {
    /// For each cell the position in [`COLUMNS`]; `None` for a column that is not ours.
    columns: Vec<Option<usize>>,
    names: Vec<String>,
}

impl Header {
    fn of(record: &csv::StringRecord) -> std::result::Result<Self, String> {
        let header =
            Self { columns: record.iter().map(column_of).collect(), names: record.iter().map(str::to_owned).collect() };
        let count = |column: usize| header.columns.iter().filter(|other| **other == Some(column)).count();
        if let Some(twice) = (0..COLUMNS.len()).find(|column| count(*column) > 1) {
            return Err(format!("two columns '{}'", COLUMNS[twice]));
        }
        if count(0) + count(1) == 0 {
            return Err(format!("the header `{}` has no `handle` or `user_id` column", header.names.join(", ")));
        }
        Ok(header)
    }

    /// The columns that are not used.
    fn unused(&self) -> Vec<String> {
        let unused = self.columns.iter().zip(&self.names).filter(|(column, name)| column.is_none() && !name.is_empty());
        unused.map(|(_, name)| format!("'{name}'")).collect()
    }

    /// The cells of a line in the order of [`COLUMNS`]. Cells missing at the end of a line are empty: Excel sometimes omits
    /// them.
    fn cells<'r>(
        &self,
        record: &'r csv::StringRecord,
    ) -> std::result::Result<[Option<&'r str>; COLUMNS.len()], String> {
        let mut cells = [None; COLUMNS.len()];
        for (at, cell) in record.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            match self.columns.get(at) {
                Some(Some(column)) => cells[*column] = Some(cell),
                Some(None) if !self.names[at].is_empty() => {}
                _ => return Err(format!("cell {} (`{cell}`) has no column in the header", at + 1)),
            }
        }
        Ok(cells)
    }
}

/// Counts the lines of a text. (The csv crate counts from the end of the previous record, with blank lines in between.)
struct Lines<'t> {
    text: &'t str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the record begins; positions must ascend.
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let begin = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.byte);
        let bytes = self.text.as_bytes();
        let blank = bytes[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &bytes[self.byte..begin + blank];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.byte = begin + blank;
        self.line
    }
}

struct Reader<'a> {
    path: &'a Path,
    /// Lines of the file before the text.
    first_line: u64,
    header: Header,
    accounts: Vec<AccountRequest>,
    /// For each account its line and its position in `accounts`.
    lines: HashMap<String, (u64, usize)>,
    repeats: Vec<String>,
}

impl Reader<'_> {
    fn read(mut self, text: &str, delimiter: u8) -> Result<AccountsFile> {
        let mut last = (1, false);
        let mut has_header = false;
        let mut lines = Lines { text, byte: 0, line: self.first_line + 1 };
        for record in reader(text, delimiter).records() {
            let record = record.map_err(|error| self.fault(lines.of(error.position()), &error.to_string()))?;
            let line = lines.of(record.position());
            last = (line, record.iter().any(|cell| cell.contains('\n')));
            if is_empty(&record) {
                continue;
            }
            if has_header {
                self.add(line, &record)?;
            } else {
                let listed = || format!("the columns are {}", COLUMNS.join(", "));
                self.header = Header::of(&record).map_err(|what| self.fault(line, &what).hint(listed()))?;
                has_header = true;
            }
        }
        // Everything after an open quotation mark is one cell, and the accounts in it would be lost.
        if last.1 && text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            return Err(self.fault(last.0, "a quotation mark is not closed"));
        }
        if self.accounts.is_empty() {
            return Err(Error::usage(format!("{} contains no accounts", self.path.display()))
                .hint("add one row per account below the header"));
        }
        let warnings = self.warnings();
        Ok(AccountsFile { accounts: self.accounts, warnings })
    }

    fn add(&mut self, line: u64, record: &csv::StringRecord) -> Result<()> {
        let cells = self.header.cells(record).map_err(|what| self.fault(line, &what))?;
        let request = account_of(cells).map_err(|error| {
            let at = self.fault(line, &error.message);
            Error { hint: error.hint, ..at }
        })?;
        let Some(&(first, at)) = self.lines.get(&request.account) else {
            self.lines.insert(request.account.clone(), (line, self.accounts.len()));
            self.accounts.push(request);
            return Ok(());
        };
        if self.accounts[at] != request {
            let what = format!("account `{}` is already on line {first}, with different values", request.account);
            return Err(self.fault(line, &what));
        }
        self.repeats.push(format!("line {line} repeats line {first} ('{}')", request.account));
        Ok(())
    }

    fn fault(&self, line: u64, what: &str) -> Error {
        Error::usage(format!("{}, line {line}: {what}", self.path.display()))
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let unused = self.header.unused();
        let path = self.path.display();
        if !unused.is_empty() {
            let (columns, are) = if unused.len() == 1 { ("column", "is") } else { ("columns", "are") };
            warnings.push(format!(
                "{path}: {columns} {} {are} ignored (the columns are {})",
                unused.join(", "),
                COLUMNS.join(", ")
            ));
        }
        if !self.repeats.is_empty() {
            let named = self.repeats.len().min(REPEATS_NAMED);
            let more = self.repeats.len() - named;
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            warnings.push(format!("{path}: {}{more}", self.repeats[..named].join(", ")));
        }
        warnings
    }
}

fn account_of(cells: [Option<&str>; COLUMNS.len()]) -> Result<AccountRequest> {
    let [handle, user_id, label, timezone, followers, followers_as_of] = cells;
    let by_id = user_id.map(|text| check_exponent(text).and_then(|()| parse_user_id(text))).transpose()?;
    let by_handle = handle.map(handle_cell).transpose()?;
    let mut request = match (by_handle, by_id) {
        (Some(by_handle), by_id) => {
            AccountRequest { account_id: by_id.and_then(|request| request.account_id), ..by_handle }
        }
        (None, Some(by_id)) => by_id,
        (None, None) => return Err(Error::usage("neither handle nor user_id")),
    };
    request.label = label.map(str::to_owned);
    let zone = |text: &str| {
        text.parse().map_err(|_| {
            Error::usage(format!("`{text}` is not an IANA time zone")).hint("use e.g. America/New_York or UTC")
        })
    };
    request.timezone = timezone.map(zone).transpose()?;
    request.followers = followers.map(count).transpose()?;
    request.followers_as_of = followers_as_of.map(day).transpose()?;
    Ok(request)
}

/// A cell of the column `handle` is a handle, even if it is all digits.
fn handle_cell(text: &str) -> Result<AccountRequest> {
    parse_handle(text).map_err(|error| Error { message: format!("`{text}`: {}", error.message), ..error })
}

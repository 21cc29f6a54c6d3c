//! Reads a workbook: its sheets in order, the cells of each as texts, and the XML of all parts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) struct Book {
    /// Names in the order of the tabs.
    pub names: Vec<String>,
    pub parts: BTreeMap<String, String>,
    texts: Vec<String>,
}

impl Book {
    pub(crate) fn open(path: &Path) -> Book {
        let mut archive =
            zip::ZipArchive::new(File::open(path).expect("there is a workbook")).expect("it is a zip file");
        let mut parts = BTreeMap::new();
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).expect("it is in the zip file");
            let (name, mut text) = (part.name().expect("a name").into_owned(), String::new());
            part.read_to_string(&mut text).expect("it is text");
            assert!(is_balanced(&text), "{name} is no XML");
            parts.insert(name, text);
        }
        let between = |text: &str, from: &str, to: &str| -> Vec<String> {
            text.split(from).skip(1).map(|rest| rest.split(to).next().unwrap_or_default().to_owned()).collect()
        };
        let names = between(&parts["xl/workbook.xml"], "<sheet name=\"", "\"");
        let strings = parts.get("xl/sharedStrings.xml").map_or("", String::as_str);
        let texts = between(strings, "<si>", "</si>").iter().map(|item| plain(item)).collect();
        Book { names, parts, texts }
    }

    /// The XML of a sheet.
    pub(crate) fn xml(&self, sheet: &str) -> &str {
        let at = self.names.iter().position(|name| name == sheet).unwrap_or_else(|| panic!("no sheet {sheet}"));
        &self.parts[&format!("xl/worksheets/sheet{}.xml", at + 1)]
    }

    /// A row of a sheet, counted from 1: its cells as texts, empty where there is none.
    pub(crate) fn row(&self, sheet: &str, number: usize) -> Vec<String> {
        let xml = self.xml(sheet);
        let Some((_, rest)) = xml.split_once(&format!("<row r=\"{number}\"")) else { return Vec::new() };
        let row = rest.split("</row>").next().unwrap_or_default();
        let mut cells = Vec::new();
        for cell in row.split("<c r=\"").skip(1) {
            let letters: String = cell.chars().take_while(char::is_ascii_uppercase).collect();
            let at = letters.bytes().fold(0, |at, letter| at * 26 + usize::from(letter - b'A') + 1) - 1;
            cells.resize(at.max(cells.len()), String::new());
            cells.push(self.text(cell));
        }
        cells
    }

    /// The rows below the headings of a report sheet.
    pub(crate) fn rows(&self, sheet: &str) -> Vec<Vec<String>> {
        (5..).map(|number| self.row(sheet, number)).take_while(|row| !row.is_empty()).collect()
    }

    fn text(&self, cell: &str) -> String {
        let head = cell.split('>').next().unwrap_or_default();
        let value = cell.split("<v>").nth(1).and_then(|rest| rest.split("</v>").next());
        match value {
            Some(index) if head.contains("t=\"s\"") => self.texts[index.parse::<usize>().expect("a number")].clone(),
            Some(value) => value.to_owned(),
            None => plain(cell),
        }
    }

    /// The charts of a sheet, as XML.
    pub(crate) fn charts(&self, sheet: &str) -> Vec<&str> {
        let of_sheet = |xml: &&String| xml.contains(&format!("<c:f>{}!", quoted(sheet)));
        let charts = self.parts.iter().filter(|(name, _)| name.starts_with("xl/charts/")).map(|(_, xml)| xml);
        charts.filter(of_sheet).map(String::as_str).collect()
    }
}

fn quoted(sheet: &str) -> String {
    if sheet.contains(' ') { format!("'{sheet}'") } else { sheet.to_owned() }
}

/// The text of `<t>` elements.
fn plain(xml: &str) -> String {
    let texts = xml.split("<t").skip(1).filter_map(|rest| rest.split_once('>')?.1.split("</t>").next());
    let text = texts.collect::<String>();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Whether every element that opens is closed, and no character is one that XML does not know.
fn is_balanced(xml: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in xml.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        match tag {
            _ if tag.starts_with('?') || tag.ends_with('/') => {}
            _ if tag.starts_with('/') => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
            _ => open.push(name),
        }
    }
    let is_known = |c: char| c >= ' ' && !['\u{FFFE}', '\u{FFFF}'].contains(&c) || "\t\n\r".contains(c);
    open.is_empty() && xml.chars().all(is_known)
}

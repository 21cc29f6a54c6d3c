//! The config file: its settings with the lines they stand on.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::{Spanned, Value};

use crate::cli::nearest::nearest;
use crate::cli::settings::{Kind, Origin, Setting, known};
use crate::error::{Error, Result};
use crate::fs;
use crate::store::kinds::expect_file;

/// The settings of a file by name. Blank ones are as if they were not there.
///
/// # Errors
/// Exit 2 for a file that cannot be read, and for a name that is no setting.
pub(crate) fn read(flag: &str, path: &Path) -> Result<BTreeMap<String, Setting>> {
    expect_file(flag, path)?;
    let text = fs::text_of(path).map_err(|error| Error::usage(format!("{}: {error}", path.display())))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let at = |byte: usize| format!("{}, line {}", path.display(), line_of(text, byte));
    let table: BTreeMap<Spanned<String>, Value> = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(|| path.display().to_string(), |span| at(span.start));
        Error::usage(format!("{place}: {}", error.message().replace('\n', ", ")))
            .hint("a setting is `name = value` on a line of its own, and texts are in quotes: store = \"reels\"")
    })?;
    let known = known();
    let mut settings: BTreeMap<String, Setting> = BTreeMap::new();
    let mut entries: Vec<(Spanned<String>, Value)> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let place = at(key.span().start);
        let key = key.into_inner();
        let name = key.replace('-', "_");
        let Some(kind) = known.get(&name) else { return Err(unknown(&place, &key, known.keys())) };
        let values = values(&value)
            .filter(|values| kind.is_list || values.len() < 2)
            .ok_or_else(|| Error::usage(format!("{place}: '{key}' takes {}", what_it_takes(kind))))?;
        let values = values.into_iter().filter(|value| !value.trim().is_empty());
        let values: Vec<OsString> = values.map(|value| in_folder_of(path, kind, value)).collect();
        let setting = Setting { values, origin: Origin::Line { place: place.clone(), key } };
        if settings.insert(name.clone(), setting).is_some() {
            return Err(Error::usage(format!("{place}: '{name}' is set twice")));
        }
    }
    settings.retain(|_, setting| !setting.values.is_empty());
    Ok(settings)
}

fn line_of(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

fn unknown<'n>(place: &str, key: &str, names: impl Iterator<Item = &'n String> + Clone) -> Error {
    let hint = match nearest(key, names.clone().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the settings are {}", names.cloned().collect::<Vec<_>>().join(", ")),
    };
    Error::usage(format!("{place}: '{key}' is not a setting")).hint(hint)
}

fn what_it_takes(kind: &Kind) -> &'static str {
    if kind.is_list { "a text, a number, or a list of them" } else { "a text, a number, true or false" }
}

fn values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Integer(number) => Some(vec![number.to_string()]),
        Value::Boolean(flag) => Some(vec![flag.to_string()]),
        Value::Datetime(at) => Some(vec![at.to_string()]),
        Value::Array(list) => list.iter().map(|value| values(value)?.pop()).collect(),
        Value::Float(_) | Value::Table(_) => None,
    }
}

/// A relative path counts from the folder of the file that it stands in.
fn in_folder_of(file: &Path, kind: &Kind, value: String) -> OsString {
    let folder: PathBuf = file.parent().map(Path::to_owned).unwrap_or_default();
    if kind.is_path { folder.join(value).into() } else { value.into() }
}

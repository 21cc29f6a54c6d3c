//! The settings that shape a run's tables, between the command line and the manifest.

use std::collections::BTreeMap;

use crate::config::Settings;
use crate::error::{Error, Result};
use crate::formats::csv::style::{Breaks, CsvStyle, Decimal, Dialect};
use crate::formats::options::{Compression, Format, Options};
use crate::store::manifest::RunSettings;

/// As a manifest lists them.
pub(crate) fn of(settings: &Settings) -> RunSettings {
    let csv = settings.output.csv;
    let formats: Vec<&str> = settings.output.formats.iter().map(|format| format.name()).collect();
    RunSettings {
        compression: settings.output.compression.name().to_owned(),
        csv_breaks: (csv.breaks() != Breaks::Keep).then(|| csv.breaks().name().to_owned()),
        csv_decimal: csv.own_decimal().map(|decimal| decimal.name().to_owned()),
        csv_delimiter: char::from(csv.delimiter()).to_string(),
        csv_dialect: csv.dialect().name().to_owned(),
        format: formats.join(","),
        timezone: settings.timezone.map_or("UTC", |zone| zone.name()).to_owned(),
    }
}

/// As the id of a replay needs them.
pub(crate) fn by_name(settings: &Settings) -> Result<BTreeMap<String, String>> {
    let json = serde_json::to_value(of(settings)).map_err(Error::unexpected)?;
    serde_json::from_value(json).map_err(Error::unexpected)
}

/// Adds Parquet, which the report, queries and the next run read.
pub(crate) fn with_parquet(mut output: Options) -> Options {
    if !output.formats.contains(&Format::Parquet) {
        output.formats.push(Format::Parquet);
    }
    output
}

/// The output options of a published run; a name that this version does not know gives the default.
pub(crate) fn output_of(settings: &RunSettings) -> Options {
    let default = default_output();
    let formats: Vec<Format> = settings.format.split(',').filter_map(Format::named).collect();
    let csv = CsvStyle::new(
        Dialect::named(&settings.csv_dialect).unwrap_or(default.csv.dialect()),
        settings.csv_delimiter.bytes().next(),
        settings.csv_decimal.as_deref().and_then(Decimal::named),
        settings.csv_breaks.as_deref().and_then(Breaks::named).unwrap_or(Breaks::Keep),
    );
    Options {
        formats: if settings.format.is_empty() { default.formats } else { formats },
        compression: Compression::named(&settings.compression).unwrap_or(default.compression),
        csv: csv.unwrap_or(default.csv),
        layout: default.layout,
    }
}

/// Parquet and CSV with their defaults.
pub(crate) fn default_output() -> Options {
    Options::new(&[Format::Parquet, Format::Csv])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_from_a_manifest() {
        let mut settings = Settings::new(default_output());
        settings.timezone = Some(chrono_tz::Europe::Berlin);
        settings.output.csv = CsvStyle::new(Dialect::Excel, Some(b'\t'), Some(Decimal::Comma), Breaks::Keep).unwrap();
        let json = serde_json::to_string(&of(&settings)).unwrap();
        assert!(!json.contains("csv_breaks") && json.contains(r#""csv_delimiter":"\t""#), "{json}");
        let back = output_of(&serde_json::from_str(&json).unwrap());
        assert_eq!(of(&Settings { output: back, ..settings.clone() }), of(&settings));
        assert_eq!(of(&Settings::new(output_of(&RunSettings::default()))), of(&Settings::new(default_output())));
    }
}

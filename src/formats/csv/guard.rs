//! Keeps Excel from reading texts as numbers, dates or formulas.

/// The first letters of months in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Swedish,
/// Danish, Romanian and Hungarian: Excel knows those of its locale.
const MONTHS: [&str; 49] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "jän", "mär", "mai", "okt",
    "dez", "fév", "fev", "avr", "jui", "aoû", "aou", "déc", "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug",
    "set", "ott", "out", "mrt", "maa", "mei", "sty", "lut", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "gru",
    "sze",
];

/// Changes a text so that Excel shows it unchanged.
pub(crate) fn guard(text: &mut String) {
    if text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        text.insert(0, '\'');
    } else if reads_as_a_number(text) || reads_as_a_month(text) {
        text.insert_str(0, "=\"");
        text.push('"');
    }
}

/// Whether Excel may read a text as a number, a day or a time, which changes it: an id, `2026-10`, `15-30`, `007`, `1e5`,
/// `,5`. (A text within a formula has at most 255 characters; no such number is that long.)
fn reads_as_a_number(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_digit() || b".,:/-+%eE ".contains(&byte);
    text.len() <= 255
        && text.trim_start_matches(' ').starts_with(|first: char| first.is_ascii_digit() || ".,".contains(first))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(part)
}

/// Whether a text is a month with digits, which Excel reads as a day: `sept2`, `Mai 2026`, `24. dez`.
fn reads_as_a_month(text: &str) -> bool {
    if text.len() > 40 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let is_separator = |c: char| c.is_ascii_digit() || " .,-/:".contains(c);
    let mut words = text.split(is_separator).filter(|word| !word.is_empty());
    let (Some(word), None) = (words.next(), words.next()) else { return false };
    let begin: String = word.chars().take(3).flat_map(char::to_lowercase).collect();
    MONTHS.contains(&begin.as_str()) && word.chars().all(char::is_alphabetic)
}

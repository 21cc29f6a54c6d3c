//! Key findings: sentences from the numbers of the sections, each only if enough reels support it. None claims a cause.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::query::answer::Answer;
use crate::report::render::format::{Precision, cut, display_text, format_value, grouped, plural};
use crate::schema::value::Value;

/// From this multiple on, or below its inverse, a difference is reported.
const MIN_RATIO: f64 = 1.3;
/// At most this many sentences of a kind, the strongest.
const MAX_PER_KIND: usize = 3;

/// A sentence and how strong it is among those of its kind.
struct KeyFinding {
    strength: f64,
    text: String,
}

/// Finds what stands out in an answer.
type Find = fn(&AnswerRows) -> Vec<KeyFinding>;

/// The sections about the newest update: not of a period that ends before it.
const OF_NEWEST_UPDATE: [&str; 2] = ["since_last_run", "cadence"];

/// What stands out, strongest first within each kind of question. Dates of the year of `last_observation` leave it out.
/// `is_current` says whether the period reaches the newest observation.
pub fn findings<'a>(
    answer_of: impl Fn(&str) -> Option<&'a Answer>,
    last_observation: &Value,
    is_current: bool,
) -> Vec<String> {
    let this_year = instant(last_observation).map(|time| time.year());
    let kinds: [(&str, Find); 13] = [
        ("since_last_run", since_last_run),
        ("since_last_run", no_longer_listed),
        ("cadence", silence),
        ("outliers", breakouts),
        ("monthly_trend", trend),
        ("best_times", best_times),
        ("durations", durations),
        ("hashtags", hashtags),
        ("captions", captions),
        ("audio", audio),
        ("collabs", collabs),
        ("paid", paid),
        ("concentration", concentration),
    ];
    let mut texts = Vec::new();
    for (name, find) in kinds {
        if OF_NEWEST_UPDATE.contains(&name) && !is_current {
            continue;
        }
        let Some(answer) = answer_of(name) else { continue };
        let mut found = find(&AnswerRows { answer, this_year });
        found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        texts.extend(found.into_iter().take(MAX_PER_KIND).map(|finding| finding.text));
    }
    texts
}

/// An answer by row and column name. A column that a user's own section lacks is null.
struct AnswerRows<'a> {
    answer: &'a Answer,
    /// Left out of dates.
    this_year: Option<i32>,
}

impl AnswerRows<'_> {
    fn all(&self) -> std::ops::Range<usize> {
        0..self.answer.rows.len()
    }

    fn value(&self, row: usize, name: &str) -> &Value {
        self.answer.value(row, name)
    }

    fn whole(&self, row: usize, name: &str) -> Option<i64> {
        self.value(row, name).as_int()
    }

    fn number(&self, row: usize, name: &str) -> Option<f64> {
        self.value(row, name).as_number()
    }

    fn is(&self, row: usize, name: &str, text: &str) -> bool {
        self.value(row, name).as_text() == Some(text)
    }

    /// The value in words.
    fn words(&self, row: usize, name: &str) -> String {
        display_text(&format_value(name, self.value(row, name), Precision::Short))
    }

    /// 19 October, or 19 October 2024.
    fn day(&self, day: NaiveDate) -> String {
        let format = if Some(day.year()) == self.this_year { "%-d %B" } else { "%-d %B %Y" };
        day.format(format).to_string()
    }

    /// October, or October 2024, of 2024-10.
    fn month(&self, row: usize) -> String {
        let text = self.words(row, "posted_month");
        let Ok(first) = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d") else { return text };
        let format = if Some(first.year()) == self.this_year { "%B" } else { "%B %Y" };
        first.format(format).to_string()
    }

    /// 10 times, 2.4 times, 1.66 times
    fn times(&self, row: usize, name: &str) -> String {
        match self.number(row, name) {
            Some(multiple) if multiple >= 9.95 => format!("{} times", grouped(multiple.round() as i64)),
            _ => format!("{} times", self.words(row, name).trim_end_matches('×')),
        }
    }

    /// Consecutive rows of one account.
    fn by_account(&self) -> Vec<Vec<usize>> {
        let rows: Vec<usize> = self.all().collect();
        rows.chunk_by(|a, b| self.value(*a, "account") == self.value(*b, "account")).map(<[usize]>::to_vec).collect()
    }

    /// By how much a group differs from the account's other reels, if that is more than chance does and notable.
    fn ratio_to(&self, others: &str, row: usize) -> Option<f64> {
        let is_beyond_chance = self.number(row, "z")?.abs() >= self.number(row, "z_needed")?;
        let ratio = self.number(row, "median_multiple")? / self.number(row, others).filter(|others| *others > 0.0)?;
        Some(ratio).filter(|ratio| is_beyond_chance && is_notable(*ratio))
    }

    /// For each account, the group that differs most from its other reels.
    fn groups(&self, name: impl Fn(usize) -> Option<String>) -> Vec<KeyFinding> {
        let finding = |rows: Vec<usize>| {
            let found = rows.into_iter().filter_map(|row| {
                let ratio = self.ratio_to("others_multiple", row)?;
                Some((row, name(row)?, ratio.ln().abs()))
            });
            let (row, name, strength) = found.max_by(|a, b| a.2.total_cmp(&b.2))?;
            let text = format!(
                "Over all history, {}'s {} {name} got {} the usual views, its other reels {}.",
                self.words(row, "account"),
                self.words(row, "median_multiple_n"),
                self.times(row, "median_multiple"),
                self.times(row, "others_multiple"),
            );
            Some(KeyFinding { strength, text })
        };
        self.by_account().into_iter().filter_map(finding).collect()
    }
}

fn is_notable(ratio: f64) -> bool {
    ratio >= MIN_RATIO || ratio <= 1.0 / MIN_RATIO
}

fn since_last_run(rows: &AnswerRows) -> Vec<KeyFinding> {
    let finding = |row: usize| {
        let new = rows.whole(row, "new_reels")?;
        let gained = rows.whole(row, "views_gained").filter(|_| rows.whole(row, "views_gained_n") > Some(0));
        if new == 0 && gained.is_none() {
            return None;
        }
        let n = rows.whole(row, "views_gained_n").unwrap_or(0);
        let strength = new as f64 + n as f64 / 1e6;
        let gained = gained.map(|views| {
            // Instagram corrects counts, also downwards.
            let verb = if views < 0 { "lost" } else { "gained" };
            let views = format_value("views_gained", &Value::Int(views.saturating_abs()), Precision::Short);
            format!("; its {} {verb} {views} views", plural(n, "earlier reel", "earlier reels"))
        });
        let new = if new == 0 { "nothing new".to_owned() } else { plural(new, "reel", "reels") };
        let (account, since) = (rows.words(row, "account"), since_previous(rows, row));
        let text = format!("{account} posted {new} {since}{}.", gained.unwrap_or_default());
        Some(KeyFinding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

/// in the week to 19 October, in the 3 days to 19 October
fn since_previous(rows: &AnswerRows, row: usize) -> String {
    let times = (instant(rows.value(row, "previous_observation")), instant(rows.value(row, "crawl_started_at")));
    let (Some(before), Some(now)) = times else { return "since the previous update".to_owned() };
    let hours = (now - before).num_minutes() as f64 / 60.0;
    let period = match (hours.round() as i64, (hours / 24.0).round() as i64) {
        (..2, _) => return "since the previous update".to_owned(),
        (hours @ ..48, _) => plural(hours, "hour", "hours"),
        (_, 7) => "week".to_owned(),
        (_, days) => plural(days, "day", "days"),
    };
    format!("in the {period} to {}", rows.day(now.date_naive()))
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Utc(time) => DateTime::from_timestamp_micros(time.0),
        _ => None,
    }
}

fn no_longer_listed(rows: &AnswerRows) -> Vec<KeyFinding> {
    let finding = |row: usize| {
        let gone = rows.whole(row, "no_longer_listed").filter(|gone| *gone > 0)?;
        let (reels, them) = (plural(gone, "reel is", "reels are"), if gone == 1 { "it" } else { "them" });
        let text = format!(
            "{reels} no longer listed for {}: the last two full updates did not show {them}.",
            rows.words(row, "account")
        );
        Some(KeyFinding { strength: gone as f64, text })
    };
    rows.all().filter_map(finding).collect()
}

fn breakouts(rows: &AnswerRows) -> Vec<KeyFinding> {
    let finding = |row: usize| {
        let is_breakout = rows.is(row, "performance", "breakout");
        let strength = rows.number(row, "rated_multiple").filter(|_| is_breakout)?;
        let mut remarks = Vec::new();
        if let Value::Text(hook) = rows.value(row, "hook") {
            remarks.push(format!("“{}”", cut(&display_text(hook), 60)));
        }
        if let Value::Text(listing) = rows.value(row, "listing") {
            remarks.push(display_text(listing));
        }
        let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
        let posted = match rows.value(row, "posted_date") {
            Value::Day(day) => day.date().map(|day| rows.day(day)),
            _ => None,
        };
        let age = if rows.is(row, "compared", "7 days") { " in 7 days" } else { "" };
        let text = format!(
            "{}'s reel of {}{remarks} reached {} views{age}: {} the usual {} (median of the {} before it).",
            rows.words(row, "account"),
            posted.unwrap_or_else(|| rows.words(row, "posted_date")),
            rows.words(row, "compared_views"),
            rows.times(row, "rated_multiple"),
            rows.words(row, "baseline_views"),
            rows.words(row, "baseline_n"),
        );
        Some(KeyFinding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

/// The last two finished months, at equal age.
fn trend(rows: &AnswerRows) -> Vec<KeyFinding> {
    let finding = |months: Vec<usize>| {
        let then = *months.iter().find(|row| rows.number(**row, "z").is_some())?;
        let before = *months.iter().find(|row| **row != then && rows.number(**row, "compared_views").is_some())?;
        let is_beyond_chance = rows.number(then, "z")?.abs() >= rows.number(then, "z_needed")?;
        let views = |row: usize| rows.number(row, "compared_views").filter(|views| *views > 0.0);
        let ratio = views(then)? / views(before)?;
        if !is_beyond_chance || !is_notable(ratio) {
            return None;
        }
        let age = if rows.is(then, "compared_at", "7 days") { "at 7 days" } else { "of reels at least 30 days old" };
        let text = format!(
            "{}'s median views {age} {} from {} in {} ({} reels) to {} in {} ({} reels).",
            rows.words(then, "account"),
            if ratio > 1.0 { "rose" } else { "fell" },
            rows.words(before, "compared_views"),
            rows.month(before),
            rows.words(before, "compared_views_n"),
            rows.words(then, "compared_views"),
            rows.month(then),
            rows.words(then, "compared_views_n"),
        );
        Some(KeyFinding { strength: ratio.ln().abs(), text })
    };
    rows.by_account().into_iter().filter_map(finding).collect()
}

/// An account that is silent for longer than its usual pace explains.
fn silence(rows: &AnswerRows) -> Vec<KeyFinding> {
    let finding = |row: usize| {
        let is_silent = *rows.value(row, "is_silent") == Value::Bool(true);
        let days = rows.number(row, "days_since_last_post").filter(|_| is_silent)?;
        let text = format!("{} has not posted for {} days.", rows.words(row, "account"), grouped(days.floor() as i64));
        Some(KeyFinding { strength: days, text })
    };
    rows.all().filter_map(finding).collect()
}

fn best_times(rows: &AnswerRows) -> Vec<KeyFinding> {
    let finding = |row: usize| {
        let n = rows.whole(row, "n")?;
        let strength = rows.ratio_to("others_multiple", row).filter(|ratio| *ratio > 1.0)?;
        let text = format!(
            "Over all history, {}'s {} {}-{} reels got {} the usual views, its other reels {} (about {:.1} times its \
             average, adjusted for chance).",
            rows.words(row, "account"),
            grouped(n),
            long_weekday(rows.whole(row, "posted_weekday")).unwrap_or(&rows.words(row, "posted_weekday")),
            rows.words(row, "posted_daypart"),
            rows.times(row, "median_multiple"),
            rows.times(row, "others_multiple"),
            rows.number(row, "cautious_multiple")?,
        );
        Some(KeyFinding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

fn long_weekday(number: Option<i64>) -> Option<&'static str> {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    days.get(usize::try_from(number? - 1).ok()?).copied()
}

fn durations(rows: &AnswerRows) -> Vec<KeyFinding> {
    rows.groups(|row| {
        let bucket = rows.words(row, "duration_bucket").replace('≤', "up to\u{a0}").replace('>', "over\u{a0}");
        Some(format!("reels of {bucket}\u{a0}s"))
    })
}

fn captions(rows: &AnswerRows) -> Vec<KeyFinding> {
    rows.groups(|row| {
        let (habit, choice) = (rows.words(row, "habit"), rows.words(row, "choice"));
        let with = if choice == "no" || choice == "none" { "without" } else { "with" };
        Some(match (habit.as_str(), choice.as_str()) {
            ("hook", "none") => "reels without a hook".to_owned(),
            ("hook", chars) => format!("reels with a hook of {chars}"),
            ("question" | "call to action", _) => format!("reels {with} a {habit}"),
            (_, "none") => format!("reels without {habit}"),
            (_, number) => format!("reels with {number} {}", if habit == "emoji" { "emoji" } else { "hashtags" }),
        })
    })
}

fn audio(rows: &AnswerRows) -> Vec<KeyFinding> {
    rows.groups(|row| {
        Some(match rows.words(row, "audio").as_str() {
            "original" => "reels with original sound".to_owned(),
            "licensed" => "reels with licensed music".to_owned(),
            "silent" => "reels without sound".to_owned(),
            other => format!("reels with {other}"),
        })
    })
}

fn collabs(rows: &AnswerRows) -> Vec<KeyFinding> {
    let is_collab = |row: usize| rows.is(row, "kind", "with coauthors");
    rows.groups(|row| is_collab(row).then(|| "reels with coauthors".to_owned()))
}

fn hashtags(rows: &AnswerRows) -> Vec<KeyFinding> {
    let finding = |row: usize| {
        let lift = rows.ratio_to("without_multiple", row)?;
        let compared = match 100.0 * (lift - 1.0) {
            ..-99.0 => "over\u{a0}99\u{a0}% fewer views than".to_owned(),
            percent @ ..0.0 => format!("{:.0}\u{a0}% fewer views than", -percent),
            percent @ ..99.5 => format!("{percent:.0}\u{a0}% more views than"),
            _ => format!("{} the views of", rows.times(row, "lift_multiple")),
        };
        let text = format!(
            "Over all history, {}'s {} reels tagged #{} got {compared} its other {}, relative to what was usual at the time.",
            rows.words(row, "account"),
            rows.words(row, "median_multiple_n"),
            rows.words(row, "hashtag"),
            rows.words(row, "without_multiple_n"),
        );
        Some(KeyFinding { strength: lift.ln().abs(), text })
    };
    rows.all().filter_map(finding).collect()
}

fn paid(rows: &AnswerRows) -> Vec<KeyFinding> {
    rows.groups(|row| match rows.value(row, "kind").as_text()? {
        "paid partnership" => Some("paid partnerships".to_owned()),
        "disclosed in caption only" => Some("ads disclosed in the caption".to_owned()),
        _ => None,
    })
}

fn concentration(rows: &AnswerRows) -> Vec<KeyFinding> {
    const MIN_REELS_WITH_VIEWS: i64 = 20;
    const MIN_SHARE: f64 = 0.4;
    let finding = |row: usize| {
        let n = rows.whole(row, "n").filter(|n| *n >= MIN_REELS_WITH_VIEWS)?;
        let strength = rows.number(row, "top_share").filter(|share| *share >= MIN_SHARE)?;
        let text = format!(
            "Over all history, {} of {}'s {} reels bring {:.0}\u{a0}% of its views.",
            rows.words(row, "top_reels"),
            rows.words(row, "account"),
            grouped(n),
            100.0 * strength,
        );
        Some(KeyFinding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

//! Key findings: sentences made of the numbers of the sections, each only where its numbers carry it. None says why.

use crate::query::answer::{Answer, Value};
use crate::query::file::bare_name;
use crate::report::build::Section;
use crate::report::render::format;
use crate::report::render::format::{Precision, cut, plural, shown, written};

/// Under so many reels a group says nothing here.
const CARRIES: i64 = 5;
/// From this multiple on, or under its inverse, a difference is told.
const TELLING: f64 = 1.3;
/// Sentences of a kind: the strongest.
const MOST: usize = 3;

/// A sentence and how strong it is among those of its kind.
struct Finding {
    strength: f64,
    text: String,
}

/// Reads an answer for what stands out.
type Find = fn(&Rows) -> Vec<Finding>;

/// What stands out, strongest first within each kind of question.
pub(crate) fn findings(sections: &[Section]) -> Vec<String> {
    let kinds: [(&str, Find); 9] = [
        ("since_last_run", since_last_run),
        ("since_last_run", no_longer_listed),
        ("outliers", breakouts),
        ("monthly_trend", trend),
        ("best_times", best_times),
        ("durations", durations),
        ("hashtags", hashtags),
        ("paid", paid),
        ("concentration", concentration),
    ];
    let mut said = Vec::new();
    for (name, find) in kinds {
        let Some(section) = sections.iter().find(|section| bare_name(&section.name) == name) else { continue };
        let mut found = find(&Rows { answer: &section.answer });
        found.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        said.extend(found.into_iter().take(MOST).map(|finding| finding.text));
    }
    said
}

/// An answer by row and name. A column that a user's own section lacks is nothing.
struct Rows<'a> {
    answer: &'a Answer,
}

impl Rows<'_> {
    fn all(&self) -> std::ops::Range<usize> {
        0..self.answer.rows.len()
    }

    fn value(&self, row: usize, name: &str) -> &Value {
        let column = self.answer.position(name);
        column.map_or(&Value::Null, |column| &self.answer.rows[row][column])
    }

    fn whole(&self, row: usize, name: &str) -> Option<i64> {
        match self.value(row, name) {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    fn number(&self, row: usize, name: &str) -> Option<f64> {
        match self.value(row, name) {
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) => Some(*number).filter(|number| number.is_finite()),
            _ => None,
        }
    }

    /// The value in words.
    fn words(&self, row: usize, name: &str) -> String {
        shown(&written(name, self.value(row, name), Precision::Short))
    }

    /// Rows that lie together because they are of one account.
    fn by_account(&self) -> Vec<Vec<usize>> {
        let rows: Vec<usize> = self.all().collect();
        rows.chunk_by(|a, b| self.value(*a, "account") == self.value(*b, "account")).map(<[usize]>::to_vec).collect()
    }

    /// A multiple where it rests on enough reels.
    fn carried(&self, row: usize, name: &str) -> Option<f64> {
        let n = self.whole(row, &format!("{name}_n"))?;
        self.number(row, name).filter(|multiple| n >= CARRIES && *multiple > 0.0)
    }
}

fn is_telling(ratio: f64) -> bool {
    ratio >= TELLING || ratio <= 1.0 / TELLING
}

fn since_last_run(rows: &Rows) -> Vec<Finding> {
    let finding = |row: usize| {
        let new = rows.whole(row, "new_reels")?;
        let gained = rows.whole(row, "views_gained").filter(|_| rows.whole(row, "views_gained_n") > Some(0));
        if new == 0 && gained.is_none() {
            return None;
        }
        let (account, before) = (rows.words(row, "account"), rows.words(row, "previous_observation"));
        let n = rows.whole(row, "views_gained_n").unwrap_or(0);
        let strength = new as f64 + n as f64 / 1e6;
        let gained = gained.map(|views| {
            // The platform corrects counts, also downwards.
            let verb = if views < 0 { "lost" } else { "gained" };
            let views = written("views_gained", &Value::Int(views.saturating_abs()), Precision::Short);
            format!("; {} read again {verb} {views} views", plural(n, "reel", "reels"))
        });
        let new = if new == 0 { "no new reel".to_owned() } else { plural(new, "new reel", "new reels") };
        let text = format!("{account} has {new} since the reading before ({before}){}.", gained.unwrap_or_default());
        Some(Finding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

fn no_longer_listed(rows: &Rows) -> Vec<Finding> {
    let finding = |row: usize| {
        let gone = rows.whole(row, "no_longer_listed").filter(|gone| *gone > 0)?;
        let (reels, them) = (plural(gone, "reel is", "reels are"), if gone == 1 { "it" } else { "them" });
        let text = format!(
            "{reels} no longer listed for {}: two full crawls did not show {them}.",
            rows.words(row, "account")
        );
        Some(Finding { strength: gone as f64, text })
    };
    rows.all().filter_map(finding).collect()
}

fn breakouts(rows: &Rows) -> Vec<Finding> {
    let finding = |row: usize| {
        let is_breakout = *rows.value(row, "performance") == Value::Text("breakout".to_owned());
        let strength = rows.number(row, "judged_multiple").filter(|_| is_breakout)?;
        let hook = match rows.value(row, "hook") {
            Value::Text(hook) => format!(" (“{}”)", cut(&shown(hook), 60)),
            _ => String::new(),
        };
        let listing = match rows.value(row, "listing") {
            Value::Text(listing) => format!(", {},", shown(listing)),
            _ => String::new(),
        };
        let text = format!(
            "A reel of {} posted {}{listing} broke out{hook}: {} views {}, {} its usual {}, the median of {} earlier reels.",
            rows.words(row, "account"),
            rows.words(row, "posted_date"),
            rows.words(row, "views"),
            rows.words(row, "compared"),
            rows.words(row, "judged_multiple"),
            rows.words(row, "baseline_views"),
            rows.words(row, "baseline_n"),
        );
        Some(Finding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

/// The month before the last against the one before it: the last one's reels have had less time for their views.
fn trend(rows: &Rows) -> Vec<Finding> {
    let finding = |months: Vec<usize>| {
        let [.., before, then, _last] = months.as_slice() else { return None };
        let is_carried =
            |row: usize| rows.whole(row, "n") >= Some(CARRIES) && rows.whole(row, "immature_reels") == Some(0);
        let ratio =
            rows.number(*then, "median_views")? / rows.number(*before, "median_views").filter(|views| *views > 0.0)?;
        if !is_carried(*before) || !is_carried(*then) || !is_telling(ratio) || ratio <= 0.0 {
            return None;
        }
        let text = format!(
            "Median views of {} {} from {} in {} (n = {}) to {} in {} (n = {}).",
            rows.words(*then, "account"),
            if ratio > 1.0 { "rose" } else { "fell" },
            rows.words(*before, "median_views"),
            rows.words(*before, "posted_month"),
            rows.words(*before, "n"),
            rows.words(*then, "median_views"),
            rows.words(*then, "posted_month"),
            rows.words(*then, "n"),
        );
        Some(Finding { strength: ratio.ln().abs(), text })
    };
    rows.by_account().into_iter().filter_map(finding).collect()
}

fn best_times(rows: &Rows) -> Vec<Finding> {
    const CAUTIOUSLY: f64 = 1.2;
    let finding = |row: usize| {
        let n = rows.whole(row, "n").filter(|n| *n >= CARRIES)?;
        let strength = rows.number(row, "cautious_multiple").filter(|multiple| *multiple >= CAUTIOUSLY)?;
        let text = format!(
            "{} does well on {} {}: {} its usual views, cautiously put (n = {n}; of 28 slots some look good by chance).",
            rows.words(row, "account"),
            rows.words(row, "posted_weekday"),
            rows.words(row, "posted_daypart"),
            rows.words(row, "cautious_multiple"),
        );
        Some(Finding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

fn durations(rows: &Rows) -> Vec<Finding> {
    let finding = |lengths: Vec<usize>| {
        let known = |row: &usize| *rows.value(*row, "duration_bucket") != Value::Text("unknown".to_owned());
        let carried =
            lengths.into_iter().filter(known).filter_map(|row| Some((row, rows.carried(row, "median_multiple")?)));
        let mut carried: Vec<(usize, f64)> = carried.collect();
        carried.sort_by(|a, b| a.1.total_cmp(&b.1));
        let ((low, least), (high, most)) = (*carried.first()?, *carried.last()?);
        if most / least < TELLING {
            return None;
        }
        let of = |row: usize| {
            let (length, multiple) = (rows.words(row, "duration_bucket"), rows.words(row, "median_multiple"));
            format!("{length} s at {multiple} (n = {})", rows.words(row, "median_multiple_n"))
        };
        let account = rows.words(high, "account");
        let text = format!(
            "By length, {account} does best with {} and worst with {}, against its usual views.",
            of(high),
            of(low)
        );
        Some(Finding { strength: most / least, text })
    };
    rows.by_account().into_iter().filter_map(finding).collect()
}

fn hashtags(rows: &Rows) -> Vec<Finding> {
    let finding = |row: usize| {
        let lift = rows.carried(row, "lift_multiple").filter(|lift| is_telling(*lift))?;
        let text = format!(
            "Reels of {} with #{} have {} the views of those without, each against its usual (n = {} with, {} without).",
            rows.words(row, "account"),
            rows.words(row, "hashtag"),
            rows.words(row, "lift_multiple"),
            rows.words(row, "median_multiple_n"),
            rows.words(row, "without_multiple_n"),
        );
        Some(Finding { strength: lift.ln().abs(), text })
    };
    rows.all().filter_map(finding).collect()
}

fn paid(rows: &Rows) -> Vec<Finding> {
    let finding = |kinds: Vec<usize>| {
        let of = |kind: &str| {
            let row = kinds.iter().copied().find(|row| *rows.value(*row, "kind") == Value::Text(kind.to_owned()))?;
            Some((row, rows.carried(row, "median_multiple")?))
        };
        let ((paid, with), (organic, without)) = (of("paid partnership")?, of("organic")?);
        if !is_telling(with / without) {
            return None;
        }
        let text = format!(
            "Paid partnerships of {} are at {} its usual views (n = {}), organic reels at {} (n = {}).",
            rows.words(paid, "account"),
            rows.words(paid, "median_multiple"),
            rows.words(paid, "median_multiple_n"),
            rows.words(organic, "median_multiple"),
            rows.words(organic, "median_multiple_n"),
        );
        Some(Finding { strength: (with / without).ln().abs(), text })
    };
    rows.by_account().into_iter().filter_map(finding).collect()
}

fn concentration(rows: &Rows) -> Vec<Finding> {
    const REELS: i64 = 20;
    const LARGE: f64 = 0.4;
    let finding = |row: usize| {
        let n = rows.whole(row, "n").filter(|n| *n >= REELS)?;
        let strength = rows.number(row, "top_share").filter(|share| *share >= LARGE)?;
        let text = format!(
            "Of the {} own reels of {} with views and at least 48 hours old, the top {} hold {} of the views.",
            format::grouped(n),
            rows.words(row, "account"),
            rows.words(row, "top_reels"),
            rows.words(row, "top_share"),
        );
        Some(Finding { strength, text })
    };
    rows.all().filter_map(finding).collect()
}

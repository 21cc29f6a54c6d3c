//! Findings on groups of an account's reels over all history: times, lengths, hashtags, captions, sounds and partners.

use crate::report::findings::rows::{AnswerRows, ratio_to};
use crate::report::findings::{Basis, Finding, Topic};
use crate::report::render::dates::{slot, weekday};
use crate::report::render::format::grouped;
use crate::report::row::Row;

/// For each account, the group that differs most from its other reels.
fn strongest(rows: &AnswerRows, kind: &'static str, name: impl Fn(&Row) -> Option<String>) -> Vec<Finding> {
    let of_account = |group: Vec<Row>| {
        let found = group.into_iter().filter_map(|row| {
            let ratio = ratio_to("others_multiple", &row)?;
            Some((row, name(&row)?, ratio))
        });
        let (row, name, ratio) = found.max_by(|a, b| a.2.ln().abs().total_cmp(&b.2.ln().abs()))?;
        Some(of_group(rows, &row, kind, &name, ratio))
    };
    rows.by_account().into_iter().filter_map(of_account).collect()
}

fn of_group(rows: &AnswerRows, row: &Row, kind: &'static str, name: &str, ratio: f64) -> Finding {
    let claim = format!("{name} got {} the usual views", row.times("median_multiple"));
    let topic = if ratio > 1.0 { Topic::Try } else { Topic::Standing };
    let n = row.words("median_multiple_n");
    let details = format!(" ({n} reels of all history; other reels {}).", row.times("others_multiple"));
    Finding {
        value: row.number("median_multiple"),
        change: Some(ratio - 1.0),
        n: row.whole("median_multiple_n"),
        z: row.number("z"),
        details,
        strength: ratio.ln().abs(),
        ..rows.finding(row, kind, Basis::AllHistory, topic, claim)
    }
}

pub(super) fn best_times(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: Row| {
        let n = row.whole("n")?;
        let ratio = ratio_to("others_multiple", &row).filter(|ratio| *ratio > 1.0)?;
        let adjusted = row.number("cautious_multiple")?;
        let weekday = weekday(row.whole("posted_weekday")).unwrap_or_default();
        let slot = slot(weekday, &row.words("posted_daypart"));
        let mut finding = of_group(rows, &row, "best_time", &slot, ratio);
        finding.claim = format!("{slot} got about {adjusted:.1} times the average views");
        finding.details = format!(
            " ({} reels of all history, allowing for chance). As counted: {} the usual, against {} at other times.",
            grouped(n),
            row.times("median_multiple"),
            row.times("others_multiple"),
        );
        finding.n = Some(n);
        Some(finding)
    };
    rows.all().filter_map(finding).collect()
}

pub(super) fn durations(rows: &AnswerRows) -> Vec<Finding> {
    strongest(rows, "duration", |row| {
        let bucket = row.words("duration_bucket").replace('≤', "up to\u{a0}").replace('>', "over\u{a0}");
        Some(format!("Reels of {bucket}\u{a0}s"))
    })
}

pub(super) fn captions(rows: &AnswerRows) -> Vec<Finding> {
    strongest(rows, "caption", |row| {
        let (habit, choice) = (row.words("habit"), row.words("choice"));
        let with = if choice == "no" || choice == "none" { "without" } else { "with" };
        Some(match (habit.as_str(), choice.as_str()) {
            ("hook", "none") => "Reels without a hook".to_owned(),
            ("hook", chars) => format!("Reels with a hook of {chars}"),
            ("question" | "call to action", _) => format!("Reels {with} a {habit}"),
            (_, "none") => format!("Reels without {habit}"),
            (_, number) => format!("Reels with {number} {}", if habit == "emoji" { "emoji" } else { "hashtags" }),
        })
    })
}

pub(super) fn audio(rows: &AnswerRows) -> Vec<Finding> {
    strongest(rows, "audio", |row| {
        Some(match row.words("audio").as_str() {
            "original" => "Reels with original sound".to_owned(),
            "licensed" => "Reels with licensed music".to_owned(),
            "silent" => "Reels without sound".to_owned(),
            other => format!("Reels with {other}"),
        })
    })
}

pub(super) fn collabs(rows: &AnswerRows) -> Vec<Finding> {
    let is_collab = |row: &Row| row.text("kind") == Some("with coauthors");
    strongest(rows, "collab", |row| is_collab(row).then(|| "Reels with coauthors".to_owned()))
}

pub(super) fn paid(rows: &AnswerRows) -> Vec<Finding> {
    strongest(rows, "paid", |row| match row.value("kind").as_text()? {
        "paid partnership" => Some("Paid partnerships".to_owned()),
        "disclosed in caption only" => Some("Ads disclosed in the caption".to_owned()),
        _ => None,
    })
}

pub(super) fn hashtags(rows: &AnswerRows) -> Vec<Finding> {
    let finding = |row: Row| {
        let lift = ratio_to("without_multiple", &row)?;
        let compared = match 100.0 * (lift - 1.0) {
            ..-99.0 => "over\u{a0}99\u{a0}% fewer views than".to_owned(),
            percent @ ..0.0 => format!("{:.0}\u{a0}% fewer views than", -percent),
            percent @ ..99.5 => format!("{percent:.0}\u{a0}% more views than"),
            _ => format!("{} the views of", row.times("lift_multiple")),
        };
        let claim = format!("Reels tagged #{} got {compared} others", row.words("hashtag"));
        let topic = if lift > 1.0 { Topic::Try } else { Topic::Standing };
        let details = format!(
            ", relative to what was usual at the time ({} and {} reels of all history).",
            row.words("median_multiple_n"),
            row.words("without_multiple_n"),
        );
        Some(Finding {
            value: row.number("median_multiple"),
            change: Some(lift - 1.0),
            n: row.whole("median_multiple_n"),
            z: row.number("z"),
            details,
            strength: lift.ln().abs(),
            ..rows.finding(&row, "hashtag", Basis::AllHistory, topic, claim)
        })
    };
    rows.all().filter_map(finding).collect()
}

pub(super) fn concentration(rows: &AnswerRows) -> Vec<Finding> {
    const MIN_REELS_WITH_VIEWS: i64 = 20;
    const MIN_SHARE: f64 = 0.4;
    let finding = |row: Row| {
        let n = row.whole("n").filter(|n| *n >= MIN_REELS_WITH_VIEWS)?;
        let share = row.number("top_share").filter(|share| *share >= MIN_SHARE)?;
        let top = row.words("top_reels");
        let claim = format!("{top} of {} reels bring {:.0}\u{a0}% of all views", grouped(n), 100.0 * share);
        let finding = rows.finding(&row, "concentration", Basis::AllHistory, Topic::Standing, claim);
        // Below all that is compared with something.
        Some(Finding { value: Some(share), n: Some(n), strength: share / 100.0, ..finding })
    };
    rows.all().filter_map(finding).collect()
}

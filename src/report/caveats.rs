//! Limits of the data, as sentences. A limit that does not apply to this data is left out.

use crate::query::period::Period;
use crate::report::data_summary::{AccountSummary, DataSummary, Doubt};
use crate::report::render::format::{clean, cut, grouped, named, plural};
use crate::schema::values::{AccountStatus, FollowersSource};

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caveat {
    pub text: String,
    /// True if it is specific to this data; false if it holds for any public reel.
    pub of_this_data: bool,
}

/// How many accounts a sentence names before it only counts the others.
const NAMED: usize = 12;

pub(crate) fn caveats(facts: &DataSummary, period: Period) -> Vec<Caveat> {
    let specific = |text: String| Caveat { text, of_this_data: true };
    let general = |text: &str| Caveat { text: text.to_owned(), of_this_data: false };
    let mut limits: Vec<Caveat> =
        [of_doubts(facts), of_accounts(facts), of_likes_and_age(facts), of_views(facts), of_owners_and_lists(facts)]
            .into_iter()
            .flatten()
            .chain(of_gains(facts, period))
            .chain(
                period.ends_after().map(|day| format!("The period is not over: the newest observation is of {day}.")),
            )
            .map(specific)
            .collect();
    if facts.with_baseline > 0 {
        limits.push(general(
            "Groups of reels are compared by views at 7 days where these are known, else by views scaled to 30 days. Differences between groups are associations, not causes.",
        ));
    }
    if facts.reels > 0 {
        limits.push(general("Reach, saves, watch time and audience are private and not included."));
    }
    limits
}

/// Days of the period on which no reel's gain is known: before the first update, or after the last one.
fn of_gains(facts: &DataSummary, period: Period) -> Option<String> {
    let (known, days) = (facts.days_with_gains, i64::from(period.days?));
    let what = match known {
        0 => "Views gained are not known for any day of the period".to_owned(),
        _ => format!(
            "Views gained are known for {} of the {} of the period",
            grouped(known),
            plural(days, "day", "days")
        ),
    };
    (known < days).then(|| format!("{what}: a day needs an update before and after it."))
}

/// What is missing or has stopped changing: everything based on it is out of date.
fn of_doubts(facts: &DataSummary) -> Vec<String> {
    let sentence = |doubt: &Doubt| format!("{}, {}.", cut(&clean(&doubt.account), 60), clean(&doubt.detail));
    let mut said: Vec<String> = facts.doubts.iter().take(NAMED).map(sentence).collect();
    if facts.doubts.len() > NAMED {
        let more =
            plural((facts.doubts.len() - NAMED) as i64, "more note of this kind is", "more notes of this kind are");
        said.push(format!("{more} in the section “Data quality”."));
    }
    said
}

fn of_accounts(facts: &DataSummary) -> Vec<String> {
    let mut said = Vec::new();
    if facts.accounts.is_empty() {
        said.push("There are no accounts in this data.".to_owned());
    } else if facts.reels == 0 {
        said.push("There are no reels in this data.".to_owned());
    }
    for (statuses, says) in [
        (
            &[AccountStatus::Partial, AccountStatus::Failed][..],
            "Not fully updated, so older reels or all of them may be missing",
        ),
        (&[AccountStatus::NotFound][..], "Not found on Instagram"),
        (&[AccountStatus::Private][..], "Private at the latest update, so no reels could be seen"),
        (&[AccountStatus::Empty][..], "Without reels at the latest update"),
        (
            &[AccountStatus::EmptyOrPrivate][..],
            "No public reels at the latest update (empty and private accounts look the same)",
        ),
        (
            &[AccountStatus::Limited][..],
            "Updated in part, up to a page limit, a date or the last saved page, so older reels may be missing",
        ),
        (
            &[AccountStatus::Incremental][..],
            "Last updated only back to a date, so older reels show earlier numbers or may be missing",
        ),
    ] {
        let named = names(facts, |account| account.status.is_some_and(|status| statuses.contains(&status)));
        if !named.is_empty() {
            said.push(format!("{says}: {named}."));
        }
    }
    let with_counts_of = |source| names(facts, |account| account.followers_source == Some(source));
    let supplied = with_counts_of(FollowersSource::AccountsFile);
    if !supplied.is_empty() {
        let is_mixed = !with_counts_of(FollowersSource::Profile).is_empty();
        let of = if is_mixed { format!(" of {supplied}") } else { String::new() };
        said.push(format!("Follower counts{of} come from the accounts file, not from Instagram."));
    }
    said
}

fn of_likes_and_age(facts: &DataSummary) -> Vec<String> {
    let immature = some_reels(facts, facts.immature).map(|(n, one)| {
        let were = if one { "was" } else { "were" };
        format!(
            "{n} {were} under 48 hours old at the latest update: listed, but left out of medians of latest views and of \
             engagement. Outliers, best times and comparisons leave out all reels under 7 days old."
        )
    });
    let hidden = some_reels(facts, facts.hidden_likes).map(|(n, one)| {
        let hide = if one { "hides its" } else { "hide their" };
        format!("{n} {hide} likes: left out of like and engagement figures.")
    });
    let suspect = some_reels(facts, facts.suspect_likes).map(|(n, one)| {
        let show = if one { "shows" } else { "show" };
        format!(
            "{n} {show} exactly 3 likes at 1,000 views or more, a value Instagram shows for hidden likes: left out of \
             like and engagement figures."
        )
    });
    [immature, hidden, suspect].into_iter().flatten().collect()
}

fn of_views(facts: &DataSummary) -> Vec<String> {
    let none = some_reels(facts, facts.no_views).map(|(n, one)| {
        let have = if one { "has" } else { "have" };
        format!("{n} {have} no view count: left out of view figures.")
    });
    let alone = (facts.instagram_alone > 0).then(|| {
        let end = if facts.whole_play_count > 0 { ", except as noted next." } else { "." };
        format!("Views are Instagram plays; Facebook cross-post plays are excluded{end}")
    });
    let whole = some_reels(facts, facts.whole_play_count)
        .map(|(n, _)| format!("{n} had a single play count, which may include Facebook plays."));
    [none, alone, whole].into_iter().flatten().collect()
}

fn of_owners_and_lists(facts: &DataSummary) -> Vec<String> {
    let others = some_reels(facts, facts.of_others).map(|(n, one)| {
        let (are, them) = if one { ("is", "it") } else { ("are", "them") };
        format!("{n} {are} listed by an account that does not own {them}: left out of that account's performance.")
    });
    let unowned = some_reels(facts, facts.owner_unknown)
        .map(|(n, _)| format!("{n} had no known owner: left out of every account's performance."));
    let clock = some_reels(facts, facts.other_clock)
        .map(|(n, _)| format!("{n} lacked the usual posting time; it was taken from another field or the reel id."));
    let pins = (facts.reels > 0).then(|| {
        let unknown = some_reels(facts, facts.pin_unknown)
            .map_or(String::new(), |(n, _)| format!(" For {}, pin status is unknown.", n.to_lowercase()));
        format!("Some pinned reels may be missing.{unknown}")
    });
    [others, unowned, clock, pins].into_iter().flatten().collect()
}

/// "3 of 120 reels", and whether it is one; `None` for 0.
fn some_reels(facts: &DataSummary, n: i64) -> Option<(String, bool)> {
    let text = match (n, facts.reels) {
        (0, _) => return None,
        (1, 1) => "The one reel".to_owned(),
        (n, all) if n == all => format!("All {} reels", grouped(all)),
        (n, all) => format!("{} of {} reels", grouped(n), grouped(all)),
    };
    Some((text, n == 1))
}

fn names(facts: &DataSummary, is_of: impl Fn(&AccountSummary) -> bool) -> String {
    let found = facts.accounts.iter().filter(|account| is_of(account));
    let found: Vec<String> = found.map(|account| cut(&clean(&account.account), 60)).collect();
    named(&found, NAMED)
}

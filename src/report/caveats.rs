//! What the data cannot say, in sentences that are true of it: a doubt that the data does not have is not written.

use crate::report::data_summary::Facts;
use crate::report::render::format::{clean, cut, grouped};

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    pub text: String,
    /// True where it tells of this data; false where it holds for any public reel.
    pub of_this_data: bool,
}

/// How many accounts a sentence names before it counts the others.
const NAMED: usize = 12;

pub(crate) fn limits(facts: &Facts) -> Vec<Limit> {
    let told = |text: String| Limit { text, of_this_data: true };
    let general = |text: &str| Limit { text: text.to_owned(), of_this_data: false };
    let mut limits: Vec<Limit> =
        [of_doubts(facts), of_accounts(facts), of_likes_and_age(facts), of_views(facts), of_owners_and_lists(facts)]
            .into_iter()
            .flatten()
            .map(told)
            .collect();
    if facts.with_baseline > 0 {
        limits.push(general(
            "Multiples compare a reel with the account's earlier ones as they stood when read, not at equal age. Times \
             and hashtags go with views; they need not cause them.",
        ));
    }
    if facts.reels > 0 {
        limits.push(general("Reach, saves, watch time and who watched are not public and not in here."));
    }
    limits
}

/// What went missing or stands still: all that rests on it is out of date.
fn of_doubts(facts: &Facts) -> Vec<String> {
    let sentence = |(account, what): &(String, String)| format!("{}, {}.", cut(&clean(account), 60), clean(what));
    let mut said: Vec<String> = facts.doubts.iter().take(NAMED).map(sentence).collect();
    if facts.doubts.len() > NAMED {
        said.push(format!("{} more of these are in the section on data quality.", facts.doubts.len() - NAMED));
    }
    said
}

fn of_accounts(facts: &Facts) -> Vec<String> {
    let mut said = Vec::new();
    if facts.accounts.is_empty() {
        said.push("No account was read.".to_owned());
    } else if facts.reels == 0 {
        said.push("No reel was read: nothing can be said of any.".to_owned());
    }
    for (statuses, says) in [
        (&["partial", "failed"][..], "Not fully read, so older reels or all of them may be missing"),
        (&["not_found"][..], "Not found"),
        (&["empty_or_private"][..], "Showed no public reel when last read (empty and private look alike)"),
        (
            &["limited"][..],
            "Read in part, up to a page limit, a date or the last page that was saved, so older reels may be missing",
        ),
        (
            &["windowed"][..],
            "Last read back to a date only, so older reels have the numbers of an earlier reading or may be missing",
        ),
    ] {
        let named = names(facts, statuses);
        if !named.is_empty() {
            said.push(format!("{says}: {named}."));
        }
    }
    if facts.accounts.iter().any(|account| account.has_followers) {
        said.push("Follower counts were given with the list of accounts, not read from Instagram.".to_owned());
    }
    said
}

fn of_likes_and_age(facts: &Facts) -> Vec<String> {
    let immature = some_reels(facts, facts.immature).map(|(n, one)| {
        let were = if one { "was" } else { "were" };
        format!(
            "{n} {were} under 48 hours old when read: shown, but in no median, no list of outliers and no best time."
        )
    });
    let hidden = some_reels(facts, facts.hidden_likes).map(|(n, one)| {
        let hide = if one { "hides its" } else { "hide their" };
        format!("{n} {hide} likes: left out of like and engagement figures.")
    });
    let suspect = some_reels(facts, facts.suspect_likes).map(|(n, one)| {
        let show = if one { "shows" } else { "show" };
        format!(
            "{n} {show} exactly 3 likes at 1,000 views or more, as hidden likes can: left out of like and engagement \
             figures."
        )
    });
    [immature, hidden, suspect].into_iter().flatten().collect()
}

fn of_views(facts: &Facts) -> Vec<String> {
    let none = some_reels(facts, facts.no_views).map(|(n, _)| format!("{n} came without views: in no view figure."));
    let alone = (facts.instagram_alone > 0).then(|| {
        let end = if facts.whole_play_count > 0 { ", but for those of the next line." } else { "." };
        format!("Views are plays on Instagram alone, without those of copies on Facebook{end}")
    });
    let whole = some_reels(facts, facts.whole_play_count)
        .map(|(n, _)| format!("{n} came with one play count only; plays of a copy on Facebook may be in it."));
    [none, alone, whole].into_iter().flatten().collect()
}

fn of_owners_and_lists(facts: &Facts) -> Vec<String> {
    let others = some_reels(facts, facts.of_others).map(|(n, one)| {
        let belong = if one { "belongs" } else { "belong" };
        format!("{n} {belong} to someone other than the account that lists it: left out of that account's performance.")
    });
    let unowned = some_reels(facts, facts.owner_unknown)
        .map(|(n, _)| format!("{n} came without a known owner: in no account's performance."));
    let clock = some_reels(facts, facts.other_clock).map(|(n, _)| {
        format!("{n} came without the usual posting time: another field, or the reel's number, stands for it.")
    });
    let pins = (facts.reels > 0).then(|| {
        let unknown = some_reels(facts, facts.pin_unknown)
            .map_or(String::new(), |(n, _)| format!(" {n} came without word of being pinned or not."));
        format!("Pinned reels may be missing: nothing in the answers says that all of them are listed.{unknown}")
    });
    [others, unowned, clock, pins].into_iter().flatten().collect()
}

/// "3 of 120 reels", and whether it is one; nothing where there is none.
fn some_reels(facts: &Facts, n: i64) -> Option<(String, bool)> {
    let text = match (n, facts.reels) {
        (0, _) => return None,
        (1, 1) => "The one reel".to_owned(),
        (n, all) if n == all => format!("All {} reels", grouped(all)),
        (n, all) => format!("{} of {} reels", grouped(n), grouped(all)),
    };
    Some((text, n == 1))
}

fn names(facts: &Facts, statuses: &[&str]) -> String {
    let found = facts.accounts.iter().filter(|account| statuses.contains(&account.status.as_str()));
    let found: Vec<String> = found.map(|account| cut(&clean(&account.account), 60)).collect();
    let mut text = found.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if found.len() > NAMED {
        text += &format!(" and {} more", found.len() - NAMED);
    }
    text
}

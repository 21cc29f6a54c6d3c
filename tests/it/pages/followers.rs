//! Followers on the page: the tile, the table of accounts, and the limits, each where it applies.

use reelframe::internals::{Account, Day, FollowersSource, Profile, UtcMicros};

use crate::pages::first_screen::{LAST, between, report, rows, words};
use crate::queries::rows::TestRows;

/// Adds a profile on each of these days; the account has the last count.
fn add_profiles(rows: &mut TestRows, account: usize, counts: &[(i32, i64)]) {
    let row = &mut rows.accounts[account];
    for (day, followers) in counts {
        rows.profiles.push(Profile {
            account: row.account.clone(),
            fetched_at: UtcMicros(i64::from(*day) * 86_400_000_000),
            fetched_date: Day(*day),
            followers: Some(*followers),
            ..Profile::default()
        });
    }
    let newest = counts.last().unwrap();
    (row.followers, row.followers_as_of) = (Some(newest.1), Some(Day(newest.0)));
    row.followers_source = Some(FollowersSource::Profile);
}

fn supply(account: &mut Account, followers: i64, as_of: Option<i32>) {
    (account.followers, account.followers_as_of) = (Some(followers), as_of.map(Day));
    account.followers_source = Some(FollowersSource::AccountsFile);
}

fn tiles(html: &str) -> String {
    words(between(html, "<ul class=\"tiles\">", "</ul>"))
}

#[test]
fn the_tile_gives_the_count_its_change_and_what_both_rest_on() {
    let mut rows = rows(&["ana"]);
    // 30 June 2025 and four weeks before; 4,200 / 4,000 - 1.
    add_profiles(&mut rows, 0, &[(LAST - 35, 3_900), (LAST - 28, 4_000), (LAST - 14, 4_150), (LAST, 4_200)]);
    let html = report(&rows).to_html();
    let said = tiles(&html);
    assert!(said.contains("Followers 4,200 ▲ 5.0 % +200 since 2 Jun counted 30 June 2025"), "{said}");
    let tile = between(&html, "Followers</span>", "</li>");
    assert!(tile.contains("aria-label=\"Followers by day, from 3,900 to 4,200\""), "{tile}");
    // 35 days in all: 2 + 96 x 7 / 35 = 21.2, and 2 + 96 x 21 / 35 = 59.6. The axis is a tenth of 4,200 high, from 3,780
    // at 27 px to 3 px: 3,900 is at 27 - 24 x 120 / 420 = 20.14.
    let (before, now) = (between(tile, "line-before\" d=\"", "\""), between(tile, "line-now\" d=\"", "\""));
    assert!(before.starts_with("M2 20.14L21.2 "), "{before}");
    assert!(now.starts_with("M21.2 ") && now.contains("L59.6 ") && now.ends_with("L98 3"), "{now}");
    let findings = words(between(&html, "<div class=\"findings\">", "</div>"));
    assert!(findings.contains("Followers rose by 5.0 % to 4,200 on 30 June (200 more than on 2 June)."), "{findings}");
    assert!(!html.contains("Follower counts"), "they are Instagram's: {html}");
}

#[test]
#[ignore = "slow"]
fn slow_the_tile_claims_no_change_that_two_counts_do_not_show() {
    let mut same = rows(&["ana"]);
    add_profiles(&mut same, 0, &[(LAST - 20, 4_000), (LAST, 4_000)]);
    let html = report(&same).to_html();
    let said = tiles(&html);
    assert!(said.contains("Followers 4,000 as before 0 since 10 Jun counted 30 June 2025 Best"), "{said}");
    assert!(!html.contains("Followers rose") && !html.contains("Followers fell"));
    assert!(!between(&html, "Followers</span>", "</li>").contains("<svg"), "two counts are no line");
    let mut one = rows(&["ana"]);
    add_profiles(&mut one, 0, &[(LAST, 4_000)]);
    let said = tiles(&report(&one).to_html());
    assert!(said.contains("Followers 4,000 counted 30 June 2025 Best"), "{said}");
    // Of the accounts file: the number and its day.
    let mut supplied = rows(&["ana"]);
    supply(&mut supplied.accounts[0], 4_000, Some(LAST - 40));
    let html = report(&supplied).to_html();
    let said = tiles(&html);
    assert!(said.contains("Followers 4,000 as supplied, of 21 May 2025 Best"), "{said}");
    assert!(html.contains("<li>Follower counts come from the accounts file, not from Instagram.</li>"), "{html}");
    supply(&mut supplied.accounts[0], 4_000, None);
    let said = tiles(&report(&supplied).to_html());
    assert!(said.contains("Followers 4,000 as supplied Best"), "{said}");
}

#[test]
#[ignore = "slow"]
fn slow_several_accounts_are_summed_only_if_a_profile_counts_each() {
    let mut two = rows(&["ana", "bob"]);
    add_profiles(&mut two, 0, &[(LAST - 28, 4_000), (LAST, 4_200)]);
    add_profiles(&mut two, 1, &[(LAST - 28, 1_000), (LAST - 1, 900)]);
    let html = report(&two).to_html();
    // 5,100 / 5,000 - 1
    let said = tiles(&html);
    assert!(said.contains("Followers 5,100 ▲ 2.0 % +100 since 2 Jun sum, counted 29 to 30 June 2025"), "{said}");
    let mut apart = rows(&["ana", "bob"]);
    add_profiles(&mut apart, 0, &[(LAST - 28, 4_000), (LAST, 4_200)]);
    add_profiles(&mut apart, 1, &[(LAST - 25, 1_000), (LAST, 1_050)]);
    let said = tiles(&report(&apart).to_html());
    assert!(said.contains("Followers 5,250 ▲ 5.0 % +250 in all sum, counted 30 June 2025"), "{said}");
    let accounts = words(between(&html, "<section id=\"accounts\">", "</section>"));
    assert!(accounts.contains("Engagement Followers Change ana"), "{accounts}");
    assert!(accounts.contains("4,200 ▲ 5.0 % bob") && accounts.contains("900 ▼ 10.0 %"), "{accounts}");
    let markdown = report(&two).to_markdown().replace('\u{a0}', " ");
    let row = "| 4,200 | ▲ 5.0 % |";
    assert!(markdown.contains("| Followers | Change in followers |") && markdown.contains(row), "{markdown}");
    // The change of one is not known.
    two.profiles.retain(|profile| profile.account == "ana" || profile.followers == Some(900));
    let said = tiles(&report(&two).to_html());
    assert!(said.contains("Followers 5,100 sum, counted"), "{said}");
    // One has a number of the accounts file.
    two.profiles.retain(|profile| profile.account == "ana");
    supply(&mut two.accounts[1], 800, None);
    let html = report(&two).to_html();
    assert!(!tiles(&html).contains("Followers"), "{}", tiles(&html));
    assert!(
        html.contains("<li>Follower counts of bob come from the accounts file, not from Instagram.</li>"),
        "{html}"
    );
    let accounts = words(between(&html, "<section id=\"accounts\">", "</section>"));
    assert!(accounts.contains("4,200 ▲ 5.0 % bob") && accounts.contains("5.0 % 800"), "{accounts}");
    // None has any.
    let html = report(&rows(&["ana", "bob"])).to_html();
    let accounts = words(between(&html, "<section id=\"accounts\">", "</section>"));
    assert!(!accounts.contains("Followers") && !html.contains("Follower counts"), "{accounts}");
}

#[test]
fn private_accounts_and_those_without_reels_have_their_own_sentences() {
    let mut four = rows(&["ana", "bob", "cid", "dan"]);
    for (account, status) in four.accounts.iter_mut().zip(["complete", "private", "empty", "empty_or_private"]) {
        account.status = status.into();
    }
    let html = report(&four).to_html();
    for limit in [
        "Private at the latest update, so no reels could be seen: bob.",
        "Without reels at the latest update: cid.",
        "No public reels at the latest update (empty and private accounts look the same): dan.",
    ] {
        assert!(html.contains(&format!("<li>{limit}</li>")), "{limit} in {html}");
    }
    let accounts = words(between(&html, "<section id=\"accounts\">", "</section>"));
    for doubt in ["Private, so no reels can be seen: bob.", "No reels: cid.", "No public reels: dan."] {
        assert!(accounts.contains(doubt), "{doubt} in {accounts}");
    }
    let html = report(&rows(&["ana"])).to_html();
    for unsaid in ["Private", "Without reels", "No reels", "No public reels"] {
        assert!(!html.contains(unsaid), "{unsaid} in {html}");
    }
}

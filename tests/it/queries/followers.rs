//! Followers: the counts of profiles by day, their change over the period, and why a figure per follower is missing.

use reelframe::Scope;
use reelframe::internals::{Account, Day, Finding, FollowersSource, Profile, Reel, UtcMicros};

use crate::queries::rows::{TestRows, account, reel};
use crate::queries::{answer_of, lines, whole_lines};

const DAY: i64 = 86_400_000_000;

/// The profiles of one account, at these times (in days since 1970), each with its gain since the one before.
fn profiles(account: &str, counts: &[(f64, Option<i64>)]) -> Vec<Profile> {
    let mut before: Option<(f64, i64)> = None;
    let mut rows = Vec::new();
    for (at, followers) in counts {
        let gained = before.zip(*followers);
        rows.push(Profile {
            account: account.into(),
            fetched_at: UtcMicros((at * DAY as f64) as i64),
            fetched_date: Day(*at as i32),
            followers: *followers,
            followers_gained: gained.map(|((_, before), now)| now - before),
            followers_gained_days: gained.map(|((then, _), _)| at - then),
            ..Profile::default()
        });
        before = followers.map(|followers| (*at, followers)).or(before);
    }
    rows
}

/// Ten days from 2025-04-10, day 20188, to 2025-04-19, day 20197, and the ten before them from day 20178 on.
fn rows(counts: &[(f64, Option<i64>)]) -> TestRows {
    TestRows {
        accounts: vec![account("ana", "complete", 0)],
        profiles: profiles("ana", counts),
        scope: Scope { from: Some(Day(20_188)), to: Some(Day(20_197)), ..Scope::default() },
        ..TestRows::default()
    }
}

/// The followers of the overview: count, day and source, then what it is compared with.
fn followers(rows: &TestRows) -> String {
    let columns = [
        "followers",
        "followers_as_of",
        "followers_source",
        "followers_since",
        "followers_gained",
        "followers_gained_rate",
    ];
    lines(&answer_of("010_overview", rows), &columns).remove(0)
}

#[test]
fn followers_are_compared_with_the_last_count_before_the_period() {
    // Twice on the day before the period, and on its last day; one is too new.
    let mut rows = rows(&[
        (20_180.5, Some(900)),
        (20_187.2, Some(990)),
        (20_187.8, Some(1_000)),
        (20_190.5, None),
        (20_197.5, Some(1_020)),
        (20_198.1, Some(5_000)),
    ]);
    // 1020 / 1000 - 1
    assert_eq!(followers(&rows), "1020 Day(Day(20197)) profile Day(Day(20187)) 20 0.020000");
    // Fewer is less.
    (rows.profiles[2].followers, rows.profiles[4].followers) = (Some(1_000), Some(900));
    assert_eq!(followers(&rows), "900 Day(Day(20197)) profile Day(Day(20187)) -100 -0.100000");
    // Of 0 followers there is no share.
    rows.profiles[2].followers = Some(0);
    assert_eq!(followers(&rows), "900 Day(Day(20197)) profile Day(Day(20187)) 900 -");
}

#[test]
#[ignore = "slow"]
fn slow_without_a_count_before_it_is_the_first_of_the_period_and_of_one_count_there_is_no_change() {
    // The one before lies before the days that the period is compared with: 20177.
    let since = rows(&[(20_177.9, Some(500)), (20_189.5, Some(1_000)), (20_195.5, Some(1_010))]);
    assert_eq!(followers(&since), "1010 Day(Day(20195)) profile Day(Day(20189)) 10 0.010000");
    let from_its_first_day = rows(&[(20_178.0, Some(500)), (20_195.5, Some(1_010))]);
    assert_eq!(followers(&from_its_first_day), "1010 Day(Day(20195)) profile Day(Day(20178)) 510 1.020000");
    // Nothing before the period is used where nothing is to be compared.
    let mut alone = from_its_first_day;
    alone.scope.compares_nothing = true;
    assert_eq!(followers(&alone), "1010 Day(Day(20195)) profile - - -");
    // Two of one day are one count; an old one has nothing to do with the period.
    let same_day = rows(&[(20_189.1, Some(1_000)), (20_189.9, Some(1_010))]);
    assert_eq!(followers(&same_day), "1010 Day(Day(20189)) profile - - -");
    let old = rows(&[(20_178.5, Some(1_000)), (20_180.5, Some(1_010))]);
    assert_eq!(followers(&old), "1010 Day(Day(20180)) profile - - -");
    let without = rows(&[(20_189.5, None)]);
    assert_eq!(followers(&without), "- - - - - -");
}

#[test]
#[ignore = "slow"]
fn slow_a_number_of_the_accounts_file_stands_where_no_profile_is_newer() {
    let supplied = |as_of: Option<i32>| Account {
        followers: Some(700),
        followers_as_of: as_of.map(Day),
        followers_source: Some(FollowersSource::AccountsFile),
        ..account("ana", "complete", 0)
    };
    let mut rows = rows(&[]);
    rows.accounts[0] = supplied(Some(20_150));
    assert_eq!(followers(&rows), "700 Day(Day(20150)) accounts_file - - -");
    rows.profiles = profiles("ana", &[(20_187.5, Some(1_000)), (20_190.5, Some(1_010))]);
    let of_profile = "1010 Day(Day(20190)) profile Day(Day(20187)) 10 0.010000";
    assert_eq!(followers(&rows), of_profile);
    // A newer one of the period, and one from after it.
    rows.accounts[0] = supplied(Some(20_191));
    assert_eq!(followers(&rows), "700 Day(Day(20191)) accounts_file - - -");
    rows.accounts[0] = supplied(Some(20_198));
    assert_eq!(followers(&rows), of_profile);
    rows.accounts[0] = supplied(None);
    assert_eq!(followers(&rows), of_profile);
    // All that is known is from after the period.
    rows.profiles = profiles("ana", &[(20_200.5, Some(1_000))]);
    rows.accounts[0] = Account {
        followers: Some(1_000),
        followers_as_of: Some(Day(20_200)),
        followers_source: Some(FollowersSource::Profile),
        ..account("ana", "complete", 0)
    };
    assert_eq!(followers(&rows), "- - - - - -");
    (rows.profiles, rows.accounts[0]) = (Vec::new(), supplied(Some(20_198)));
    assert_eq!(followers(&rows), "- - - - - -");
    rows.accounts[0] = supplied(Some(20_197));
    assert_eq!(followers(&rows), "700 Day(Day(20197)) accounts_file - - -");
    rows.accounts[0] = supplied(None);
    assert_eq!(followers(&rows), "700 - accounts_file - - -");
}

#[test]
fn counts_are_listed_by_day_with_what_was_gained_since_the_one_before() {
    let mut rows = rows(&[
        // Before the twelve weeks up to day 20197.
        (20_113.5, Some(700)),
        (20_180.25, Some(1_000)),
        (20_187.0, Some(990)),
        (20_187.75, Some(1_015)),
        (20_189.25, None),
        (20_189.75, Some(1_005)),
        // Soon after the one before.
        (20_190.0, Some(1_006)),
        (20_198.0, Some(9_000)),
    ]);
    rows.profiles.extend(profiles("bob", &[(20_190.5, Some(0)), (20_191.5, Some(3))]));
    // account, day, followers, gained, days between, gained per day, growth since the first
    assert_eq!(
        whole_lines("195_followers", &rows),
        [
            // The count before it is 300 less and 66.75 days older: 4.494382 a day.
            "ana 2025-04-02 1000 300 66.75 4.494382 0",
            // 15 in 7.5 days
            "ana 2025-04-09 1015 15 7.5 2 0.015",
            "ana 2025-04-11 1005 -10 2 -5 0.005",
            "ana 2025-04-12 1006 1 0.25 - 0.006",
            "bob 2025-04-12 0 - - - -",
            "bob 2025-04-13 3 3 1 3 -",
        ]
    );
    // The newest thirty of each account: days 20168 to 20197.
    let many: Vec<(f64, Option<i64>)> = (0..110).map(|at| (20_088.5 + f64::from(at), Some(at.into()))).collect();
    rows.profiles = profiles("ana", &many);
    let days = lines(&answer_of("195_followers", &rows), &["day", "followers", "growth_rate"]);
    assert_eq!((days.len(), days[0].as_str()), (30, "Day(Day(20168)) 80 0.000000"));
    assert_eq!(days[29], "Day(Day(20197)) 109 0.362500");
}

#[test]
fn data_quality_says_why_a_figure_per_follower_is_missing() {
    let own = |account: &str, id: &str, followers: Option<i64>| Reel {
        followers,
        views: Some(1_000),
        engagement_count: Some(60),
        ..reel(account, id, "2025-01-06 09:00")
    };
    let mut hidden = own("ana", "3", Some(50));
    (hidden.likes_hidden, hidden.engagement_per_follower) = (Some(true), None);
    let mut not_hers = own("ana", "4", None);
    not_hers.is_own = Some(false);
    let mut rows = TestRows {
        reels: vec![
            own("ana", "1", Some(50)),
            own("ana", "2", None),
            hidden,
            not_hers,
            own("bob", "5", None),
            own("bob", "6", None),
            own("cid", "7", Some(0)),
        ],
        accounts: ["ana", "bob", "cid"].map(|name| account(name, "complete", 1)).into(),
        ..TestRows::default()
    };
    (rows.accounts[0].followers, rows.accounts[2].followers) = (Some(50), Some(0));
    let quality = |rows: &TestRows| lines(&answer_of("220_data_quality", rows), &["account", "what", "times"]);
    assert_eq!(
        quality(&rows),
        [
            "ana likes hidden by the owner 1",
            "ana no figures per follower: the latest numbers are older than the first known follower count 1",
            "bob no figures per follower: no follower count known (fetch profiles, or give it in the accounts file) 2",
            "cid no figures per follower: the account has 0 followers 1",
        ]
    );
    // A profile that was requested and did not come.
    rows.findings = vec![Finding {
        account: "bob".into(),
        finding: "profile_missing".into(),
        detail: "HTTP 500".into(),
        count: 3,
        ..Finding::default()
    }];
    let missing = quality(&rows);
    assert!(missing.contains(&"bob profile requested, and no follower count came 3".to_owned()), "{missing:?}");
    // Followers are known, and comments are not.
    rows.reels[0].engagement_count = None;
    let missing = quality(&rows);
    assert!(
        missing.contains(&"ana no engagement per follower: likes or comments are missing 1".to_owned()),
        "{missing:?}"
    );
    rows.reels[0].engagement_count = Some(60);
    // Where all is known, nothing is said.
    rows.findings.clear();
    rows.reels.truncate(1);
    assert_eq!(quality(&rows), [""; 0]);
}

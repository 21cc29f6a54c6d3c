//! Who an account is: its user id, once known, whatever its name; and findings about its names and owners.

use std::collections::BTreeMap;

use compact_str::{CompactString, format_compact};

use crate::schema::tables::{Finding, Reel};
use crate::transform::account::checkpoint::AccountCheckpoint;

const RENAMED: &str = "renamed";
const OWNER_CHANGED: &str = "owner_changed";
const NO_OWN_REELS: &str = "no_own_reels";

/// The findings that this file makes, from the account's state and not from single pages.
pub(crate) const FINDINGS: [&str; 3] = [RENAMED, OWNER_CHANGED, NO_OWN_REELS];

/// Owners named in one message.
const OWNERS_SHOWN: usize = 3;

/// The names of an account: the one in its tables, and all that it was requested by.
pub(crate) struct Names<'a> {
    account: &'a str,
    all: Vec<&'a str>,
    checkpoint: &'a AccountCheckpoint,
}

impl<'a> Names<'a> {
    pub(crate) fn of(account: &'a str, checkpoint: &'a AccountCheckpoint) -> Self {
        let asked = checkpoint.names.iter().map(|(name, _)| name.as_str());
        let all = std::iter::once(account).chain(asked).filter(|name| !is_bare_id(name)).collect();
        Self { account, all, checkpoint }
    }

    fn id(&self) -> Option<&'a str> {
        self.checkpoint.account_id.as_deref()
    }

    /// Whether the account owns the reel: by its user id where both are known, else by its name.
    pub(crate) fn is_own(&self, reel: &Reel) -> Option<bool> {
        if let (Some(owner), Some(account)) = (reel.owner_id.as_deref(), self.id()) {
            return Some(owner == account);
        }
        reel.owner_username.as_ref()?;
        let is_named = self.all.iter().any(|name| has_name(reel, name));
        (is_named || !self.all.is_empty()).then_some(is_named)
    }

    /// Findings about who the account is, and warnings about its newest crawl.
    pub(crate) fn findings(&self, reels: &[Reel]) -> (Vec<Finding>, Vec<String>) {
        let (mut findings, mut warnings) = (self.renames(), Vec::new());
        let newest = self.checkpoint.newest_crawl.as_ref().map(|crawl| crawl.start.started_at).unwrap_or_default();
        let of_newest: Vec<&Reel> = reels.iter().filter(|reel| reel.observed_at >= newest).collect();
        findings.extend(self.now_called(&of_newest, &mut warnings));
        findings.extend(self.newcomers(reels, &of_newest, &mut warnings));
        findings.extend(self.only_others(&of_newest, &mut warnings));
        (findings, warnings)
    }

    fn finding(&self, finding: &str, detail: CompactString, count: i64, example: CompactString) -> Finding {
        Finding { account: self.account.into(), finding: finding.into(), detail, count, example }
    }

    /// Each time the account was requested by another name.
    fn renames(&self) -> Vec<Finding> {
        let mut renames: BTreeMap<CompactString, (i64, CompactString)> = BTreeMap::new();
        for pair in self.checkpoint.names.windows(2) {
            let ((old, _), (new, run)) = (&pair[0], &pair[1]);
            let example = format_compact!("run {run}");
            renames.entry(format_compact!("{old} is now {new}")).or_insert((0, example)).0 += 1;
        }
        renames.into_iter().map(|(detail, (count, example))| self.finding(RENAMED, detail, count, example)).collect()
    }

    /// The handle on the account's own newest reels, where it was not requested by that name.
    fn now_called(&self, of_newest: &[&Reel], warnings: &mut Vec<String>) -> Option<Finding> {
        let newest = of_newest.iter().filter(|reel| reel.is_own == Some(true)).max_by(|a, b| {
            (a.observed_at, &a.page_blake3, a.page_position).cmp(&(b.observed_at, &b.page_blake3, b.page_position))
        })?;
        let name = newest.owner_username.as_deref()?;
        if is_bare_id(self.account) || has_name(newest, self.account) {
            return None;
        }
        warnings.push(format!(
            "this account is now called {name}; request {name}, and its history continues under that name"
        ));
        let detail = format_compact!("now called {name}");
        Some(self.finding(RENAMED, detail, 1, newest.url.clone()))
    }

    /// Other people who have the account's name now: their reels are kept, but are in no figure of the account.
    fn newcomers(&self, reels: &[Reel], of_newest: &[&Reel], warnings: &mut Vec<String>) -> Vec<Finding> {
        let Some(account_id) = self.id().filter(|_| !is_bare_id(self.account)) else { return Vec::new() };
        let newcomer = |reel: &&Reel| {
            let owner = reel.owner_id.as_deref().filter(|owner| *owner != account_id)?;
            has_name(reel, self.account).then(|| owner.to_owned())
        };
        let mut by_owner: BTreeMap<String, (i64, CompactString)> = BTreeMap::new();
        for reel in reels {
            if let Some(owner) = newcomer(&reel) {
                let entry = by_owner.entry(owner).or_insert((0, reel.url.clone()));
                entry.0 += 1;
                entry.1 = reel.url.clone().min(entry.1.clone());
            }
        }
        let account = self.account;
        let finding = |(owner, (count, example)): (String, (i64, CompactString))| {
            let detail = format_compact!(
                "the handle {account} now belongs to user id {owner}, this account is user id {account_id}; \
                 `reelframe run {owner}` crawls the new one as an account of its own"
            );
            if of_newest.iter().any(|reel| newcomer(reel).is_some_and(|newest| newest == owner)) {
                warnings.push(detail.to_string());
            }
            self.finding(OWNER_CHANGED, detail, count, example)
        };
        by_owner.into_iter().map(finding).collect()
    }

    /// A crawl whose reels all belong to others, as with a wrong user id or pages in the wrong folder.
    fn only_others(&self, of_newest: &[&Reel], warnings: &mut Vec<String>) -> Option<Finding> {
        if of_newest.is_empty() || of_newest.iter().any(|reel| reel.is_own != Some(false)) {
            return None;
        }
        let mut owners: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for reel in of_newest {
            let owner = (reel.owner_username.as_deref().unwrap_or(""), reel.owner_id.as_deref().unwrap_or(""));
            *owners.entry(owner).or_default() += 1;
        }
        let mut owners: Vec<((&str, &str), i64)> = owners.into_iter().collect();
        owners.sort_by_key(|(owner, count)| (-count, *owner));
        let shown = owners.iter().take(OWNERS_SHOWN).map(|((name, id), count)| match (*name, *id) {
            ("", id) => format!("user id {id} ({count})"),
            (name, "") => format!("{name} ({count})"),
            (name, id) => format!("{name}, user id {id} ({count})"),
        });
        let more = match owners.len().saturating_sub(OWNERS_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.collect::<Vec<_>>().join("; ") + &more;
        let who = match self.id().filter(|id| *id != self.account) {
            Some(id) => format!("{} (user id {id})", self.account),
            None => self.account.to_owned(),
        };
        let count = of_newest.len();
        let ((name, id), _) = owners[0];
        let right = if name.is_empty() { id } else { name };
        warnings.push(format!(
            "none of the {count} reels of the newest crawl belongs to {who}; the owners are {shown}. If {right} is meant, \
             name that account: `reelframe run {right}`, with --replay as before for saved pages"
        ));
        let example = of_newest.iter().map(|reel| &reel.url).min().cloned().unwrap_or_default();
        Some(self.finding(NO_OWN_REELS, format_compact!("owners: {shown}"), count as i64, example))
    }
}

/// Whether an account is known by its user id alone.
pub(crate) fn is_bare_id(account: &str) -> bool {
    !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the owner of a reel has this name; a name of digits is written with an @.
pub(crate) fn has_name(reel: &Reel, name: &str) -> bool {
    let handle = name.trim_start_matches('@');
    !is_bare_id(name) && reel.owner_username.as_deref().is_some_and(|owner| owner.eq_ignore_ascii_case(handle))
}

#[cfg(test)]
mod tests {
    use crate::schema::cell::{MICROS_PER_DAY, UtcMicros};
    use crate::schema::values::AccountStatus;
    use crate::transform::account::{AccountBuilder, checkpoint::AccountTables, crawl::CrawlStart};

    /// One crawl: the day, the name and id asked for, and its reels as (pk, owner's name, owner's id).
    type CrawlSpec<'c> = (i64, &'c str, Option<&'c str>, &'c [(u64, &'c str, u64)]);

    fn tables(account: &str, crawls: &[CrawlSpec]) -> AccountTables {
        let mut builder = AccountBuilder::new(account);
        for (day, asked, id, reels) in crawls {
            let start = CrawlStart {
                run_id: format!("day{day}").into(),
                account: (*asked).into(),
                account_id: id.map(Into::into),
                started_at: UtcMicros(1_790_000_000_000_000 + day * MICROS_PER_DAY),
                ..CrawlStart::default()
            };
            let item = |(pk, name, owner): &(u64, &str, u64)| {
                format!(
                    r#"{{"media":{{"pk":"{pk}","taken_at":1780000000,"ig_play_count":{day},
                       "user":{{"pk":"{owner}","username":"{name}"}}}}}}"#
                )
            };
            let items: Vec<String> = reels.iter().map(item).collect();
            builder.crawl(start, &format!(r#"{{"items":[{}]}}"#, items.join(",")), AccountStatus::Complete);
        }
        builder.finish().unwrap()
    }

    fn findings(tables: &AccountTables) -> Vec<(&str, &str, i64)> {
        tables.findings.iter().map(|row| (row.finding.as_str(), row.detail.as_str(), row.count)).collect()
    }

    fn own(tables: &AccountTables) -> Vec<Option<bool>> {
        let mut reels: Vec<_> = tables.reels.iter().map(|reel| (&reel.reel_id, reel.is_own)).collect();
        reels.sort();
        reels.into_iter().map(|(_, own)| own).collect()
    }

    #[test]
    fn a_known_id_under_a_new_name_is_one_account_with_all_its_reels() {
        let crawls: [CrawlSpec; 2] = [
            (0, "old.name", None, &[(1, "old.name", 777), (2, "old.name", 777)]),
            (1, "new.name", Some("777"), &[(2, "new.name", 777), (3, "new.name", 777)]),
        ];
        let tables = tables("new.name", &crawls);
        assert_eq!(tables.account.account_id.as_deref(), Some("777"));
        assert!(tables.reels.iter().all(|reel| reel.account == "new.name"));
        assert!(tables.observations.iter().all(|row| row.reel_key.starts_with("new.name:")));
        assert_eq!(own(&tables), [Some(true); 3]);
        assert_eq!(findings(&tables), [("renamed", "old.name is now new.name", 1)]);
        assert_eq!(tables.warnings, Vec::<String>::new());
    }

    #[test]
    fn an_account_that_keeps_its_name_has_no_findings() {
        let reels: &[(u64, &str, u64)] = &[(1, "Jane", 5), (2, "brand", 9)];
        let tables = tables("jane", &[(0, "jane", None, reels), (1, "jane", Some("5"), reels)]);
        assert_eq!((findings(&tables), tables.warnings.len()), (vec![], 0));
        assert_eq!(own(&tables), [Some(true), Some(false)]);
    }

    #[test]
    fn a_name_that_now_belongs_to_somebody_else_changes_nothing() {
        let crawls: [CrawlSpec; 2] =
            [(0, "jane", None, &[(1, "jane", 5)]), (1, "jane", None, &[(2, "jane", 6), (3, "jane", 6)])];
        let tables = tables("jane", &crawls);
        assert_eq!(tables.account.account_id.as_deref(), Some("5"));
        assert_eq!(own(&tables), [Some(true), Some(false), Some(false)]);
        let detail = "the handle jane now belongs to user id 6, this account is user id 5; `reelframe run 6` crawls the \
                      new one as an account of its own";
        assert_eq!(findings(&tables)[1], ("owner_changed", detail, 2));
        assert!(tables.warnings.contains(&detail.to_owned()), "{:?}", tables.warnings);
    }

    #[test]
    fn an_account_with_a_new_name_is_reported() {
        let tables = tables("jane", &[(0, "jane", Some("5"), &[(1, "jane.new", 5)])]);
        assert_eq!((own(&tables), findings(&tables)), (vec![Some(true)], vec![("renamed", "now called jane.new", 1)]));
        assert!(tables.warnings[0].contains("request jane.new"), "{:?}", tables.warnings);
    }

    #[test]
    fn a_crawl_that_shows_others_alone_names_them() {
        let others: &[(u64, &str, u64)] = &[(1, "ann", 7), (2, "ann", 7), (3, "bob", 8)];
        for (account, id, who) in
            [("555", Some("555"), "555;"), ("555", None, "555;"), ("jane", Some("5"), "jane (user id 5);")]
        {
            let tables = tables(account, &[(0, account, id, others)]);
            assert_eq!(findings(&tables), [("no_own_reels", "owners: ann, user id 7 (2); bob, user id 8 (1)", 3)]);
            let warning = &tables.warnings[0];
            assert!(
                warning.contains(&format!("none of the 3 reels of the newest crawl belongs to {who}")),
                "{warning}"
            );
            assert!(warning.contains("`reelframe run ann`"), "{warning}");
        }
        let mixed: &[(u64, &str, u64)] = &[(1, "ann", 7), (2, "jane", 5)];
        assert_eq!(findings(&tables("jane", &[(0, "jane", None, mixed)])), []);
    }

    #[test]
    fn digits_with_an_at_are_a_name_whose_id_is_on_its_reels() {
        let tables = tables("@2024", &[(0, "@2024", None, &[(1, "2024", 99)])]);
        assert_eq!((tables.account.account_id.as_deref(), own(&tables)), (Some("99"), vec![Some(true)]));
        assert_eq!(tables.reels[0].reel_key, "@2024:1");
    }

    #[test]
    fn the_previous_observation_is_of_own_reels_before_the_latest_crawl() {
        let of = |crawls: &[CrawlSpec]| {
            tables("ann", crawls).account.previous_observed_at.map(|at| (at.0 - 1_790_000_000_000_000) / MICROS_PER_DAY)
        };
        let (both, first): (&[_], &[_]) = (&[(1, "ann", 5), (2, "ann", 5)], &[(1, "ann", 5)]);
        assert_eq!(of(&[(1, "ann", None, both)]), None);
        // Reel 2, not seen again, was last observed on day 1, as reel 1 was before.
        assert_eq!(of(&[(1, "ann", None, both), (2, "ann", None, first)]), Some(1));
        assert_eq!(of(&[(1, "ann", None, both), (2, "ann", None, first), (3, "ann", None, both)]), Some(2));
        // A reel of somebody else does not count.
        assert_eq!(of(&[(1, "ann", None, &[(7, "bob", 6)]), (2, "ann", None, both)]), None);
    }
}

//! One account: its walks and pages in, its rows of every table out.

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;

use crate::columns::{Account, Day, Finding, Hashtag, Observation, Person, Reel, UtcMicros};
use crate::error::{Error, Result};

use super::flatten::{self, Place, Reading};
use super::model::{self, Page};
use super::{baseline, caption, engagement, history, posting_time};

/// The `start` line of a walk.
#[derive(Debug, Clone, Default)]
pub struct WalkStart {
    pub run_id: String,
    pub account_id: Option<String>,
    pub label: Option<String>,
    pub timezone: String,
    pub followers: Option<i64>,
    pub followers_as_of: Option<Day>,
    pub started_at: UtcMicros,
    /// Says how the account is configured from here on, and fetched nothing.
    pub configures_only: bool,
}

/// One page of a walk. `body` is the page's JSON.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    pub body: &'a str,
    pub number: i32,
    pub fetched_at: UtcMicros,
    pub blake3: &'a str,
    /// Requests that this page took.
    pub attempts: i32,
}

#[derive(Debug, Default)]
struct Walk {
    start: WalkStart,
    pages: i32,
    calls: i32,
    last_page_at: Option<UtcMicros>,
    end: Option<(String, Option<String>)>,
}

/// The rows of one account, each table in its sort order.
#[derive(Debug, Default)]
pub struct Tables {
    pub reels: Vec<Reel>,
    pub observations: Vec<Observation>,
    pub hashtags: Vec<Hashtag>,
    pub people: Vec<Person>,
    pub account: Account,
    pub findings: Vec<Finding>,
    /// Items met in all pages, rejects included.
    pub items: u64,
    /// When the last complete walk began, and its pages.
    pub last_complete_at: Option<UtcMicros>,
    pub complete_pages: Option<i32>,
    /// When the last walk began that was complete or windowed.
    pub last_refreshed_at: Option<UtcMicros>,
    /// The handle that the account bears now, where its id is known and the handle is not the one asked for.
    pub renamed_to: Option<String>,
}

/// Takes an account's walks, oldest first or not, and makes its rows.
#[derive(Debug, Default)]
pub struct Builder {
    account: String,
    walks: Vec<Walk>,
    /// The walk that the next page belongs to.
    current: usize,
    readings: Vec<Reading>,
    /// Where the reading of a (walk, reel) stands: a reel seen on two pages of a walk is one reading.
    seen: HashMap<(usize, String), usize>,
    findings: BTreeMap<(&'static str, String), (i64, String)>,
    items: u64,
}

impl Builder {
    pub fn new(account: &str) -> Self {
        Self { account: account.to_owned(), ..Self::default() }
    }

    /// Begins a walk, or goes on with it where its pages lie in several logs; what follows is its own.
    pub fn start(&mut self, start: WalkStart) {
        let same = |walk: &Walk| walk_order(&walk.start) == walk_order(&start);
        self.current = self.walks.iter().position(same).unwrap_or(self.walks.len());
        if self.current == self.walks.len() {
            self.walks.push(Walk { start, ..Walk::default() });
        }
    }

    /// The newest `end` of the current walk rules.
    pub fn end(&mut self, status: &str, reason: Option<&str>, attempts: i32) {
        if let Some(walk) = self.walks.get_mut(self.current) {
            walk.calls += attempts;
            walk.end = Some((status.to_owned(), reason.map(str::to_owned)));
        }
    }

    /// Reads a page of the current walk. What cannot be read is counted and named, never lost in silence.
    pub fn page(&mut self, page: PageInput) {
        let walk = self.current;
        let Some(current) = self.walks.get_mut(walk) else { return };
        current.pages += 1;
        current.calls += page.attempts;
        current.last_page_at = current.last_page_at.max(Some(page.fetched_at));
        let start = current.start.clone();
        let place_of_page = format!("run {}, page {}", start.run_id, page.number);
        let parsed: Page = match serde_json::from_str(page.body) {
            Ok(parsed) => parsed,
            Err(error) => return self.remark("unreadable_page", error.to_string(), place_of_page),
        };
        for key in &parsed.unknown_keys {
            self.remark("unknown_page_key", key.clone().into_owned(), place_of_page.clone());
        }
        for (position, item) in (1..).zip(parsed.items.unwrap_or_default()) {
            self.items += 1;
            let place = Place {
                account: &self.account,
                run_id: &start.run_id,
                followers: start.followers,
                followers_as_of: start.followers_as_of,
                observed_at: page.fetched_at,
                page_blake3: page.blake3,
                page_number: page.number,
                page_position: position,
            };
            let mut remarks = Vec::new();
            let reading = read_item(item.get(), &place, &mut remarks);
            let example = format!("{place_of_page}, item {position}");
            for (finding, detail) in remarks {
                self.remark(finding, detail, example.clone());
            }
            match reading {
                Ok(reading) => self.add(Reading { walk, ..reading }),
                Err(reason) => self.remark("reject", reason, example),
            }
        }
    }

    fn add(&mut self, reading: Reading) {
        let key = (reading.walk, reading.reel.reel_id.clone());
        match self.seen.get(&key) {
            Some(&index) => self.readings[index] = reading,
            None => {
                self.seen.insert(key, self.readings.len());
                self.readings.push(reading);
            }
        }
    }

    fn remark(&mut self, finding: &'static str, detail: String, example: String) {
        self.findings.entry((finding, detail)).or_insert((0, example)).0 += 1;
    }

    /// Makes the rows.
    ///
    /// # Errors
    /// A time zone in the log that is no IANA zone.
    pub fn finish(mut self) -> Result<Tables> {
        let order = |reading: &Reading| (reading.reel.observed_at, reading.reel.page_blake3.clone());
        self.readings.sort_by_cached_key(order);
        let newest_start = self.walks.iter().map(|walk| &walk.start).max_by_key(|start| walk_order(start));
        let Some(start) = newest_start.cloned() else {
            return Err(Error::unexpected(format!("account {}: no walk to make rows of", self.account)));
        };
        let zone: Tz = start.timezone.parse().map_err(|_| {
            Error::not_understood(format!("account {}: '{}' is no IANA time zone", self.account, start.timezone))
        })?;
        let account_id = self.account_id();
        let mut folded = history::fold(&self.readings, &self.complete_walks());
        let mut parts = HashMap::new();
        for reading in &mut folded {
            let reel = &mut reading.reel;
            reel.account_id.clone_from(&account_id);
            reel.account_label.clone_from(&start.label);
            reel.is_own = is_own(reel);
            posting_time::fill(reel, zone);
            engagement::fill_rates(reel);
            let text = reel.caption.take();
            let found = text.as_deref().map(caption::parts).unwrap_or_default();
            caption::fill(reel, text.as_deref(), &found);
            parts.insert(reel.reel_id.clone(), found);
        }
        let complete = self.newest(&["complete"]);
        let mut tables = Tables {
            items: self.items,
            last_complete_at: complete.map(|walk| walk.start.started_at),
            complete_pages: complete.map(|walk| walk.pages),
            last_refreshed_at: self.newest(&["complete", "windowed"]).map(|walk| walk.start.started_at),
            renamed_to: self.renamed_to(account_id.as_deref()),
            ..Tables::default()
        };
        for reading in folded {
            add_hashtags(&mut tables.hashtags, &reading.reel, &parts[&reading.reel.reel_id]);
            add_people(&mut tables.people, &reading, &parts[&reading.reel.reel_id]);
            tables.reels.push(reading.reel);
        }
        baseline::fill(&mut tables.reels);
        tables.observations = self.readings.iter().map(|reading| observation(&reading.reel)).collect();
        tables.account = self.account_row(&start, account_id, &tables.reels);
        tables.findings = self.finding_rows();
        sort(&mut tables);
        Ok(tables)
    }

    /// The id of the request, else that of the newest reel whose owner bears the account's name.
    fn account_id(&self) -> Option<String> {
        let newest_first = || self.walks.iter().rev();
        let asked = newest_first().filter_map(|walk| walk.start.account_id.clone()).next();
        asked.or_else(|| is_number(&self.account).then(|| self.account.clone())).or_else(|| {
            let named = |reading: &&Reading| bears_name(&reading.reel);
            self.readings.iter().rev().filter(named).find_map(|reading| reading.reel.owner_id.clone())
        })
    }

    /// The walks that came to their end, oldest first.
    fn complete_walks(&self) -> Vec<usize> {
        let is_complete = |walk: &Walk| walk.end.as_ref().is_some_and(|(status, _)| status == "complete");
        let mut complete: Vec<usize> = (0..self.walks.len()).filter(|&walk| is_complete(&self.walks[walk])).collect();
        complete.sort_by_key(|&walk| walk_order(&self.walks[walk].start));
        complete
    }

    /// The newest walk that ended in one of these ways.
    fn newest(&self, statuses: &[&str]) -> Option<&Walk> {
        let ended = |walk: &&Walk| walk.end.as_ref().is_some_and(|(status, _)| statuses.contains(&status.as_str()));
        self.walks.iter().filter(ended).max_by_key(|walk| walk_order(&walk.start))
    }

    /// The owner's name on the newest reading of a reel that is the account's by its id.
    fn renamed_to(&self, account_id: Option<&str>) -> Option<String> {
        let own = |reading: &&Reading| reading.reel.owner_id.as_deref() == account_id;
        let newest = account_id.and_then(|_| self.readings.iter().rfind(own))?;
        let is_handle = !is_number(&self.account);
        newest.reel.owner_username.clone().filter(|_| is_handle && !bears_name(&newest.reel))
    }

    fn account_row(&self, newest_start: &WalkStart, account_id: Option<String>, reels: &[Reel]) -> Account {
        let walks = self.walks.iter().filter(|walk| !walk.start.configures_only);
        let none = Walk::default();
        let walk = walks.max_by_key(|walk| walk_order(&walk.start)).unwrap_or(&none);
        let (status, reason) = match &walk.end {
            Some((status, reason)) => (status.clone(), reason.clone()),
            None => ("partial".to_owned(), Some("the walk was killed before it ended".to_owned())),
        };
        // Followers given later without a walk are the newest that the user said.
        let followers_from = if newest_start.followers.is_some() { newest_start } else { &walk.start };
        Account {
            account: self.account.clone(),
            account_id,
            account_label: newest_start.label.clone(),
            followers: followers_from.followers,
            followers_as_of: followers_from.followers_as_of,
            timezone: newest_start.timezone.clone(),
            status,
            status_reason: reason,
            walk_started_at: walk.start.started_at,
            pages: walk.pages,
            calls: walk.calls,
            reels: reels.len() as i64,
            first_posted_at: reels.iter().map(|reel| reel.posted_at).min(),
            last_posted_at: reels.iter().map(|reel| reel.posted_at).max(),
            observed_at: walk.last_page_at,
            run_id: walk.start.run_id.clone(),
        }
    }

    fn finding_rows(&self) -> Vec<Finding> {
        let row = |((finding, detail), (count, example)): (&(&str, String), &(i64, String))| Finding {
            account: self.account.clone(),
            finding: (*finding).to_owned(),
            detail: detail.clone(),
            count: *count,
            example: example.clone(),
        };
        self.findings.iter().map(row).collect()
    }
}

/// Walks are as old as they began; a run id breaks ties so that the order is one.
fn walk_order(start: &WalkStart) -> (UtcMicros, &str) {
    (start.started_at, &start.run_id)
}

fn read_item(json: &str, place: &Place, remarks: &mut Vec<flatten::Remark>) -> std::result::Result<Reading, String> {
    match model::parse_item(json) {
        Ok(item) => flatten::flatten(&item, place, remarks),
        Err(reason) => match model::without_lone_surrogates(json) {
            Some(mended) => flatten::flatten(&*model::parse_item(&mended)?, place, remarks),
            None => Err(reason),
        },
    }
}

/// An account that is known by its user id alone.
fn is_number(account: &str) -> bool {
    account.bytes().all(|byte| byte.is_ascii_digit())
}

fn bears_name(reel: &Reel) -> bool {
    reel.owner_username.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&reel.account))
}

/// Whether the account owns the reel; unknown where neither name nor id can tell.
fn is_own(reel: &Reel) -> Option<bool> {
    let by_id = reel.owner_id.as_ref().zip(reel.account_id.as_ref()).map(|(owner, account)| owner == account);
    if bears_name(reel) || by_id == Some(true) {
        return Some(true);
    }
    by_id.or_else(|| (!is_number(&reel.account) && reel.owner_username.is_some()).then_some(false))
}

fn observation(reel: &Reel) -> Observation {
    Observation {
        reel_key: reel.reel_key.clone(),
        account: reel.account.clone(),
        reel_id: reel.reel_id.clone(),
        observed_at: reel.observed_at,
        age_hours: reel.age_hours,
        views: reel.views,
        views_source: reel.views_source.clone(),
        play_count: reel.play_count,
        ig_play_count: reel.ig_play_count,
        fb_play_count: reel.fb_play_count,
        like_count: reel.like_count,
        likes_hidden: reel.likes_hidden,
        comment_count: reel.comment_count,
        reshare_count: reel.reshare_count,
        repost_count: reel.repost_count,
        run_id: reel.run_id.clone(),
        page_blake3: reel.page_blake3.clone(),
    }
}

fn add_hashtags(rows: &mut Vec<Hashtag>, reel: &Reel, parts: &caption::Parts) {
    rows.extend((1..).zip(&parts.hashtags).map(|(position, tag)| Hashtag {
        reel_key: reel.reel_key.clone(),
        account: reel.account.clone(),
        reel_id: reel.reel_id.clone(),
        hashtag: tag.tag.clone(),
        hashtag_as_written: tag.written.clone(),
        position,
    }));
}

fn add_people(rows: &mut Vec<Person>, reading: &Reading, parts: &caption::Parts) {
    rows.extend(reading.people.iter().cloned());
    rows.extend(parts.mentions.iter().map(|username| Person {
        reel_key: reading.reel.reel_key.clone(),
        account: reading.reel.account.clone(),
        reel_id: reading.reel.reel_id.clone(),
        role: "mention".to_owned(),
        username: username.clone(),
        user_id: None,
    }));
}

/// As `columns::Table::sort_order` says; the account is one.
fn sort(tables: &mut Tables) {
    tables.reels.sort_by(|a, b| b.posted_at.cmp(&a.posted_at).then_with(|| a.reel_id.cmp(&b.reel_id)));
    tables.observations.sort_by(|a, b| (a.observed_at, &a.reel_id).cmp(&(b.observed_at, &b.reel_id)));
    tables.hashtags.sort_by(|a, b| (&a.reel_id, a.position).cmp(&(&b.reel_id, b.position)));
    tables.people.sort_by(|a, b| (&a.reel_id, &a.role, &a.username).cmp(&(&b.reel_id, &b.role, &b.username)));
}

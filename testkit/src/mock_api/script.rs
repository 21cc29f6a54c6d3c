//! The accounts that the mock API serves, and the faults to come.

use std::time::Duration;

use serde_json::{Value, json};

use super::fault::Fault;
use crate::pages::{flat_page, wrapped_page};

/// The key that the mock API accepts by default.
pub const KEY: &str = "test-key";

/// An account with its pages, page 1 first.
#[derive(Debug, Clone)]
pub struct Account {
    pub handle: String,
    pub user_id: String,
    pub pages: Vec<String>,
    pub profile: Profile,
}

/// What an account's profile says.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub followers: u64,
    pub is_private: bool,
}

impl Profile {
    /// As `basic-profile` sends it.
    pub fn flat(&self, account: &Account) -> String {
        json!({
            "pk": account.user_id, "id": account.user_id, "username": account.handle, "full_name": "Maple Bakery",
            "biography": "Bread", "category": null, "account_type": 2, "follower_count": self.followers,
            "following_count": 12, "media_count": 34, "is_private": self.is_private, "is_verified": false,
            "is_business": true,
        })
        .to_string()
    }

    /// As `profile` sends it.
    pub fn graph(&self, account: &Account) -> String {
        let user = json!({
            "id": account.user_id, "username": account.handle, "full_name": "Maple Bakery", "biography": "Bread",
            "category_name": null, "edge_followed_by": {"count": self.followers}, "edge_follow": {"count": 12},
            "edge_owner_to_timeline_media": {"count": 34}, "is_private": self.is_private, "is_verified": false,
            "is_business_account": true,
        });
        json!({"success": true, "credits_charged": 1, "data": {"user": user}, "status": "ok"}).to_string()
    }
}

impl Account {
    /// Pages as they come by default; each names the cursor of the next.
    pub fn wrapped<I: Clone + Into<Value>>(handle: &str, user_id: &str, pages: &[Vec<I>]) -> Self {
        Self::paged(handle, user_id, pages, wrapped_page)
    }

    /// Pages as they come with `trim=true`.
    pub fn flat<I: Clone + Into<Value>>(handle: &str, user_id: &str, pages: &[Vec<I>]) -> Self {
        Self::paged(handle, user_id, pages, flat_page)
    }

    fn paged<I>(handle: &str, user_id: &str, pages: &[Vec<I>], page: fn(&[I], Option<&str>) -> String) -> Self {
        let body = |(index, items): (usize, &Vec<I>)| {
            let next = (index + 1 < pages.len()).then(|| cursor(handle, index + 2));
            page(items, next.as_deref())
        };
        let pages = pages.iter().enumerate().map(body).collect();
        Self { handle: handle.to_owned(), user_id: user_id.to_owned(), pages, profile: Profile::default() }
    }

    /// Pages verbatim, with whatever cursors they name.
    pub fn verbatim(handle: &str, user_id: &str, pages: impl IntoIterator<Item = String>) -> Self {
        let (handle, user_id, pages) = (handle.to_owned(), user_id.to_owned(), pages.into_iter().collect());
        Self { handle, user_id, pages, profile: Profile::default() }
    }

    pub fn followers(self, followers: u64) -> Self {
        Self { profile: Profile { followers, ..self.profile }, ..self }
    }

    pub fn private(self) -> Self {
        Self { profile: Profile { is_private: true, ..self.profile }, ..self }
    }

    /// The page, counted from 1, that a cursor leads to; without a cursor it is the first.
    pub fn page_at(&self, max_id: Option<&str>) -> Option<usize> {
        let leads_to = |page: usize| max_id.map_or(page == 1, |max_id| cursor(&self.handle, page) == max_id);
        (1..=self.pages.len()).find(|page| leads_to(*page))
    }
}

/// The cursor of a page; it has every character that must be percent-encoded.
pub fn cursor(handle: &str, page: usize) -> String {
    format!("QVFC+{handle}/{page}==")
}

/// The calls that a fault applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    EveryCall,
    /// The call with this number, counted from 1 over all accounts.
    Call(usize),
    /// Calls for this page, counted from 1, of the account with this handle.
    Page(&'static str, usize),
    /// Calls for the profile of the account with this handle.
    Profile(&'static str),
}

/// The accounts served and the faults to come.
#[derive(Debug, Clone)]
pub struct Script {
    pub accounts: Vec<Account>,
    pub key: String,
    /// The time that every answer takes.
    pub latency: Duration,
    faults: Vec<Scripted>,
}

#[derive(Debug, Clone)]
struct Scripted {
    at: At,
    fault: Fault,
    /// The number of times that it still applies; `None`: without end.
    left: Option<usize>,
}

impl Script {
    pub fn serving(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self {
            accounts: accounts.into_iter().collect(),
            key: KEY.to_owned(),
            latency: Duration::ZERO,
            faults: Vec::new(),
        }
    }

    pub fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Applies once; the next try succeeds.
    pub fn once(self, at: At, fault: Fault) -> Self {
        self.fault(at, fault, Some(1))
    }

    /// Applies to every call that matches.
    pub fn always(self, at: At, fault: Fault) -> Self {
        self.fault(at, fault, None)
    }

    fn fault(mut self, at: At, fault: Fault, left: Option<usize>) -> Self {
        self.faults.push(Scripted { at, fault, left });
        self
    }

    /// Like [`Script::once`], for a script in use.
    pub fn add(&mut self, at: At, fault: Fault) {
        self.faults.push(Scripted { at, fault, left: Some(1) });
    }

    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// The first fault that matches this call and is not used up.
    pub fn fault_for(
        &mut self,
        call: usize,
        endpoint: &str,
        account: Option<&str>,
        page: Option<usize>,
    ) -> Option<Fault> {
        let matches = |at: At| match at {
            At::EveryCall => true,
            At::Call(number) => number == call,
            At::Page(handle, number) => account == Some(handle) && page == Some(number),
            At::Profile(handle) => account == Some(handle) && endpoint.ends_with("profile"),
        };
        let scripted = self.faults.iter_mut().find(|scripted| scripted.left != Some(0) && matches(scripted.at))?;
        scripted.left = scripted.left.map(|left| left - 1);
        Some(scripted.fault.clone())
    }
}

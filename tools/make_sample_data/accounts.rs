//! The three accounts: who they are, when they post, how they are walked.

use crate::captions::{self, Voice};

pub const BAKERY: usize = 0;
pub const TRAILS: usize = 1;
pub const FITNESS: usize = 2;

/// Somebody who can own a reel or stand in one.
#[derive(Clone, Copy)]
pub struct Person {
    pub pk: u64,
    pub username: &'static str,
    pub full_name: &'static str,
    pub account_type: u8,
    pub is_verified: bool,
}

/// A weekly moment at which an account posts, and how well that moment does: this is what a best-time finding finds.
pub struct Slot {
    /// 0 is Monday.
    pub weekday: i64,
    /// Local wall clock.
    pub hour: i64,
    pub factor: f64,
}

pub struct Account {
    pub handle: &'static str,
    pub person: Person,
    /// Given by the user in the accounts file, or not.
    pub account_id: Option<&'static str>,
    pub label: Option<&'static str>,
    pub timezone: &'static str,
    /// The zone's summer offset: every invented reel is posted in summer time.
    pub offset_minutes: i64,
    pub followers: [Option<(u64, &'static str)>; 2],
    /// Views that a usual reel comes to.
    pub level: f64,
    /// Target for with `trim=true`.
    pub flat: bool,
    pub slots: &'static [Slot; 7],
    pub voice: &'static Voice,
    /// Reels pinned in each walk, in the order shown.
    pub pins: [&'static [usize]; 2],
    /// A pinned reel that is listed a second time, in its place by date.
    pub pin_seen_twice: Option<usize>,
    /// A reel that the second walk no longer shows.
    pub gone_later: Option<usize>,
}

impl Account {
    /// The first pin counts for the Reels tab, the others for the profile grid.
    pub fn pin(&self, walk: usize, post: usize) -> Option<usize> {
        self.pins[walk].iter().position(|pinned| *pinned == post)
    }

    /// One page of the bakery's second walk is flat: its facts have to be kept from the first walk.
    pub fn is_flat_page(&self, walk: usize, page: usize) -> bool {
        self.flat || (self.handle == ACCOUNTS[BAKERY].handle && (walk, page) == (1, 3))
    }

    /// The last page that a walk got before the API gave up on it.
    pub fn stops_after(&self, walk: usize) -> Option<usize> {
        (self.handle == ACCOUNTS[TRAILS].handle && walk == 0).then_some(3)
    }

    pub fn has_envelope(&self, walk: usize, page: usize) -> bool {
        match self.handle {
            handle if handle == ACCOUNTS[BAKERY].handle => walk == 1,
            handle if handle == ACCOUNTS[FITNESS].handle => page <= 2,
            _ => false,
        }
    }
}

const fn slot(weekday: i64, hour: i64, factor: f64) -> Slot {
    Slot { weekday, hour, factor }
}

pub static ACCOUNTS: [Account; 3] = [
    Account {
        handle: "harbor.bakery.example",
        person: Person {
            pk: 61_204_417_733,
            username: "harbor.bakery.example",
            full_name: "Harbor Lane Bakery",
            account_type: 2,
            is_verified: false,
        },
        account_id: None,
        label: Some("Food clients"),
        timezone: "America/New_York",
        offset_minutes: -4 * 60,
        followers: [Some((18_420, "2026-10-11")), Some((18_655, "2026-10-18"))],
        level: 9_000.0,
        flat: false,
        slots: &[
            slot(1, 7, 0.9),
            slot(1, 18, 0.75),
            slot(3, 16, 1.25),
            slot(4, 12, 0.9),
            slot(5, 8, 1.75),
            slot(5, 10, 1.6),
            slot(6, 20, 0.6),
        ],
        voice: &captions::BAKERY,
        pins: [&[28, 7, 49], &[28, 7]],
        pin_seen_twice: Some(7),
        gone_later: Some(27),
    },
    Account {
        handle: "fernweh.trails.example",
        person: Person {
            pk: 5_930_118_842,
            username: "fernweh.trails.example",
            full_name: "Fernweh Trails",
            account_type: 3,
            is_verified: true,
        },
        account_id: Some("5930118842"),
        label: None,
        timezone: "Europe/Berlin",
        offset_minutes: 2 * 60,
        followers: [None, None],
        level: 24_000.0,
        flat: false,
        slots: &[
            slot(0, 7, 0.6),
            slot(0, 19, 1.1),
            slot(2, 20, 1.7),
            slot(3, 12, 0.8),
            slot(4, 17, 1.0),
            slot(6, 10, 1.2),
            slot(6, 19, 1.65),
        ],
        voice: &captions::TRAILS,
        pins: [&[44], &[44]],
        pin_seen_twice: None,
        gone_later: None,
    },
    Account {
        handle: "monsoon.moves.example",
        person: Person {
            pk: 48_807_216_590,
            username: "monsoon.moves.example",
            full_name: "Monsoon Moves Studio",
            account_type: 3,
            is_verified: false,
        },
        account_id: None,
        label: Some("Wellness clients"),
        timezone: "Asia/Kolkata",
        offset_minutes: 5 * 60 + 30,
        followers: [Some((52_310, "2026-10-10")), Some((53_024, "2026-10-18"))],
        level: 61_000.0,
        flat: true,
        slots: &[
            slot(0, 6, 1.7),
            slot(1, 18, 1.0),
            slot(2, 6, 1.55),
            slot(2, 21, 0.7),
            slot(4, 13, 0.65),
            slot(5, 9, 1.1),
            slot(6, 17, 0.9),
        ],
        voice: &captions::FITNESS,
        pins: [&[39, 18], &[39, 18]],
        pin_seen_twice: None,
        gone_later: None,
    },
];

/// Others who own or share reels.
pub static FLOUR_MILL: Person = Person {
    pk: 7_712_604_455,
    username: "mill.road.flour.example",
    full_name: "Mill Road Flour",
    account_type: 2,
    is_verified: false,
};
pub static COACH: Person = Person {
    pk: 39_551_702_218,
    username: "coach.asha.example",
    full_name: "Coach Asha",
    account_type: 3,
    is_verified: false,
};

//! What was asked and what was answered, call by call.

use std::time::Instant;

use super::fault::Fault;
use super::http::Request;

/// Whom a call asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Handle(String),
    UserId(String),
    /// Neither of the two.
    Nobody,
}

impl Asked {
    /// The handle or the id.
    pub fn name(&self) -> &str {
        match self {
            Self::Handle(name) | Self::UserId(name) => name,
            Self::Nobody => "",
        }
    }

    pub fn by(request: &Request) -> Self {
        match (request.parameter("user_id"), request.parameter("handle")) {
            (Some(id), _) => Self::UserId(id.to_owned()),
            (None, Some(handle)) => Self::Handle(handle.to_owned()),
            (None, None) => Self::Nobody,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Counted from 1; the answer's `x-request-id` is `req-{number}`.
    pub number: usize,
    /// When it came in.
    pub at: Instant,
    pub asked: Asked,
    /// The handle of the account that was asked about, where it is on sale.
    pub account: Option<String>,
    pub cursor: Option<String>,
    pub trim: Option<String>,
    pub had_authorization: bool,
    /// The page asked for, counted from 1, whether or not it was then delivered.
    pub page: Option<usize>,
    /// `None` when the connection closed or hung.
    pub status: Option<u16>,
    pub fault: Option<Fault>,
}

#[derive(Debug, Clone, Default)]
pub struct Ledger {
    calls: Vec<Call>,
}

impl Ledger {
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub fn enter(&mut self, call: Call) {
        self.calls.push(call);
    }

    pub fn calls_for<'a>(&'a self, handle: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| call.account.as_deref() == Some(handle))
    }

    /// The pages asked of an account, in order: `[1, 2, 2, 3]` is a walk in which page 2 was asked for twice.
    pub fn pages_of(&self, handle: &str) -> Vec<usize> {
        self.calls_for(handle).filter_map(|call| call.page).collect()
    }

    /// What a vendor would charge for: every 2xx, and a repeated one again.
    pub fn pages_sold(&self) -> usize {
        self.calls.iter().filter(|call| matches!(call.status, Some(200..=299))).count()
    }

    /// How many calls met a fault.
    pub fn faults(&self) -> usize {
        self.calls.iter().filter(|call| call.fault.is_some()).count()
    }
}

//! Every call, with its request and its answer.

use std::time::Instant;

use super::fault::Fault;
use super::http::Request;

/// The account that a call names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Handle(String),
    UserId(String),
    /// Neither handle nor id.
    Missing,
}

impl Target {
    /// The handle or the id.
    pub fn name(&self) -> &str {
        match self {
            Self::Handle(name) | Self::UserId(name) => name,
            Self::Missing => "",
        }
    }

    pub fn of(request: &Request) -> Self {
        // The endpoint of profiles spells it in its own way.
        let is_profile = request.path.ends_with("basic-profile");
        match (request.parameter(if is_profile { "userId" } else { "user_id" }), request.parameter("handle")) {
            (Some(id), _) => Self::UserId(id.to_owned()),
            (None, Some(handle)) => Self::Handle(handle.to_owned()),
            (None, None) => Self::Missing,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Counted from 1; the answer's `x-request-id` is `req-{number}`.
    pub number: usize,
    /// When it arrived.
    pub at: Instant,
    /// `user/reels`, `basic-profile` or `profile`.
    pub endpoint: String,
    pub target: Target,
    /// The handle of the account, if the script serves it.
    pub account: Option<String>,
    pub cursor: Option<String>,
    pub trim: Option<String>,
    pub had_authorization: bool,
    /// The page requested, counted from 1, whether or not it was delivered.
    pub page: Option<usize>,
    /// `None` when the connection closed or hung.
    pub status: Option<u16>,
    pub fault: Option<Fault>,
}

#[derive(Debug, Clone, Default)]
pub struct RequestLog {
    calls: Vec<Call>,
}

impl RequestLog {
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    pub fn push(&mut self, call: Call) {
        self.calls.push(call);
    }

    pub fn calls_for<'a>(&'a self, handle: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| call.account.as_deref() == Some(handle))
    }

    /// The pages requested of an account, in order: `[1, 2, 2, 3]` is a crawl that requested page 2 twice.
    pub fn pages_of(&self, handle: &str) -> Vec<usize> {
        self.calls_for(handle).filter_map(|call| call.page).collect()
    }

    /// The endpoints of all calls about an account, in order.
    pub fn endpoints_of<'a>(&'a self, handle: &'a str) -> Vec<&'a str> {
        self.calls_for(handle).map(|call| call.endpoint.as_str()).collect()
    }

    /// The calls that a vendor would charge for: every 2xx, repeated ones included.
    pub fn pages_served(&self) -> usize {
        self.calls.iter().filter(|call| matches!(call.status, Some(200..=299))).count()
    }

    /// The number of calls with a fault.
    pub fn faults(&self) -> usize {
        self.calls.iter().filter(|call| call.fault.is_some()).count()
    }
}

//! A mock API server with scripted faults and a request log.
//!
//! It uses plain sockets and threads: faults such as a truncated body or a closed connection need the raw socket, and
//! an HTTP server crate would turn on features of hyper, so that reqwest would be rebuilt at every change between
//! `cargo run` and `cargo test`.
//!
//! Every connection serves one request (`Connection: close`), so that a fault of one call never affects another.
//!
//! ```ignore
//! let api = MockApi::start(Script::serving([alder()]).once(At::Page("alder", 2), Fault::CutBody));
//! Reelframe::new().args(["run", "alder"]).api(&api).key(KEY).run();
//! assert_eq!(api.request_log().pages_of("alder"), [1, 2, 2, 3]);
//! ```

mod fault;
mod http;
mod request_log;
mod script;
#[cfg(test)]
mod tests;

use std::io::BufReader;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use fault::Fault;
pub use http::{Request, Response};
pub use request_log::{Call, RequestLog, Target};
pub use script::{Account, At, KEY, Profile, Script, cursor};

use fault::Delivery;
use http::error_body;

const ENDPOINTS: &str = "/apis/v1/instagram/";

/// A running server. Dropping it closes every connection and joins every thread.
pub struct MockApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Notified at every call, when the faults end, and when the server stops.
    changed: Condvar,
    stopping: AtomicBool,
}

/// Behind one lock, so that a call gets its number, its fault and its log entry in one step.
struct State {
    script: Script,
    log: RequestLog,
    faults_ended: bool,
}

impl MockApi {
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Mutex::new(State { script, log: RequestLog::default(), faults_ended: false });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), stopping: AtomicBool::new(false) });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// The value for `--base-url`; it has a path, as the real one has.
    pub fn base_url(&self) -> String {
        format!("http://{}/apis/v1", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The calls so far. A call is logged before it is answered, so that none is missing once the client has its answer.
    pub fn request_log(&self) -> RequestLog {
        self.shared.state.lock().expect("no thread has panicked").log.clone()
    }

    /// Ends all faults and sends the answers held back.
    pub fn end_faults(&self) {
        let mut state = self.shared.state.lock().expect("no thread has panicked");
        state.script.clear_faults();
        state.faults_ended = true;
        self.shared.changed.notify_all();
    }
}

impl MockApi {
    /// Adds a fault that applies once.
    pub fn add(&self, at: At, fault: Fault) {
        self.shared.state.lock().expect("no thread has panicked").script.add(at, fault);
    }

    /// Waits for this number of calls, with a timeout, since a test that hangs reports nothing.
    pub fn wait_for_calls(&self, calls: usize) {
        const TIMEOUT: Duration = Duration::from_secs(60);
        let state = self.shared.state.lock().expect("no thread has panicked");
        let fewer = |state: &mut State| state.log.calls().len() < calls;
        let waited = self.shared.changed.wait_timeout_while(state, TIMEOUT, fewer).expect("no thread has panicked");
        assert!(!waited.1.timed_out(), "fewer than {calls} calls came in");
    }
}

impl Drop for MockApi {
    fn drop(&mut self) {
        if let Ok(_state) = self.shared.state.lock() {
            self.shared.stopping.store(true, Ordering::SeqCst);
            self.shared.changed.notify_all();
        }
        // Wakes `accept`. The test has ended, so a failure does not matter.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// One thread per connection. When the server stops it shuts their sockets, so that no thread keeps waiting.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut open: Vec<(Weak<TcpStream>, JoinHandle<()>)> = Vec::new();
    for connection in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = connection.map(Arc::new) else { continue };
        // A body goes out at once, without waiting for the acknowledgement of its head.
        let _ = stream.set_nodelay(true);
        open.retain(|(_, thread)| !thread.is_finished());
        let shared = Arc::clone(shared);
        // Only the thread owns the connection: dropping it closes or resets it.
        let handle = Arc::downgrade(&stream);
        open.push((handle, thread::spawn(move || serve(&stream, &shared))));
    }
    for (stream, thread) in open {
        if let Some(stream) = stream.upgrade() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let _ = thread.join();
    }
}

/// Reads one request and answers it. A client that hangs up is not an error.
fn serve(stream: &TcpStream, shared: &Shared) {
    if let Some(request) = Request::read(&mut BufReader::new(stream)) {
        let (delivery, latency) = {
            let mut state = shared.state.lock().expect("no thread has panicked");
            (state.take(&request), state.script.latency)
        };
        shared.changed.notify_all();
        thread::sleep(latency);
        if matches!(delivery, Delivery::Held(_)) {
            let state = shared.state.lock().expect("no thread has panicked");
            let held = |state: &mut State| !state.faults_ended && !shared.stopping.load(Ordering::SeqCst);
            drop(shared.changed.wait_while(state, held).expect("no thread has panicked"));
        }
        let _ = delivery.send(stream);
    }
}

impl State {
    /// Handles a call: builds the normal answer, applies a scripted fault, and logs both.
    fn take(&mut self, request: &Request) -> Delivery {
        let number = self.log.calls().len() + 1;
        let (account, page, normal) = self.normal_answer(request);
        let endpoint = request.path.strip_prefix(ENDPOINTS).unwrap_or_default().to_owned();
        let fault = self.script.fault_for(number, &endpoint, account.as_deref(), page);
        let normal = normal.header("x-request-id", format!("req-{number}"));
        let delivery = match &fault {
            Some(fault) => fault.apply(request, normal),
            None => Delivery::Whole(normal),
        };
        self.log.push(Call {
            number,
            at: Instant::now(),
            endpoint,
            target: Target::of(request),
            account,
            cursor: request.parameter("max_id").map(str::to_owned),
            trim: request.parameter("trim").map(str::to_owned),
            had_authorization: request.header("authorization").is_some(),
            page,
            status: delivery.status(),
            fault,
        });
        delivery
    }

    /// The answer without faults, with the account and the page requested, if known.
    fn normal_answer(&self, request: &Request) -> (Option<String>, Option<usize>, Response) {
        let endpoint = request.path.strip_prefix(ENDPOINTS).filter(|_| request.method == "GET").unwrap_or_default();
        if !["user/reels", "basic-profile", "profile"].contains(&endpoint) {
            let what = format!("No endpoint {} {}", request.method, request.path);
            return (None, None, Response::json(400, error_body("unknown_endpoint", &what)));
        }
        let account = match Target::of(request) {
            Target::Handle(handle) => self.script.accounts.iter().find(|account| account.handle == handle),
            Target::UserId(id) => self.script.accounts.iter().find(|account| account.user_id == id),
            Target::Missing => None,
        };
        let is_page = endpoint == "user/reels";
        let page = account.filter(|_| is_page).and_then(|account| account.page_at(request.parameter("max_id")));
        let answer = match (account, page) {
            _ if !self.is_authorized(request) => self.refusal(request),
            (None, _) if Target::of(request) == Target::Missing => {
                Response::json(400, error_body("invalid_request", "Give handle or user_id"))
            }
            (None, _) => Response::json(404, error_body("not_found", "No such user")),
            (Some(account), None) if endpoint == "basic-profile" => Response::json(200, account.profile.flat(account)),
            (Some(account), None) if !is_page => Response::json(200, account.profile.graph(account)),
            (Some(_), None) => Response::json(400, error_body("invalid_cursor", "No such max_id")),
            (Some(account), Some(page)) => Response::json(200, account.pages[page - 1].clone()),
        };
        (account.map(|account| account.handle.clone()), page, answer)
    }

    fn is_authorized(&self, request: &Request) -> bool {
        request.header("authorization") == Some(format!("Bearer {}", self.script.key).as_str())
    }

    /// Echoes the key, as some vendors do: the client must keep it out of its own output.
    fn refusal(&self, request: &Request) -> Response {
        let message = match request.header("authorization") {
            Some(given) => format!("Invalid API key: {}", given.trim_start_matches("Bearer ")),
            None => "Missing API key".to_owned(),
        };
        Response::json(401, error_body("invalid_api_key", &message))
    }
}

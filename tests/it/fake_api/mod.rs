//! An API on loopback that sells invented pages, breaks when told to, and keeps a ledger of every call.
//!
//! It is written on plain sockets and threads: faults such as a cut body or a closed connection need the raw socket,
//! and an HTTP server among the dev-dependencies would turn on features of hyper, so that reqwest would be built anew
//! at every change between `cargo run` and `cargo test`.
//!
//! Every connection serves one request (`Connection: close`), so that a fault of one call never touches another.
//!
//! ```ignore
//! let api = FakeApi::start(Script::selling([alder()]).once(At::Page("alder", 2), Fault::CutBody));
//! Reelframe::new().args(["run", "alder"]).api(&api).key(KEY).run();
//! assert_eq!(api.ledger().pages_of("alder"), [1, 2, 2, 3]);
//! ```

mod fault;
mod http;
mod ledger;
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
pub use ledger::{Asked, Call, Ledger};
#[cfg(test)]
pub use script::cursor;
pub use script::{Account, At, KEY, Script};

use fault::Delivery;
use http::error_body;

const ENDPOINT: &str = "/apis/v1/instagram/user/reels";

/// The running server; dropping it closes every connection and ends every thread.
pub struct FakeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    /// Rung at every call, when the API is healed, and when it stops.
    changed: Condvar,
    stopping: AtomicBool,
}

/// Behind one lock, so that a call gets its number, its fault and its place in the ledger in one step.
struct State {
    script: Script,
    ledger: Ledger,
    is_healed: bool,
}

impl FakeApi {
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Mutex::new(State { script, ledger: Ledger::default(), is_healed: false });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), stopping: AtomicBool::new(false) });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// What `--base-url` takes; it has a path, as the real one has.
    pub fn base_url(&self) -> String {
        format!("http://{}/apis/v1", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The calls until now. A call is written down before it is answered, so that none is missing once the client has
    /// its answer.
    pub fn ledger(&self) -> Ledger {
        self.shared.state.lock().expect("no thread has panicked").ledger.clone()
    }

    /// From now on nothing breaks, and what was held back goes out.
    pub fn heal(&self) {
        let mut state = self.shared.state.lock().expect("no thread has panicked");
        state.script.forget_faults();
        state.is_healed = true;
        self.shared.changed.notify_all();
    }
}

impl FakeApi {
    /// From now on this breaks too, once.
    pub fn add(&self, at: At, fault: Fault) {
        self.shared.state.lock().expect("no thread has panicked").script.add(at, fault);
    }

    /// Waits until so many calls have come in; not for ever, since a test that hangs says nothing.
    pub fn wait_for_calls(&self, calls: usize) {
        const PATIENCE: Duration = Duration::from_secs(60);
        let state = self.shared.state.lock().expect("no thread has panicked");
        let fewer = |state: &mut State| state.ledger.calls().len() < calls;
        let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, fewer).expect("no thread has panicked");
        assert!(!waited.1.timed_out(), "fewer than {calls} calls came in");
    }
}

impl Drop for FakeApi {
    fn drop(&mut self) {
        if let Ok(_state) = self.shared.state.lock() {
            self.shared.stopping.store(true, Ordering::SeqCst);
            self.shared.changed.notify_all();
        }
        // `accept` sleeps until somebody connects; whether this succeeds is of no interest to a test that has ended.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// One thread a connection; when the server stops, their sockets are shut, so that none of them waits any longer.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut open: Vec<(Weak<TcpStream>, JoinHandle<()>)> = Vec::new();
    for connection in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            break;
        }
        let Ok(stream) = connection.map(Arc::new) else { continue };
        open.retain(|(_, thread)| !thread.is_finished());
        let shared = Arc::clone(shared);
        // The thread alone holds the connection: letting go of it is what closes or resets it.
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

/// Reads one request and answers it. A client that hangs up is no trouble of the server's.
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
            let held = |state: &mut State| !state.is_healed && !shared.stopping.load(Ordering::SeqCst);
            drop(shared.changed.wait_while(state, held).expect("no thread has panicked"));
        }
        let _ = delivery.send(stream);
    }
}

impl State {
    /// Takes a call: works out the honest answer, spoils it where the script says so, and writes both down.
    fn take(&mut self, request: &Request) -> Delivery {
        let number = self.ledger.calls().len() + 1;
        let (account, page, honest) = self.honest_answer(request);
        let fault = self.script.fault_for(number, account.as_deref(), page);
        let honest = honest.header("x-request-id", format!("req-{number}"));
        let delivery = match &fault {
            Some(fault) => fault.spoil(request, honest),
            None => Delivery::Whole(honest),
        };
        self.ledger.enter(Call {
            number,
            at: Instant::now(),
            asked: Asked::by(request),
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

    /// What a vendor in good health answers, with the account and the page that were asked for, where they are known.
    fn honest_answer(&self, request: &Request) -> (Option<String>, Option<usize>, Response) {
        if request.method != "GET" || request.path != ENDPOINT {
            let what = format!("No endpoint {} {}", request.method, request.path);
            return (None, None, Response::json(400, error_body("unknown_endpoint", &what)));
        }
        let account = match Asked::by(request) {
            Asked::Handle(handle) => self.script.accounts.iter().find(|account| account.handle == handle),
            Asked::UserId(id) => self.script.accounts.iter().find(|account| account.user_id == id),
            Asked::Nobody => None,
        };
        let page = account.and_then(|account| account.page_at(request.parameter("max_id")));
        let answer = match (account, page) {
            _ if !self.is_authorized(request) => self.refusal(request),
            (None, _) if Asked::by(request) == Asked::Nobody => {
                Response::json(400, error_body("invalid_request", "Give handle or user_id"))
            }
            (None, _) => Response::json(404, error_body("not_found", "No such user")),
            (Some(_), None) => Response::json(400, error_body("invalid_cursor", "No such max_id")),
            (Some(account), Some(page)) => Response::json(200, account.pages[page - 1].clone()),
        };
        (account.map(|account| account.handle.clone()), page, answer)
    }

    fn is_authorized(&self, request: &Request) -> bool {
        request.header("authorization") == Some(format!("Bearer {}", self.script.key).as_str())
    }

    /// It repeats the key it was given, as some vendors do: a client has to keep that from its own output.
    fn refusal(&self, request: &Request) -> Response {
        let message = match request.header("authorization") {
            Some(given) => format!("Invalid API key: {}", given.trim_start_matches("Bearer ")),
            None => "Missing API key".to_owned(),
        };
        Response::json(401, error_body("invalid_api_key", &message))
    }
}

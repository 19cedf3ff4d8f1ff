//! The face of the thread: what other threads may ask, none of which waits for the network.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use quinn_proto::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustc_hash::FxHashMap;

use crate::config::Tuning;
use crate::driver::Driver;
use crate::endpoint::bind;
use crate::event::Batch;
use crate::figures::{STAT_FIELDS, Stats};
use crate::op::Submission;
use crate::tls::{self, Identity, ServerPem, Trust};

/// What went wrong before anything was started.
#[derive(Debug, PartialEq, Eq)]
pub enum EngineError {
    Listen(String),
    Certificate(String),
    Connect(String),
}

pub(crate) struct Listen {
    pub server: u32,
    pub sockets: Vec<(std::net::UdpSocket, SocketAddr)>,
    pub tls: Arc<QuicServerConfig>,
    pub tuning: Tuning,
    pub figures: Arc<ServerFigures>,
}

pub(crate) struct Connect {
    pub session: u32,
    pub socket: std::net::UdpSocket,
    pub remote: SocketAddr,
    pub name: String,
    pub tls: Arc<QuicClientConfig>,
    pub tuning: Tuning,
    pub wish: Option<crate::h3::Request>,
}

pub(crate) enum Command {
    Submit(Submission),
    Listen(Box<Listen>),
    SetTls(u32, Arc<QuicServerConfig>),
    Connect(Box<Connect>),
    Stop,
}

#[derive(Default)]
pub(crate) struct ServerFigures {
    pub handshakes_failed: AtomicU64,
    pub open_sessions: AtomicU64,
    pub opening: AtomicU64,
}

/// What the thread and those who ask it share.
pub(crate) struct Shared {
    pub commands: Mutex<Vec<Command>>,
    /// The thread waits for packets and has to be woken.
    pub asleep: AtomicBool,
    pub waker: mio::Waker,
    pub stats: Mutex<FxHashMap<u32, Arc<Stats>>>,
    pub sessions: AtomicU32,
}

/// A lock whose holder has panicked still guards plain data.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One thread with all sessions on it. Dropped, it stops.
pub struct Engine {
    shared: Arc<Shared>,
    servers: Mutex<FxHashMap<u32, (Vec<String>, Arc<ServerFigures>)>>,
    next_server: AtomicU32,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread; `sink` is called on it with everything that it has to tell.
    pub fn start(sink: impl FnMut(Batch) + Send + 'static) -> std::io::Result<Self> {
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), crate::driver::WAKE)?;
        let shared = Arc::new(Shared {
            commands: Mutex::default(),
            asleep: AtomicBool::new(false),
            waker,
            stats: Mutex::default(),
            sessions: AtomicU32::new(1),
        });
        let driver = Driver::new(poll, shared.clone(), Box::new(sink));
        let thread = std::thread::Builder::new().name("moqscope-quic".into()).spawn(move || driver.run())?;
        Ok(Self { shared, servers: Mutex::default(), next_server: AtomicU32::new(1), thread: Some(thread) })
    }

    fn command(&self, command: Command) {
        lock(&self.shared.commands).push(command);
        if self.shared.asleep.swap(false, Ordering::SeqCst) {
            // A waker fails only when the thread's poll has gone, and then nobody is left to wake.
            _ = self.shared.waker.wake();
        }
    }

    /// Hands a batch of operations over.
    pub fn submit(&self, submission: Submission) {
        self.command(Command::Submit(submission));
    }

    /// Opens the sockets at once and gives the server's number and the addresses in use.
    pub fn listen(
        &self,
        addresses: &[SocketAddr],
        pem: ServerPem<'_>,
        alpn: &[String],
        tuning: Tuning,
    ) -> Result<(u32, Vec<SocketAddr>), EngineError> {
        let mut names = vec!["h3".to_owned()];
        names.extend_from_slice(alpn);
        let tls = tls::server(pem, &names).map_err(EngineError::Certificate)?;
        let sockets = open(addresses).map_err(EngineError::Listen)?;
        let used = sockets.iter().map(|(_, address)| *address).collect();
        let server = self.next_server.fetch_add(1, Ordering::Relaxed);
        let figures = Arc::new(ServerFigures::default());
        lock(&self.servers).insert(server, (names, figures.clone()));
        self.command(Command::Listen(Box::new(Listen { server, sockets, tls, tuning, figures })));
        Ok((server, used))
    }

    /// For connections from now on.
    pub fn set_certificate(&self, server: u32, pem: ServerPem<'_>) -> Result<(), EngineError> {
        let names = lock(&self.servers).get(&server).map(|(names, _)| names.clone()).unwrap_or_default();
        let tls = tls::server(pem, &names).map_err(EngineError::Certificate)?;
        self.command(Command::SetTls(server, tls));
        Ok(())
    }

    /// Handshakes that failed, and sessions that are open.
    pub fn server_stats(&self, server: u32) -> (u64, u64) {
        lock(&self.servers).get(&server).map_or((0, 0), |(_, figures)| {
            (figures.handshakes_failed.load(Ordering::Relaxed), figures.open_sessions.load(Ordering::Relaxed))
        })
    }

    /// The server has closed and will not be asked for again.
    pub fn forget_server(&self, server: u32) {
        lock(&self.servers).remove(&server);
    }

    /// Begins a session and gives its number; how it went is told by events.
    pub fn connect(&self, request: ConnectRequest) -> Result<u32, EngineError> {
        let (alpn, wish) = match request.webtransport {
            Some(wish) => (
                vec!["h3".to_owned()],
                Some(crate::h3::Request { authority: wish.authority, path: wish.path, protocols: wish.protocols, headers: wish.headers }),
            ),
            None => (request.protocols, None),
        };
        let tls = tls::client(&request.trust, request.identity.as_ref(), &alpn).map_err(EngineError::Connect)?;
        let any = if request.remote.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
        let any = any.parse().map_err(|_| EngineError::Connect("no local address".into()))?;
        let socket = bind(any).map_err(|error| EngineError::Connect(error.to_string()))?;
        let session = self.shared.sessions.fetch_add(1, Ordering::Relaxed);
        let (remote, name, tuning) = (request.remote, request.name, request.tuning);
        self.command(Command::Connect(Box::new(Connect { session, socket, remote, name, tls, tuning, wish })));
        Ok(session)
    }

    /// Copies a session's newest numbers; `false` when it is not known any more.
    pub fn stats(&self, session: u32, out: &mut [f64]) -> bool {
        let stats = lock(&self.shared.stats).get(&session).cloned();
        stats.inspect(|stats| stats.read(&mut out[..STAT_FIELDS])).is_some()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.command(Command::Stop);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told nothing more to wait for.
            _ = thread.join();
        }
    }
}

/// Where to and how.
pub struct ConnectRequest {
    pub remote: SocketAddr,
    /// For SNI, and what the certificate must be for.
    pub name: String,
    /// ALPN names of raw QUIC.
    pub protocols: Vec<String>,
    pub webtransport: Option<WebTransportRequest>,
    pub trust: Trust,
    /// Shown to a server that asks for it.
    pub identity: Option<Identity>,
    pub tuning: Tuning,
}

/// The CONNECT of a WebTransport client.
pub struct WebTransportRequest {
    pub authority: String,
    /// With the query.
    pub path: String,
    pub protocols: Vec<String>,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
}

/// How often one free port is looked for that all addresses can share.
const PORT_ATTEMPTS: usize = 16;

fn open(addresses: &[SocketAddr]) -> Result<Vec<(std::net::UdpSocket, SocketAddr)>, String> {
    let mut failure = "no address to listen on".to_owned();
    for _ in 0..PORT_ATTEMPTS {
        match open_once(addresses) {
            Ok(sockets) if sockets.is_empty() => break,
            Ok(sockets) => return Ok(sockets),
            Err((address, error)) => failure = format!("{address}: {error}"),
        }
        if addresses.iter().all(|address| address.port() != 0) {
            break;
        }
    }
    Err(failure)
}

fn open_once(addresses: &[SocketAddr]) -> Result<Vec<(std::net::UdpSocket, SocketAddr)>, (SocketAddr, std::io::Error)> {
    let mut free = 0;
    let mut sockets = Vec::new();
    for address in addresses {
        let mut wanted = *address;
        if wanted.port() == 0 {
            wanted.set_port(free);
        }
        let opened = bind(wanted).and_then(|socket| Ok((socket.local_addr()?, socket)));
        let (used, socket) = opened.map_err(|error| (wanted, error))?;
        if address.port() == 0 {
            free = used.port();
        }
        sockets.push((socket, used));
    }
    Ok(sockets)
}

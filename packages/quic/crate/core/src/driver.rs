//! The thread's loop: operations in, packets in, packets out, events out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mio::{Events, Poll, Token};
use quinn_proto::{ConnectionHandle, EndpointConfig, ServerConfig};
use rustc_hash::FxHashMap;

use crate::config::Tuning;
use crate::endpoint::Socketed;
use crate::engine::{Command, ServerFigures, Shared, lock};
use crate::event::{Batch, kind};
use crate::huffman::Huffman;
use crate::net::server_config;
use crate::op::{self, Op, Submission};
use crate::session::Session;

pub(crate) const WAKE: Token = Token(usize::MAX);
/// Packets in one call to the kernel.
const SEGMENTS: usize = 32;
/// Sending calls for one session before the others have their turn.
const SENDS: usize = 16;
/// A session that left work behind looks again after this long, where nothing wakes it earlier.
const STALL: Duration = Duration::from_millis(5);
/// How long events that nobody waits for are gathered, so that they do not wake the other side one by one.
const GATHER: Duration = Duration::from_millis(5);

pub(crate) struct Server {
    pub tuning: Tuning,
    pub tls: Arc<quinn_proto::crypto::rustls::QuicServerConfig>,
    pub config: Arc<ServerConfig>,
    pub figures: Arc<ServerFigures>,
    pub sockets: Vec<usize>,
    pub closing: bool,
}

pub(crate) struct Driver {
    pub(crate) poll: Poll,
    pub(crate) shared: Arc<Shared>,
    pub(crate) sink: Box<dyn FnMut(Batch) + Send>,
    pub(crate) out: Batch,
    pub(crate) servers: FxHashMap<u32, Server>,
    pub(crate) sockets: FxHashMap<usize, Socketed>,
    pub(crate) next_socket: usize,
    pub(crate) sessions: FxHashMap<u32, Session>,
    pub(crate) routes: FxHashMap<(usize, ConnectionHandle), u32>,
    pub(crate) timers: BinaryHeap<Reverse<(Instant, u32)>>,
    pub(crate) dirty: Vec<u32>,
    pub(crate) receive: Vec<u8>,
    pub(crate) transmit: Vec<u8>,
    pub(crate) endpoint_config: Arc<EndpointConfig>,
    pub(crate) huffman: Arc<Huffman>,
    /// When events that nobody waits for are told.
    flush_by: Option<Instant>,
}

impl Driver {
    pub fn new(poll: Poll, shared: Arc<Shared>, sink: Box<dyn FnMut(Batch) + Send>) -> Self {
        Self {
            poll,
            shared,
            sink,
            out: Batch::default(),
            servers: FxHashMap::default(),
            sockets: FxHashMap::default(),
            next_socket: 0,
            sessions: FxHashMap::default(),
            routes: FxHashMap::default(),
            timers: BinaryHeap::new(),
            dirty: Vec::new(),
            receive: Vec::new(),
            transmit: Vec::new(),
            endpoint_config: Arc::new(EndpointConfig::default()),
            huffman: Arc::new(Huffman::new()),
            flush_by: None,
        }
    }

    pub fn run(mut self) {
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.turns()));
        match ended {
            Ok(()) => self.stop(Instant::now()),
            Err(_) => self.fault(),
        }
    }

    fn turns(&mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            let commands = std::mem::take(&mut *lock(&self.shared.commands));
            let now = Instant::now();
            for command in commands {
                if matches!(command, Command::Stop) {
                    return;
                }
                self.command(now, command);
            }
            self.receive_all(now);
            self.expire(now);
            self.settle(now);
            self.flush(now);
            if self.wait(&mut events).is_err() {
                return;
            }
            for event in &events {
                let Some(socket) = self.sockets.get_mut(&event.token().0) else {
                    continue;
                };
                socket.readable |= event.is_readable();
                if event.is_writable() {
                    for session in std::mem::take(&mut socket.waiting) {
                        mark(&mut self.sessions, &mut self.dirty, session);
                    }
                }
            }
        }
    }

    /// Tells what has happened; what nobody waits for is gathered for a moment.
    fn flush(&mut self, now: Instant) {
        if self.out.is_empty() {
            return;
        }
        let by = *self.flush_by.get_or_insert(now + GATHER);
        if self.out.urgent || by <= now {
            self.flush_by = None;
            (self.sink)(std::mem::take(&mut self.out));
        }
    }

    /// Waits for packets, operations or the next timer.
    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let busy = !self.dirty.is_empty() || self.sockets.values().any(|socket| socket.readable);
        let timer = self.timers.peek().map(|Reverse((at, _))| *at);
        let next = [timer, self.flush_by].into_iter().flatten().min();
        let mut timeout = next.map(|at| at.saturating_duration_since(Instant::now()));
        if busy {
            timeout = Some(Duration::ZERO);
        }
        self.shared.asleep.store(true, Ordering::SeqCst);
        if !lock(&self.shared.commands).is_empty() {
            timeout = Some(Duration::ZERO);
        }
        let polled = self.poll.poll(events, timeout);
        self.shared.asleep.store(false, Ordering::SeqCst);
        match polled {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                events.clear();
                Ok(())
            }
            other => other,
        }
    }

    fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Submit(submission) => self.submit(now, &submission),
            Command::Listen(listen) => self.listen(*listen),
            Command::SetTls(server, tls) => {
                let Some(server) = self.servers.get_mut(&server) else {
                    return;
                };
                server.config = server_config(&tls, &server.tuning, None);
                server.tls = tls;
                for socket in &server.sockets {
                    if let Some(socket) = self.sockets.get_mut(socket) {
                        socket.endpoint.set_server_config(Some(server.config.clone()));
                    }
                }
            }
            Command::Connect(connect) => self.connect(now, *connect),
            Command::Stop => {}
        }
    }

    fn submit(&mut self, now: Instant, submission: &Submission) {
        let mut rest = &submission.numbers[..];
        while let Some((target, op, length)) = op::next(rest) {
            rest = &rest[length..];
            if let Op::CloseServer { code, text } = op {
                self.close_server(now, target, code, submission.texts.get(text).map_or("", String::as_str));
                continue;
            }
            if let Some(session) = self.sessions.get_mut(&target) {
                session.apply(now, &op, &submission.buffers, &submission.texts, &mut self.out);
                mark(&mut self.sessions, &mut self.dirty, target);
            }
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some(Reverse((at, id))) = self.timers.peek().copied() {
            if at > now {
                return;
            }
            self.timers.pop();
            let Some(session) = self.sessions.get_mut(&id) else {
                continue;
            };
            if session.scheduled == Some(at) {
                session.scheduled = None;
                if session.conn.poll_timeout().is_some_and(|due| due <= now) {
                    session.conn.handle_timeout(now);
                }
                mark(&mut self.sessions, &mut self.dirty, id);
            }
        }
    }

    /// Lets every session that something happened to take its turn.
    fn settle(&mut self, now: Instant) {
        for id in std::mem::take(&mut self.dirty) {
            let Some(session) = self.sessions.get_mut(&id) else {
                continue;
            };
            session.dirty = false;
            let Some(socket) = self.sockets.get_mut(&session.socket) else {
                continue;
            };
            session.listen(now, &mut self.out);
            session.widen();
            session.settle(now, &mut self.out);
            let mut again = transmit(now, session, socket, &mut self.transmit);
            while let Some(event) = session.conn.poll_endpoint_events() {
                if let Some(event) = socket.endpoint.handle_event(session.handle, event) {
                    session.conn.handle_event(event);
                    again = true;
                }
            }
            session.publish();
            let server = session.server.and_then(|server| self.servers.get(&server));
            if let Some(server) = server {
                session.count(&server.figures);
            }
            // The last packet has gone: what follows is only for the case that it was lost.
            let said = session.conn.is_closed() && session.unsent.is_none();
            if said && !std::mem::replace(&mut session.released, true) {
                self.out.push(kind::RELEASED, &[f64::from(id)]);
            }
            if session.conn.is_drained() || said && server.is_some_and(|server| server.closing) {
                self.release(id);
                continue;
            }
            schedule(now, session, &mut self.timers);
            if again {
                mark(&mut self.sessions, &mut self.dirty, id);
            }
        }
    }

    /// Everything of the session is over.
    fn release(&mut self, id: u32) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        lock(&self.shared.stats).remove(&id);
        self.routes.remove(&(session.socket, session.handle));
        if !session.released {
            self.out.push(kind::RELEASED, &[f64::from(id)]);
        }
        let Some(socket) = self.sockets.get_mut(&session.socket) else {
            return;
        };
        socket.sessions -= 1;
        match socket.server {
            None => self.drop_socket(session.socket),
            Some(server) => self.finish_server(server),
        }
    }

    pub(crate) fn drop_socket(&mut self, key: usize) {
        if let Some(mut socket) = self.sockets.remove(&key) {
            // A socket that cannot be deregistered is closed all the same.
            _ = self.poll.registry().deregister(socket.net.source());
        }
    }

    fn close_server(&mut self, now: Instant, id: u32, code: u64, reason: &str) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        server.closing = true;
        let of_server = |session: &&mut Session| session.server == Some(id);
        for session in self.sessions.values_mut().filter(of_server) {
            session.leave(now, code, reason);
            if !session.dirty {
                session.dirty = true;
                self.dirty.push(session.id);
            }
        }
        self.finish_server(id);
    }

    /// Closes a server's sockets once it is to close and no session needs them.
    fn finish_server(&mut self, id: u32) {
        let Some(server) = self.servers.get(&id).filter(|server| server.closing) else {
            return;
        };
        if server.sockets.iter().any(|key| self.sockets.get(key).is_some_and(|socket| socket.sessions > 0)) {
            return;
        }
        for key in server.sockets.clone() {
            self.drop_socket(key);
        }
        self.servers.remove(&id);
        self.out.push(kind::SERVER_CLOSED, &[f64::from(id)]);
    }

    /// Tells everybody that a fault of ours has ended all there is.
    fn fault(mut self) {
        let text = self.out.text("the QUIC thread has panicked");
        self.out.push(kind::FATAL, &[0.0, text]);
        (self.sink)(std::mem::take(&mut self.out));
    }

    /// Says goodbye to every peer, once, and ends.
    fn stop(mut self, now: Instant) {
        for session in self.sessions.values_mut() {
            session.shut(now, crate::h3::NO_ERROR, Bytes::new());
            if let Some(socket) = self.sockets.get_mut(&session.socket) {
                transmit(now, session, socket, &mut self.transmit);
            }
        }
    }
}

pub(crate) fn mark(sessions: &mut FxHashMap<u32, Session>, dirty: &mut Vec<u32>, id: u32) {
    if let Some(session) = sessions.get_mut(&id).filter(|session| !session.dirty) {
        session.dirty = true;
        dirty.push(id);
    }
}

/// Sends what the session has; `true` when it has more and others should have their turn.
fn transmit(now: Instant, session: &mut Session, socket: &mut Socketed, buffer: &mut Vec<u8>) -> bool {
    if let Some((transmit, contents)) = session.unsent.take() {
        if blocked(socket.net.send(&transmit, &contents)) {
            session.unsent = Some((transmit, contents));
            socket.waiting.push(session.id);
            return false;
        }
    }
    let segments = socket.net.max_segments().min(SEGMENTS);
    for _ in 0..SENDS {
        buffer.clear();
        let Some(transmit) = session.conn.poll_transmit(now, segments, buffer) else {
            return false;
        };
        if blocked(socket.net.send(&transmit, &buffer[..transmit.size])) {
            session.unsent = Some((transmit, buffer.clone()));
            socket.waiting.push(session.id);
            return false;
        }
    }
    true
}

/// Whether the kernel's queue is full; every other failure counts as a lost packet.
fn blocked(sent: io::Result<()>) -> bool {
    sent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

fn schedule(now: Instant, session: &mut Session, timers: &mut BinaryHeap<Reverse<(Instant, u32)>>) {
    let stall = session.sends.stalled.then(|| now + STALL);
    let Some(at) = [session.conn.poll_timeout(), session.leave_by, session.due(), stall].into_iter().flatten().min() else {
        return;
    };
    if session.scheduled.is_none_or(|scheduled| at < scheduled) {
        session.scheduled = Some(at);
        timers.push(Reverse((at, session.id)));
    }
}

//! The thread's loop: operations in, packets in, packets out, events out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use mio::{Events, Interest, Poll, Token};
use quinn_proto::{ClientConfig, ConnectionHandle, DatagramEvent, Endpoint, EndpointConfig, ServerConfig};
use quinn_udp::{BATCH_SIZE, RecvMeta};
use rustc_hash::FxHashMap;

use crate::config::Tuning;
use crate::endpoint::{Net, Socketed, ecn};
use crate::engine::{Command, Connect, Listen, ServerFigures, Shared, lock};
use crate::event::{Batch, failure, kind};
use crate::op::{self, Op, Submission};
use crate::recv::Receives;
use crate::send::Sends;
use crate::session::{Phase, Session, Stats};

pub(crate) const WAKE: Token = Token(usize::MAX);
/// Receiving calls for one socket before the others have their turn.
const RECEIVES: usize = 8;
/// Packets in one call to the kernel.
const SEGMENTS: usize = 32;
/// Sending calls for one session before the others have their turn.
const SENDS: usize = 16;
/// A session that left work behind looks again after this long, where nothing wakes it earlier.
const STALL: Duration = Duration::from_millis(5);

struct Server {
    tls: Arc<quinn_proto::crypto::rustls::QuicServerConfig>,
    tuning: Tuning,
    config: Arc<ServerConfig>,
    figures: Arc<ServerFigures>,
    sockets: Vec<usize>,
    closing: bool,
}

pub(crate) struct Driver {
    poll: Poll,
    shared: Arc<Shared>,
    sink: Box<dyn FnMut(Batch) + Send>,
    out: Batch,
    servers: FxHashMap<u32, Server>,
    sockets: FxHashMap<usize, Socketed>,
    next_socket: usize,
    sessions: FxHashMap<u32, Session>,
    routes: FxHashMap<(usize, ConnectionHandle), u32>,
    timers: BinaryHeap<Reverse<(Instant, u32)>>,
    dirty: Vec<u32>,
    receive: Vec<u8>,
    transmit: Vec<u8>,
    endpoint_config: Arc<EndpointConfig>,
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
        }
    }

    pub fn run(mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            let commands = std::mem::take(&mut *lock(&self.shared.commands));
            let now = Instant::now();
            for command in commands {
                if matches!(command, Command::Stop) {
                    return self.stop(now);
                }
                self.command(now, command);
            }
            self.receive_all(now);
            self.expire(now);
            self.settle(now);
            if !self.out.is_empty() {
                (self.sink)(std::mem::take(&mut self.out));
            }
            if self.wait(&mut events).is_err() {
                return;
            }
            for event in &events {
                let Some(socket) = self.sockets.get_mut(&event.token().0) else { continue };
                socket.readable |= event.is_readable();
                if event.is_writable() {
                    for session in std::mem::take(&mut socket.waiting) {
                        mark(&mut self.sessions, &mut self.dirty, session);
                    }
                }
            }
        }
    }

    /// Waits for packets, operations or the next timer.
    fn wait(&mut self, events: &mut Events) -> io::Result<()> {
        let busy = !self.dirty.is_empty() || self.sockets.values().any(|socket| socket.readable);
        let mut timeout = match self.timers.peek() {
            _ if busy => Some(Duration::ZERO),
            Some(Reverse((at, _))) => Some(at.saturating_duration_since(Instant::now())),
            None => None,
        };
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
                let Some(server) = self.servers.get_mut(&server) else { return };
                server.config = server_config(&tls, &server.tuning);
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

    fn socket(&mut self, socket: std::net::UdpSocket, server: Option<(u32, Arc<ServerConfig>)>) -> io::Result<usize> {
        let mut net = Net::new(socket)?;
        let key = self.next_socket;
        self.next_socket += 1;
        self.poll.registry().register(net.source(), Token(key), Interest::READABLE | Interest::WRITABLE)?;
        let (server, config) = server.unzip();
        let endpoint = Endpoint::new(self.endpoint_config.clone(), config, !net.may_fragment(), None);
        if self.receive.is_empty() {
            self.receive = net.receive_buffer(self.endpoint_config.get_max_udp_payload_size() as usize);
        }
        let socket = Socketed { net, endpoint, server, readable: true, waiting: Vec::new(), sessions: 0 };
        self.sockets.insert(key, socket);
        Ok(key)
    }

    fn listen(&mut self, listen: Listen) {
        let config = server_config(&listen.tls, &listen.tuning);
        let mut sockets = Vec::new();
        for (socket, _) in listen.sockets {
            // Registering fails only when the process has no file handles left; the address then hears nothing.
            sockets.extend(self.socket(socket, Some((listen.server, config.clone()))).ok());
        }
        let Listen { server, tls, tuning, figures, .. } = listen;
        self.servers.insert(server, Server { tls, tuning, config, figures, sockets, closing: false });
    }

    fn connect(&mut self, now: Instant, connect: Connect) {
        let Connect { session, socket, remote, name, tls, tuning, wish } = connect;
        let mut config = ClientConfig::new(tls);
        config.transport_config(Arc::new(tuning.transport()));
        let key = match self.socket(socket, None) {
            Ok(key) => key,
            Err(error) => return self.unreachable(session, &error),
        };
        let Some(opened) = self.sockets.get_mut(&key) else { return };
        match opened.endpoint.connect(now, config, remote, &name) {
            Ok((handle, conn)) => self.insert((session, None), (key, handle, conn), &tuning, wish),
            Err(error) => {
                self.unreachable(session, &error);
                self.drop_socket(key);
            }
        }
    }

    fn unreachable(&mut self, session: u32, error: &dyn std::error::Error) {
        let text = self.out.text(error.to_string());
        self.out.push(kind::FAILED, &[f64::from(session), f64::from(failure::CONNECT), -1.0, text]);
        self.out.push(kind::RELEASED, &[f64::from(session)]);
    }

    fn insert(
        &mut self,
        (id, server): (u32, Option<u32>),
        (socket, handle, conn): (usize, ConnectionHandle, quinn_proto::Connection),
        tuning: &Tuning,
        wish: Option<web_transport_proto::ConnectRequest>,
    ) {
        let stats = Arc::new(Stats::default());
        lock(&self.shared.stats).insert(id, stats.clone());
        self.routes.insert((socket, handle), id);
        if let Some(socket) = self.sockets.get_mut(&socket) {
            socket.sessions += 1;
        }
        let session = Session {
            id,
            socket,
            server,
            handle,
            conn,
            phase: Phase::Opening,
            wish,
            http3: None,
            alpn: String::new(),
            sends: Sends::default(),
            receives: Receives::default(),
            opens: Default::default(),
            untaken: 0,
            max_untaken: tuning.max_bidi_streams.max(tuning.max_uni_streams).max(16) as usize,
            max_unread: tuning.connection_window as usize,
            max_send_window: tuning.max_send_window,
            stats,
            scheduled: None,
            leave_by: None,
            datagrams_touched: false,
            unsent: None,
            dirty: false,
            never_asked: true,
        };
        self.sessions.insert(id, session);
        mark(&mut self.sessions, &mut self.dirty, id);
    }

    fn receive_all(&mut self, now: Instant) {
        let keys: Vec<usize> = self.sockets.iter().filter(|(_, socket)| socket.readable).map(|(key, _)| *key).collect();
        for key in keys {
            for _ in 0..RECEIVES {
                if !self.receive_once(now, key) {
                    break;
                }
            }
        }
    }

    /// One receiving call; `false` when the socket has nothing more.
    fn receive_once(&mut self, now: Instant, key: usize) -> bool {
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let Some(socket) = self.sockets.get_mut(&key) else { return false };
        let count = match socket.net.receive(&mut self.receive, &mut metas) {
            Ok(count) => count,
            // Anyone on the path can provoke this one; it says nothing of the socket.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return true,
            Err(_) => {
                socket.readable = false;
                return false;
            }
        };
        let part = self.receive.len() / BATCH_SIZE;
        for (index, meta) in metas.iter().enumerate().take(count) {
            let start = index * part;
            let mut data: BytesMut = self.receive[start..start + meta.len].into();
            while !data.is_empty() {
                let packet = data.split_to(meta.stride.min(data.len()));
                self.packet(now, key, meta, packet);
            }
        }
        true
    }

    fn packet(&mut self, now: Instant, key: usize, meta: &RecvMeta, packet: BytesMut) {
        let Some(socket) = self.sockets.get_mut(&key) else { return };
        self.transmit.clear();
        match socket.endpoint.handle(now, meta.addr, meta.dst_ip, ecn(meta.ecn), packet, &mut self.transmit) {
            Some(DatagramEvent::ConnectionEvent(handle, event)) => {
                if let Some(session) = self.routes.get(&(key, handle)).copied() {
                    if let Some(session) = self.sessions.get_mut(&session) {
                        session.conn.handle_event(event);
                    }
                    mark(&mut self.sessions, &mut self.dirty, session);
                }
            }
            Some(DatagramEvent::NewConnection(incoming)) => self.incoming(now, key, incoming),
            // Lost like any packet when the kernel does not take it; the peer asks again.
            Some(DatagramEvent::Response(transmit)) => _ = socket.net.send(&transmit, &self.transmit[..transmit.size]),
            None => {}
        }
    }

    fn incoming(&mut self, now: Instant, key: usize, incoming: quinn_proto::Incoming) {
        let Some(socket) = self.sockets.get_mut(&key) else { return };
        let Some((id, server)) = socket.server.and_then(|id| Some((id, self.servers.get(&id)?))) else {
            return socket.endpoint.ignore(incoming);
        };
        self.transmit.clear();
        if server.closing {
            let transmit = socket.endpoint.refuse(incoming, &mut self.transmit);
            _ = socket.net.send(&transmit, &self.transmit[..transmit.size]);
            return;
        }
        match socket.endpoint.accept(incoming, now, &mut self.transmit, Some(server.config.clone())) {
            Ok((handle, conn)) => {
                let session = self.shared.sessions.fetch_add(1, Ordering::Relaxed);
                server.figures.open_sessions.fetch_add(1, Ordering::Relaxed);
                let tuning = server.tuning.clone();
                self.insert((session, Some(id)), (key, handle, conn), &tuning, None);
            }
            Err(error) => {
                server.figures.handshakes_failed.fetch_add(1, Ordering::Relaxed);
                if let Some(transmit) = error.response {
                    _ = socket.net.send(&transmit, &self.transmit[..transmit.size]);
                }
            }
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some(Reverse((at, id))) = self.timers.peek().copied() {
            if at > now {
                return;
            }
            self.timers.pop();
            let Some(session) = self.sessions.get_mut(&id) else { continue };
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
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.dirty = false;
            let Some(socket) = self.sockets.get_mut(&session.socket) else { continue };
            session.listen(now, &mut self.out);
            session.settle(now, &mut self.out);
            let again = transmit(now, session, socket, &mut self.transmit);
            while let Some(event) = session.conn.poll_endpoint_events() {
                if let Some(event) = socket.endpoint.handle_event(session.handle, event) {
                    session.conn.handle_event(event);
                }
            }
            session.publish();
            if session.conn.is_drained() {
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
        let Some(session) = self.sessions.remove(&id) else { return };
        lock(&self.shared.stats).remove(&id);
        self.routes.remove(&(session.socket, session.handle));
        self.out.push(kind::RELEASED, &[f64::from(id)]);
        if let Some(server) = session.server.and_then(|server| self.servers.get(&server)) {
            server.figures.open_sessions.fetch_sub(1, Ordering::Relaxed);
            if session.never_asked {
                server.figures.handshakes_failed.fetch_add(1, Ordering::Relaxed);
            }
        }
        let Some(socket) = self.sockets.get_mut(&session.socket) else { return };
        socket.sessions -= 1;
        match socket.server {
            None => self.drop_socket(session.socket),
            Some(server) => self.finish_server(server),
        }
    }

    fn drop_socket(&mut self, key: usize) {
        if let Some(mut socket) = self.sockets.remove(&key) {
            // A socket that cannot be deregistered is closed all the same.
            _ = self.poll.registry().deregister(socket.net.source());
        }
    }

    fn close_server(&mut self, now: Instant, id: u32, code: u64, reason: &str) {
        let Some(server) = self.servers.get_mut(&id) else { return };
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
        let Some(server) = self.servers.get(&id).filter(|server| server.closing) else { return };
        if server.sockets.iter().any(|key| self.sockets.get(key).is_some_and(|socket| socket.sessions > 0)) {
            return;
        }
        for key in server.sockets.clone() {
            self.drop_socket(key);
        }
        self.servers.remove(&id);
        self.out.push(kind::SERVER_CLOSED, &[f64::from(id)]);
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

fn mark(sessions: &mut FxHashMap<u32, Session>, dirty: &mut Vec<u32>, id: u32) {
    if let Some(session) = sessions.get_mut(&id).filter(|session| !session.dirty) {
        session.dirty = true;
        dirty.push(id);
    }
}

fn server_config(tls: &Arc<quinn_proto::crypto::rustls::QuicServerConfig>, tuning: &Tuning) -> Arc<ServerConfig> {
    let mut config = ServerConfig::with_crypto(tls.clone());
    config.transport_config(Arc::new(tuning.transport()));
    Arc::new(config)
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
        let Some(transmit) = session.conn.poll_transmit(now, segments, buffer) else { return false };
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
    let Some(at) = [session.conn.poll_timeout(), session.leave_by, stall].into_iter().flatten().min() else { return };
    if session.scheduled.is_none_or(|scheduled| at < scheduled) {
        session.scheduled = Some(at);
        timers.push(Reverse((at, session.id)));
    }
}

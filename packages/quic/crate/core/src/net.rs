//! The thread's sockets: opening them, and what comes in on them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use bytes::BytesMut;
use mio::{Interest, Token};
use quinn_proto::crypto::rustls::QuicServerConfig;
use quinn_proto::{ClientConfig, ConnectionHandle, DatagramEvent, Endpoint, ServerConfig};
use quinn_udp::{BATCH_SIZE, RecvMeta};

use crate::config::Tuning;
use crate::driver::{Driver, Server, mark};
use crate::endpoint::{Net, Socketed, ecn};
use crate::engine::{Connect, Listen, lock};
use crate::event::{failure, kind};
use crate::figures::Stats;
use crate::h3::Request;
use crate::qlog;
use crate::recv::Receives;
use crate::send::Sends;
use crate::session::{Phase, Session};

/// Receiving calls for one socket before the others have their turn.
const RECEIVES: usize = 8;
/// A client has this long to finish TLS, SETTINGS and CONNECT.
const OPENING: Duration = Duration::from_secs(10);
/// With more handshakes under way than the first, peers have to prove their address; with more than the second they are refused.
const HANDSHAKES_TRUSTED: u64 = 256;
const HANDSHAKES: u64 = 4096;

impl Driver {
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

    pub(crate) fn listen(&mut self, listen: Listen) {
        let config = server_config(&listen.tls, &listen.tuning, None);
        let mut sockets = Vec::new();
        for (socket, _) in listen.sockets {
            // Registering fails only when the process has no file handles left; the address then hears nothing.
            sockets.extend(self.socket(socket, Some((listen.server, config.clone()))).ok());
        }
        let Listen { server, tls, tuning, figures, .. } = listen;
        self.servers.insert(server, Server { tls, tuning, config, figures, sockets, closing: false });
    }

    pub(crate) fn connect(&mut self, now: Instant, connect: Connect) {
        let Connect { session, socket, remote, name, tls, tuning, wish } = connect;
        let mut config = ClientConfig::new(tls);
        config.transport_config(qlog::transport(&tuning, &qlog_name("client", session)));
        let key = match self.socket(socket, None) {
            Ok(key) => key,
            Err(error) => return self.unreachable(session, &error),
        };
        let Some(opened) = self.sockets.get_mut(&key) else {
            return;
        };
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
        wish: Option<Request>,
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
            open_by: Instant::now() + if server.is_some() { OPENING } else { tuning.idle_timeout.max(OPENING) },
            huffman: self.huffman.clone(),
            max_streams: [tuning.max_bidi_streams, tuning.max_uni_streams],
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
            counted: false,
            opened: false,
            released: false,
        };
        self.sessions.insert(id, session);
        mark(&mut self.sessions, &mut self.dirty, id);
    }

    pub(crate) fn receive_all(&mut self, now: Instant) {
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
        let Some(socket) = self.sockets.get_mut(&key) else {
            return false;
        };
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
        let Some(socket) = self.sockets.get_mut(&key) else {
            return;
        };
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
        let Some(socket) = self.sockets.get_mut(&key) else {
            return;
        };
        let Some((id, server)) = socket.server.and_then(|id| Some((id, self.servers.get(&id)?))) else {
            return socket.endpoint.ignore(incoming);
        };
        self.transmit.clear();
        let opening = server.figures.opening.load(Ordering::Relaxed);
        if opening >= HANDSHAKES_TRUSTED && incoming.may_retry() && !server.closing {
            // Refused only where it may not retry, which was asked.
            if let Ok(transmit) = socket.endpoint.retry(incoming, &mut self.transmit) {
                _ = socket.net.send(&transmit, &self.transmit[..transmit.size]);
            }
            return;
        }
        if server.closing || opening >= HANDSHAKES {
            let transmit = socket.endpoint.refuse(incoming, &mut self.transmit);
            _ = socket.net.send(&transmit, &self.transmit[..transmit.size]);
            return;
        }
        let session = self.shared.sessions.fetch_add(1, Ordering::Relaxed);
        let config = match &server.tuning.qlog_dir {
            Some(_) => server_config(&server.tls, &server.tuning, Some(&qlog_name("server", session))),
            None => server.config.clone(),
        };
        match socket.endpoint.accept(incoming, now, &mut self.transmit, Some(config)) {
            Ok((handle, conn)) => {
                server.figures.opening.fetch_add(1, Ordering::Relaxed);
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
}

/// What a server does with a connection; of one connection when it has a name for a qlog.
pub(crate) fn server_config(tls: &Arc<QuicServerConfig>, tuning: &Tuning, qlog: Option<&str>) -> Arc<ServerConfig> {
    let mut config = ServerConfig::with_crypto(tls.clone());
    config.transport_config(qlog.map_or_else(|| Arc::new(tuning.transport()), |name| qlog::transport(tuning, name)));
    Arc::new(config)
}

/// Unique among the files of a machine: side, process, session, and when.
fn qlog_name(side: &str, session: u32) -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{side}-{}-{session}-{}", std::process::id(), since.as_millis())
}

//! One UDP socket and the QUIC endpoint on it.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use quinn_proto::{EcnCodepoint, Endpoint, Transmit};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};

/// What the kernel is asked to hold for a socket; it grants what it allows.
const SOCKET_BUFFER: usize = 4 << 20;

/// Opens a UDP socket that speaks its own address family only.
pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    // A system that grants less works, with more loss under load.
    _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    Ok(socket.into())
}

pub(crate) struct Net {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Net {
    pub fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        Ok(Self { socket: UdpSocket::from_std(socket), state })
    }

    pub fn source(&mut self) -> &mut UdpSocket {
        &mut self.socket
    }

    pub fn may_fragment(&self) -> bool {
        self.state.may_fragment()
    }

    pub fn max_segments(&self) -> usize {
        self.state.max_gso_segments()
    }

    pub fn receive_buffer(&self, payload: usize) -> Vec<u8> {
        vec![0; payload.min(64 << 10) * self.state.gro_segments() * BATCH_SIZE]
    }

    pub fn receive(&self, buffer: &mut [u8], metas: &mut [RecvMeta; BATCH_SIZE]) -> io::Result<usize> {
        let part = buffer.len() / BATCH_SIZE;
        let mut parts = buffer.chunks_mut(part).map(IoSliceMut::new);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] = std::array::from_fn(|_| parts.next().unwrap_or_else(|| IoSliceMut::new(&mut [])));
        self.socket.try_io(|| self.state.recv(UdpSockRef::from(&self.socket), &mut slices, metas))
    }

    pub fn send(&self, transmit: &Transmit, contents: &[u8]) -> io::Result<()> {
        let out = quinn_udp::Transmit {
            destination: transmit.destination,
            ecn: transmit.ecn.and_then(|ecn| quinn_udp::EcnCodepoint::from_bits(ecn as u8)),
            contents,
            segment_size: transmit.segment_size,
            src_ip: transmit.src_ip,
        };
        self.socket.try_io(|| self.state.try_send(UdpSockRef::from(&self.socket), &out))
    }
}

pub(crate) struct Socketed {
    pub net: Net,
    pub endpoint: Endpoint,
    /// The listener it belongs to; a client's socket has none.
    pub server: Option<u32>,
    /// There may be packets to read.
    pub readable: bool,
    /// Sessions whose packets the kernel did not take.
    pub waiting: Vec<u32>,
    pub sessions: usize,
}

pub(crate) fn ecn(codepoint: Option<quinn_udp::EcnCodepoint>) -> Option<EcnCodepoint> {
    codepoint.and_then(|ecn| EcnCodepoint::from_bits(ecn as u8))
}

/// An address as the contract writes it: an IPv4 in IPv6 is IPv4.
pub(crate) fn plain(address: SocketAddr) -> (IpAddr, u16) {
    (address.ip().to_canonical(), address.port())
}

//! How QUIC behaves, as numbers that were checked outside.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use quinn_proto::congestion::{BbrConfig, CubicConfig, NewRenoConfig};
use quinn_proto::{IdleTimeout, TransportConfig, VarInt};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Congestion {
    Cubic,
    Bbr,
    NewReno,
}

#[derive(Clone, Debug)]
pub struct Tuning {
    /// 0 sends none.
    pub keep_alive: Duration,
    pub idle_timeout: Duration,
    pub max_bidi_streams: u32,
    pub max_uni_streams: u32,
    pub stream_window: u64,
    pub connection_window: u64,
    pub max_send_window: u64,
    pub congestion: Congestion,
    pub qlog_dir: Option<PathBuf>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            keep_alive: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(30),
            max_bidi_streams: 10_000,
            max_uni_streams: 10_000,
            stream_window: 1 << 20,
            connection_window: 16 << 20,
            max_send_window: 8 << 20,
            congestion: Congestion::Cubic,
            qlog_dir: None,
        }
    }
}

/// What a session may have inside the QUIC stack before it knows its congestion window.
pub(crate) const MIN_SEND_WINDOW: u64 = 128 << 10;

impl Tuning {
    pub(crate) fn transport(&self) -> TransportConfig {
        let mut config = TransportConfig::default();
        let streams = |count: u32| VarInt::from_u32(count.min(FIRST_STREAMS).saturating_add(HTTP3_STREAMS));
        config
            .max_concurrent_bidi_streams(streams(self.max_bidi_streams))
            .max_concurrent_uni_streams(streams(self.max_uni_streams))
            .stream_receive_window(VarInt::from_u64(self.stream_window).unwrap_or(VarInt::MAX))
            .receive_window(VarInt::from_u64(self.connection_window).unwrap_or(VarInt::MAX))
            .send_window(MIN_SEND_WINDOW.min(self.max_send_window))
            .keep_alive_interval((!self.keep_alive.is_zero()).then_some(self.keep_alive))
            .max_idle_timeout(IdleTimeout::try_from(self.idle_timeout).ok())
            .datagram_receive_buffer_size(Some(1 << 20))
            .datagram_send_buffer_size(256 << 10);
        match self.congestion {
            Congestion::Cubic => config.congestion_controller_factory(Arc::new(CubicConfig::default())),
            Congestion::Bbr => config.congestion_controller_factory(Arc::new(BbrConfig::default())),
            Congestion::NewReno => config.congestion_controller_factory(Arc::new(NewRenoConfig::default())),
        };
        config
    }
}

/// Streams that HTTP/3 itself needs beside the application's: control, QPACK encoder and decoder, and the one of CONNECT.
pub(crate) const HTTP3_STREAMS: u32 = 4;
/// Streams of a kind that a peer may have open at first; it is given more when it uses them.
const FIRST_STREAMS: u32 = 1024;

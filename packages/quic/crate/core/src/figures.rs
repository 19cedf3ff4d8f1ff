//! What is known of sessions and servers as numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use quinn_proto::{Dir, VarInt};

use crate::config::HTTP3_STREAMS;
use crate::engine::ServerFigures;
use crate::session::{Phase, Session};

/// Numbers of `Engine::stats`, in this order: rtt and minimum in ms, window, congestion events, packets sent and lost, bytes sent,
/// received and lost, datagrams sent and received, MTU, bytes queued with us.
pub const STAT_FIELDS: usize = 13;

/// A session's newest numbers, read by other threads.
#[derive(Default)]
pub(crate) struct Stats([AtomicU64; STAT_FIELDS]);

impl Stats {
    pub fn read(&self, out: &mut [f64]) {
        for (slot, value) in out.iter_mut().zip(&self.0) {
            *slot = f64::from_bits(value.load(Ordering::Relaxed));
        }
    }

    fn write(&self, values: [f64; STAT_FIELDS]) {
        for (slot, value) in self.0.iter().zip(values) {
            slot.store(value.to_bits(), Ordering::Relaxed);
        }
    }
}

impl Session {
    /// Gives a peer that opens many streams at once more of them, up to the limit: the stack keeps a place for each that it allows.
    pub fn widen(&mut self) {
        for dir in [Dir::Bi, Dir::Uni] {
            let allowed = self.conn.max_concurrent_streams(dir);
            let most = u64::from(self.max_streams[dir as usize].saturating_add(HTTP3_STREAMS));
            if allowed < most && self.conn.streams().remote_open_streams(dir) * 2 > allowed {
                let more = VarInt::from_u64((allowed * 4).min(most)).unwrap_or(VarInt::MAX);
                self.conn.set_max_concurrent_streams(dir, more);
            }
        }
    }

    /// Keeps the server's figures.
    pub fn count(&mut self, figures: &ServerFigures) {
        let open = self.phase == Phase::Standing;
        if open != std::mem::replace(&mut self.counted, open) {
            let by = if open { 1 } else { u64::MAX };
            figures.open_sessions.fetch_add(by, Ordering::Relaxed);
        }
        let opening = self.phase == Phase::Opening;
        if !opening && !std::mem::replace(&mut self.opened, true) {
            figures.opening.fetch_sub(1, Ordering::Relaxed);
        }
        if self.phase == Phase::Over && std::mem::take(&mut self.never_asked) {
            figures.handshakes_failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn publish(&self) {
        let stats = self.conn.stats();
        self.stats.write([
            stats.path.rtt.as_secs_f64() * 1e3,
            stats.path.min_rtt.as_secs_f64() * 1e3,
            stats.path.cwnd as f64,
            stats.path.congestion_events as f64,
            stats.path.sent_packets as f64,
            stats.path.lost_packets as f64,
            stats.udp_tx.bytes as f64,
            stats.udp_rx.bytes as f64,
            stats.path.lost_bytes as f64,
            stats.frame_tx.datagram as f64,
            stats.frame_rx.datagram as f64,
            f64::from(stats.path.current_mtu),
            self.sends.queued() as f64,
        ]);
    }
}

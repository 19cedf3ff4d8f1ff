//! QUIC and WebTransport sessions, all on one thread. Work comes in as batches of operations and goes out as batches of events, so that
//! whoever sits on the other side crosses once a turn; nothing in here knows JavaScript.

mod capsules;
pub mod codes;
mod config;
mod connection;
mod driver;
mod endpoint;
mod engine;
mod event;

mod fields;
mod figures;
mod h3;
mod handshake;
mod huffman;
mod incoming;
mod labels;
mod net;
mod op;
mod qlog;
mod recv;
mod send;
mod session;
mod static_table;
mod tls;

pub use config::{Congestion, Tuning};
pub use engine::{ConnectRequest, Engine, EngineError, WebTransportRequest};
pub use event::{Batch, kind as event_kind};
pub use figures::STAT_FIELDS;
pub use op::{Submission, code as op_code};
pub use tls::{Identity, ServerPem, Trust};

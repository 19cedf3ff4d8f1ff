//! QUIC and WebTransport sessions, all on one thread. Work comes in as batches of operations and goes out as batches of events, so that
//! whoever sits on the other side crosses once a turn; nothing in here knows JavaScript.

pub mod codes;
mod config;
mod connection;
mod driver;
mod endpoint;
mod engine;
mod event;
mod exchange;
mod h3;
mod labels;
mod op;
mod recv;
mod send;
mod session;
mod tls;

pub use config::{Congestion, Tuning};
pub use engine::{ConnectRequest, Engine, EngineError, WebTransportRequest};
pub use event::{Batch, kind as event_kind};
pub use op::{Submission, code as op_code};
pub use session::STAT_FIELDS;
pub use tls::Trust;

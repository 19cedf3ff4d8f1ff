//! Options as JavaScript gives them.

use std::net::SocketAddr;
use std::time::Duration;

use moqscope_quic_core::{Congestion, ConnectRequest, EngineError, Identity, Trust, Tuning, WebTransportRequest};
use napi::{Error, Result};
use napi_derive::napi;

/// All of them are there: the defaults are the TypeScript side's.
#[napi(object)]
pub struct TuningInput {
    pub keep_alive_ms: f64,
    pub idle_timeout_ms: f64,
    pub max_bidi_streams: u32,
    pub max_uni_streams: u32,
    pub stream_window_bytes: f64,
    pub connection_window_bytes: f64,
    pub max_send_window_bytes: f64,
    pub congestion: String,
    pub qlog_dir: Option<String>,
}

#[napi(object)]
pub struct ListenInput {
    /// `ip:port`, IPv6 in brackets.
    pub addresses: Vec<String>,
    pub certificate: String,
    pub key: String,
    /// Who signs the certificates of clients; absent: they are not asked for one.
    pub client_roots: Option<String>,
    pub alpn: Vec<String>,
    pub tuning: TuningInput,
}

#[napi(object)]
pub struct ListenOutput {
    pub server: u32,
    pub ports: Vec<u32>,
}

#[napi(object)]
pub struct HeaderInput {
    pub name: String,
    pub value: String,
}

#[napi(object)]
pub struct ConnectInput {
    pub address: String,
    pub server_name: String,
    pub protocols: Vec<String>,
    /// For WebTransport: host with port, and path with query.
    pub authority: Option<String>,
    pub path: String,
    pub headers: Vec<HeaderInput>,
    /// `system`, `none`, `sha256` or `roots`.
    pub trust: String,
    pub trust_values: Vec<String>,
    /// Our own certificate and its key; both or none.
    pub certificate: Option<String>,
    pub key: Option<String>,
    pub tuning: TuningInput,
}

/// An error whose message begins with its kind, which the TypeScript side takes off.
pub(crate) fn failed(error: EngineError) -> Error {
    Error::from_reason(match error {
        EngineError::Listen(why) => format!("listen_failed:{why}"),
        EngineError::Certificate(why) => format!("certificate_invalid:{why}"),
        EngineError::Connect(why) => format!("connect_failed:{why}"),
    })
}

fn address(text: &str) -> std::result::Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text} is not an IP address with a port"))
}

impl TuningInput {
    fn parse(&self) -> Tuning {
        Tuning {
            keep_alive: Duration::from_secs_f64(self.keep_alive_ms / 1e3),
            idle_timeout: Duration::from_secs_f64(self.idle_timeout_ms / 1e3),
            max_bidi_streams: self.max_bidi_streams,
            max_uni_streams: self.max_uni_streams,
            stream_window: self.stream_window_bytes as u64,
            connection_window: self.connection_window_bytes as u64,
            max_send_window: self.max_send_window_bytes as u64,
            congestion: match self.congestion.as_str() {
                "bbr" => Congestion::Bbr,
                "newreno" => Congestion::NewReno,
                _ => Congestion::Cubic,
            },
            qlog_dir: self.qlog_dir.as_ref().map(Into::into),
        }
    }
}

impl ListenInput {
    pub(crate) fn parse(&self) -> Result<(Vec<SocketAddr>, Tuning)> {
        let addresses = self.addresses.iter().map(|text| address(text)).collect::<std::result::Result<_, _>>();
        Ok((addresses.map_err(|why| failed(EngineError::Listen(why)))?, self.tuning.parse()))
    }
}

impl ConnectInput {
    pub(crate) fn parse(self) -> Result<ConnectRequest> {
        let remote = address(&self.address).map_err(|why| failed(EngineError::Connect(why)))?;
        let tuning = self.tuning.parse();
        let trust = match self.trust.as_str() {
            "none" => Trust::None,
            "sha256" => Trust::Hashes(self.trust_values),
            "roots" => Trust::Roots(self.trust_values.concat()),
            _ => Trust::System,
        };
        let identity = self.certificate.zip(self.key).map(|(certificate, key)| Identity { certificate, key });
        let headers = self.headers.into_iter().map(|header| (header.name, header.value)).collect();
        let (protocols, webtransport) = match self.authority {
            Some(authority) => {
                let wish = WebTransportRequest { authority, path: self.path, protocols: self.protocols, headers };
                (Vec::new(), Some(wish))
            }
            None => (self.protocols, None),
        };
        Ok(ConnectRequest { remote, name: self.server_name, protocols, webtransport, trust, identity, tuning })
    }
}

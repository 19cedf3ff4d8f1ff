//! A connection's end, in the words of the contract.

use quinn_proto::ConnectionError;

use crate::codes;
use crate::h3;

/// Who ended a session, as the numbers of the event.
pub(crate) const BY_LOCAL: f64 = 0.0;
pub(crate) const BY_PEER: f64 = 1.0;
pub(crate) const BY_LOST: f64 = 2.0;

/// Who, code and reason.
pub(crate) fn ending(error: &ConnectionError, webtransport: bool) -> (f64, f64, String) {
    match error {
        ConnectionError::ApplicationClosed(close) => {
            let code = close.error_code.into_inner();
            let reason = String::from_utf8_lossy(&close.reason).into_owned();
            if !webtransport {
                return (BY_PEER, code as f64, reason);
            }
            match codes::from_http3(code) {
                Some(code) => (BY_PEER, f64::from(code), reason),
                None if code == h3::NO_ERROR => (BY_PEER, 0.0, reason),
                None => (BY_PEER, 0.0, format!("HTTP/3 error 0x{code:x}: {reason}")),
            }
        }
        ConnectionError::LocallyClosed => (BY_LOCAL, 0.0, String::new()),
        other => (BY_LOST, 0.0, other.to_string()),
    }
}

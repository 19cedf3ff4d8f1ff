//! What the thread is asked to do, in batches: records of numbers beside buffers and texts that they name by index.

use bytes::Bytes;

/// First number of each record; the numbers that follow it are named beside it.
pub mod code {
    /// session, number of the request, 1 for unidirectional, priority
    pub const OPEN: u32 = 1;
    /// session, stream, count, that many buffers
    pub const WRITE: u32 = 2;
    /// session, stream
    pub const FINISH: u32 = 3;
    /// session, stream, code
    pub const RESET: u32 = 4;
    /// session, stream, code
    pub const STOP: u32 = 5;
    /// session, stream, priority
    pub const PRIORITY: u32 = 6;
    /// session, buffer
    pub const DATAGRAM: u32 = 7;
    /// session, code, text
    pub const CLOSE: u32 = 8;
    /// session, text of the protocol or -1
    pub const ACCEPT: u32 = 9;
    /// session, status
    pub const REJECT: u32 = 10;
    /// session, stream or -1, bytes that the reader has taken
    pub const CONSUMED: u32 = 11;
    /// session, incoming streams that were taken
    pub const TAKEN: u32 = 12;
    /// server, code, text
    pub const CLOSE_SERVER: u32 = 13;
}

/// One batch.
#[derive(Default)]
pub struct Submission {
    pub numbers: Vec<f64>,
    pub buffers: Vec<Bytes>,
    pub texts: Vec<String>,
}

/// One record, decoded.
#[derive(Debug, PartialEq)]
pub(crate) enum Op<'a> {
    Open { request: f64, uni: bool, priority: i64 },
    Write { stream: u64, buffers: &'a [f64] },
    Finish { stream: u64 },
    Reset { stream: u64, code: u64 },
    Stop { stream: u64, code: u64 },
    Priority { stream: u64, priority: i64 },
    Datagram { buffer: usize },
    Close { code: u64, text: usize },
    Accept { text: Option<usize> },
    Reject { status: u16 },
    Consumed { stream: Option<u64>, bytes: usize },
    Taken { streams: usize },
    CloseServer { code: u64, text: usize },
}

/// The next record: whom it is for, what it is, and how long it was; `None` for one that is cut or unknown.
pub(crate) fn next(numbers: &[f64]) -> Option<(u32, Op<'_>, usize)> {
    let at = |index: usize| numbers.get(index).copied();
    let index = |position: usize| at(position).map(|value| value as usize);
    let id = |position: usize| at(position).map(|value| value as u64);
    let target = at(1)? as u32;
    let (op, length) = match at(0)? as u32 {
        code::OPEN => (Op::Open { request: at(2)?, uni: at(3)? != 0.0, priority: at(4)? as i64 }, 5),
        code::WRITE => {
            let count = index(3)?;
            (Op::Write { stream: id(2)?, buffers: numbers.get(4..4 + count)? }, 4 + count)
        }
        code::FINISH => (Op::Finish { stream: id(2)? }, 3),
        code::RESET => (Op::Reset { stream: id(2)?, code: id(3)? }, 4),
        code::STOP => (Op::Stop { stream: id(2)?, code: id(3)? }, 4),
        code::PRIORITY => (Op::Priority { stream: id(2)?, priority: at(3)? as i64 }, 4),
        code::DATAGRAM => (Op::Datagram { buffer: index(2)? }, 3),
        code::CLOSE => (Op::Close { code: id(2)?, text: index(3)? }, 4),
        code::ACCEPT => (Op::Accept { text: at(2).filter(|text| *text >= 0.0).map(|text| text as usize) }, 3),
        code::REJECT => (Op::Reject { status: at(2)? as u16 }, 3),
        code::CONSUMED => (Op::Consumed { stream: at(2).filter(|stream| *stream >= 0.0).map(|stream| stream as u64), bytes: index(3)? }, 4),
        code::TAKEN => (Op::Taken { streams: index(2)? }, 3),
        code::CLOSE_SERVER => (Op::CloseServer { code: id(2)?, text: index(3)? }, 4),
        _ => return None,
    };
    Some((target, op, length))
}

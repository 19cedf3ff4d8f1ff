//! qlog of the QUIC stack: one JSON-SEQ file a connection, of bounded size.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use quinn_proto::{QlogConfig, TransportConfig};

use crate::config::Tuning;

/// A file ends at this size; what would follow is left out, whole records at a time.
const MAX_BYTES: usize = 32 << 20;
/// Begins every record of JSON-SEQ (RFC 7464).
const RECORD: u8 = 0x1e;

/// The tuning as the stack has it, with a qlog of this name when one is wanted. A file that cannot be made leaves the session without.
pub(crate) fn transport(tuning: &Tuning, name: &str) -> Arc<TransportConfig> {
    let mut config = tuning.transport();
    if let Some(file) = tuning.qlog_dir.as_ref().and_then(|dir| open(dir, name).ok()) {
        let mut qlog = QlogConfig::default();
        qlog.writer(Box::new(Capped { file, written: 0, full: false })).title(Some(name.to_owned()));
        config.qlog_stream(qlog.into_stream());
    }
    Arc::new(config)
}

fn open(dir: &Path, name: &str) -> io::Result<BufWriter<File>> {
    std::fs::create_dir_all(dir)?;
    Ok(BufWriter::with_capacity(64 << 10, File::create(dir.join(format!("{name}.sqlog")))?))
}

struct Capped<W> {
    file: W,
    written: usize,
    full: bool,
}

impl<W: Write> Write for Capped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.full |= bytes.first() == Some(&RECORD) && self.written >= MAX_BYTES;
        if self.full {
            return Ok(bytes.len());
        }
        let written = self.file.write(bytes)?;
        self.written += written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_ends_with_a_whole_record() {
        let mut log = Capped { file: Vec::new(), written: MAX_BYTES - 1, full: false };
        for part in [&b"\x1e"[..], b"{\"last\":1}\n", b"\x1e", b"{\"left out\":1}\n"] {
            assert_eq!(log.write(part).unwrap(), part.len());
        }
        assert_eq!(log.file, b"\x1e{\"last\":1}\n");
    }
}

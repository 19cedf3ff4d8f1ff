//! Two engines over the loopback: what valgrind and AddressSanitizer are run on. The key in this folder protects nothing.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bytes::Bytes;
use moqscope_quic_core::{
    Batch, ConnectRequest, Engine, ServerPem, Submission, Trust, Tuning, WebTransportRequest, event_kind as event, op_code as op,
};

const PEM: ServerPem<'static> =
    ServerPem { certificate: include_str!("localhost.pem"), key: include_str!("localhost.key"), client_roots: None };
const PATIENCE: Duration = Duration::from_secs(20);

struct Side {
    engine: Engine,
    told: Receiver<Batch>,
    records: Vec<Vec<f64>>,
    block: Vec<u8>,
}

impl Side {
    fn new() -> Self {
        let (send, told) = channel();
        let engine = Engine::start(move |batch| drop(send.send(batch))).unwrap();
        Self { engine, told, records: Vec::new(), block: Vec::new() }
    }

    /// Waits for the next record of a kind; what others bring is kept.
    fn wait(&mut self, kind: u32) -> Vec<f64> {
        loop {
            if let Some(at) = self.records.iter().position(|record| record[0] == f64::from(kind)) {
                return self.records.remove(at);
            }
            let batch = self.told.recv_timeout(PATIENCE).expect("nothing is told");
            self.block.extend_from_slice(&batch.block);
            let mut rest = &batch.numbers[..];
            while let Some(kind) = rest.first() {
                let (record, after) = rest.split_at(LENGTHS[*kind as usize]);
                self.records.push(record.to_vec());
                rest = after;
            }
        }
    }

    fn submit(&self, numbers: &[f64], buffers: &[Bytes]) {
        self.engine.submit(Submission { numbers: numbers.to_vec(), buffers: buffers.to_vec(), texts: vec!["done".into()] });
    }
}

const LENGTHS: [usize; 17] = [0, 4, 4, 5, 5, 4, 4, 6, 4, 4, 3, 5, 4, 4, 2, 2, 3];

fn number(code: u32) -> f64 {
    f64::from(code)
}

fn session(webtransport: bool, streams: usize) {
    let (mut server, mut client) = (Side::new(), Side::new());
    let listen = ["127.0.0.1:0".parse().unwrap()];
    let (listener, used) = server.engine.listen(&listen, PEM, &["moq-lite-05".into()], Tuning::default()).unwrap();
    let request = ConnectRequest {
        remote: used[0],
        name: "localhost".into(),
        protocols: vec!["moq-lite-05".into()],
        webtransport: webtransport.then(|| WebTransportRequest {
            authority: "localhost".into(),
            path: "/".into(),
            protocols: vec!["moq-lite-05".into()],
            headers: Vec::new(),
        }),
        trust: Trust::None,
        identity: None,
        tuning: Tuning::default(),
    };
    let near = f64::from(client.engine.connect(request).unwrap());
    let far = server.wait(event::REQUEST)[1];
    server.submit(&[number(op::ACCEPT), far, -1.0], &[]);
    client.wait(event::ESTABLISHED);
    let chunk = Bytes::from(vec![7; 4096]);
    for index in 0..streams {
        client.submit(&[number(op::OPEN), near, index as f64, 1.0, index as f64], &[]);
        let stream = client.wait(event::OPENED)[3];
        let write = [number(op::WRITE), near, stream, 2.0, 0.0, 0.0];
        let end = if index % 5 == 4 { vec![number(op::RESET), near, stream, 9.0] } else { vec![number(op::FINISH), near, stream] };
        client.submit(&[&write[..], &end].concat(), &[chunk.clone()]);
        client.submit(&[number(op::DATAGRAM), near, 0.0], &[chunk.slice(..100)]);
    }
    for _ in 0..streams - streams / 5 {
        while server.wait(event::DATA)[5] != 1.0 {}
        client.wait(event::FINISHED);
    }
    assert!(server.block.len() >= 8192 * (streams - streams / 5));
    let mut stats = [0.0; moqscope_quic_core::STAT_FIELDS];
    assert!(client.engine.stats(near as u32, &mut stats) && stats[6] > 8192.0);
    client.submit(&[number(op::CLOSE), near, 6.0, 0.0], &[]);
    assert_eq!(server.wait(event::CLOSED)[2..4], [1.0, 6.0]);
    server.submit(&[number(op::CLOSE_SERVER), f64::from(listener), 0.0, 0.0], &[]);
    server.wait(event::SERVER_CLOSED);
}

#[test]
fn webtransport_carries_streams_and_ends() {
    session(true, 50);
}

#[test]
fn raw_quic_carries_streams_and_ends() {
    session(false, 50);
}

#[test]
fn an_engine_that_is_dropped_ends_its_peers_sessions() {
    for _ in 0..5 {
        session(true, 1);
    }
}

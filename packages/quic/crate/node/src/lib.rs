//! The Node-API face of the core: one call in for everything that a turn of JavaScript has, one call out for everything that a turn of
//! the thread has. Nothing in here knows QUIC.

mod options;

use bytes::Bytes;
use moqscope_quic_core::{Batch, Engine, STAT_FIELDS, ServerPem, Submission};
use napi::bindgen_prelude::{Float64Array, Float64ArraySlice, FnArgs, Function, Status, Uint8Array, Uint8ArraySlice};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Result};
use napi_derive::napi;

use crate::options::{ConnectInput, ListenInput, ListenOutput, failed};

type Told = FnArgs<(Float64Array, Uint8Array, Vec<String>)>;
type Callback = ThreadsafeFunction<Batch, (), Told, Status, false, true, 0>;

/// One thread with all sessions of this JavaScript environment.
#[napi]
pub struct NativeEngine {
    engine: Engine,
}

#[napi]
impl NativeEngine {
    #[napi(constructor)]
    pub fn new(callback: Function<'_, Told, ()>) -> Result<Self> {
        let callback: Callback =
            callback.build_threadsafe_function::<Batch>().callee_handled::<false>().weak::<true>().build_callback(|context| {
                let Batch { numbers, block, texts, .. } = context.value;
                Ok(FnArgs { data: (Float64Array::new(numbers), Uint8Array::new(block), texts) })
            })?;
        let sink = move |batch| {
            // Refused only when the environment goes away, and then nobody is left to tell.
            _ = callback.call(batch, ThreadsafeFunctionCallMode::NonBlocking);
        };
        let engine = Engine::start(sink).map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self { engine })
    }

    /// Everything of one turn: records of numbers (the first `length`), and the buffers and texts that they name by index.
    #[napi]
    pub fn submit(&self, numbers: Float64ArraySlice<'_>, length: u32, buffers: Vec<Uint8ArraySlice<'_>>, texts: Vec<String>) {
        let numbers = numbers[..(length as usize).min(numbers.len())].to_vec();
        let buffers = buffers.iter().map(|buffer| Bytes::copy_from_slice(buffer)).collect();
        self.engine.submit(Submission { numbers, buffers, texts });
    }

    #[napi]
    pub fn listen(&self, input: ListenInput) -> Result<ListenOutput> {
        let (addresses, tuning) = input.parse()?;
        let pem = ServerPem { certificate: &input.certificate, key: &input.key, client_roots: input.client_roots.as_deref() };
        let (server, used) = self.engine.listen(&addresses, pem, &input.alpn, tuning).map_err(failed)?;
        Ok(ListenOutput { server, ports: used.iter().map(|address| u32::from(address.port())).collect() })
    }

    #[napi]
    pub fn set_certificate(&self, server: u32, certificate: String, key: String, client_roots: Option<String>) -> Result<()> {
        let pem = ServerPem { certificate: &certificate, key: &key, client_roots: client_roots.as_deref() };
        self.engine.set_certificate(server, pem).map_err(failed)
    }

    #[napi]
    pub fn server_stats(&self, server: u32) -> Vec<f64> {
        let (failed, open) = self.engine.server_stats(server);
        vec![failed as f64, open as f64]
    }

    #[napi]
    pub fn forget_server(&self, server: u32) {
        self.engine.forget_server(server);
    }

    #[napi]
    pub fn connect(&self, input: ConnectInput) -> Result<u32> {
        self.engine.connect(input.parse()?).map_err(failed)
    }

    /// Fills `out` with a session's newest numbers; `false` when it has gone.
    #[napi]
    pub fn stats(&self, session: u32, mut out: Float64ArraySlice<'_>) -> bool {
        // SAFETY: JavaScript is in this call, so nobody else reads or writes its array.
        let out = unsafe { out.as_mut() };
        out.len() >= STAT_FIELDS && self.engine.stats(session, out)
    }
}

#[napi]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

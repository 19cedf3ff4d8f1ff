import type { Recorder } from "./recorder.ts";

/** Checked by the type checker only: a wrong name, attribute or value does not compile. */
export function vocabularyIsChecked(recorder: Recorder): void {
  recorder.counter("moq.relay.bytes_sent", { transport: "websocket", peer: "client" }).add(1);
  recorder.counter("moq.relay.cache_hits", {}).add();
  recorder.counter("moq.relay.broadcast.bytes_sent", { broadcast: "any/path" }).add(1);
  recorder.histogram("moq.client.startup_time", { transport: "webtransport" }).record(1);
  recorder.counter("moq.client.errors", { "error.type": "decode_error", fatal: "true" }).add();

  // @ts-expect-error no such metric
  recorder.counter("moq.relay.bytes", {});
  // @ts-expect-error a histogram is no counter
  recorder.counter("moq.client.startup_time", { transport: "websocket" });
  // @ts-expect-error an attribute is missing
  recorder.counter("moq.relay.bytes_sent", { transport: "websocket" });
  // @ts-expect-error an attribute is invented
  recorder.counter("moq.relay.bytes_sent", { transport: "websocket", peer: "client", session: "x" });
  // @ts-expect-error an attribute is invented where there is none
  recorder.counter("moq.relay.cache_hits", { peer: "client" });
  // @ts-expect-error a value outside the closed set
  recorder.counter("moq.relay.bytes_sent", { transport: "udp", peer: "client" });
  // @ts-expect-error region is set by the gateway only
  recorder.histogram("moq.client.startup_time", { transport: "websocket", region: "europe" });
  // @ts-expect-error not an open attribute
  recorder.retire("transport", "websocket");
  // @ts-expect-error no such span
  recorder.span("moq.nothing");
  // @ts-expect-error no such attribute of a span
  recorder.span("moq.connect", { attributes: { "moq.cause": "network" } });
  recorder.span("moq.rebuffer", { attributes: { "moq.cause": "network" } }).end({ attributes: { "moq.buffer_s": 1 } });
  // @ts-expect-error no such event
  recorder.event("info", "moq.nothing", {});
  // @ts-expect-error no such field of an event
  recorder.event("info", "moq.ready", { password: "x" });
  // @ts-expect-error a number is no text
  recorder.event("info", "moq.ready", { url: 1 });
  recorder.event("info", "moq.ready", { url: "http://127.0.0.1:1" });
}

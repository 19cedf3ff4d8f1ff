import { countryOf } from "../registry/countries.ts";
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
  recorder.counter("moq.publisher.frames_dropped", { reason: "encode_queue", media: "video" }).add();
  recorder.counter("moq.client.country.play_time", { country: countryOf("nl") }).add(1);
  recorder.counter("moq.client.broadcast.play_attempts", { broadcast: "any/path", outcome: "started" }).add();
  recorder.gauge("moq.relay.link_rtt", { "peer.node": "ams-2" }).set(undefined);
  recorder.upDownCounter("moq.relay.link_up", { "peer.node": "ams-2" }).acquire().release();
  recorder.histogram("v8js.gc.duration", { "v8js.gc.type": "minor" }).record(0.001);

  // @ts-expect-error a reason of players is none of publishers
  recorder.counter("moq.publisher.frames_dropped", { reason: "hidden", media: "video" });
  // @ts-expect-error no such country
  recorder.counter("moq.client.country.play_time", { country: "XX" });
  // @ts-expect-error any text is no country: ask countryOf
  recorder.counter("moq.client.country.play_time", { country: String("NL") });
  // @ts-expect-error an up-down counter is no counter: it is held by a lease
  recorder.counter("moq.relay.link_up", { "peer.node": "ams-2" });
  // @ts-expect-error a lease has no add
  recorder.upDownCounter("moq.relay.link_up", { "peer.node": "ams-2" }).add(1);
  // @ts-expect-error a gauge is set, not added to
  recorder.gauge("moq.relay.link_rtt", { "peer.node": "ams-2" }).add(1);
  // @ts-expect-error attributes cannot be left out
  recorder.counter("moq.relay.cache_hits");
  // @ts-expect-error a number is no value of a closed set
  recorder.counter("moq.client.rendition_time", { rendition: 720, codec: "avc" });
  // @ts-expect-error not an open attribute
  recorder.retire("transport", "websocket");
  // @ts-expect-error no such span
  recorder.span("moq.nothing");
  // @ts-expect-error no such attribute of a span
  recorder.span("moq.connect", { attributes: { "moq.cause": "network" } });
  recorder.span("moq.rebuffer", { attributes: { "moq.cause": "network" } }).end({ attributes: { "moq.buffer_s": 1 } });
  // @ts-expect-error the kind of a span stands in the registry
  recorder.span("moq.accept", { kind: "client" });
  // @ts-expect-error a value outside the closed set of a span's attribute
  recorder.span("moq.rebuffer", { attributes: { "moq.cause": "bad luck" } });
  // @ts-expect-error no such event
  recorder.event("info", "moq.nothing", {});
  // @ts-expect-error no such field of an event
  recorder.event("info", "moq.ready", { password: "x" });
  // @ts-expect-error a number is no text
  recorder.event("info", "moq.ready", { url: 1 });
  recorder.event("info", "moq.ready", { url: "http://127.0.0.1:1" });
}

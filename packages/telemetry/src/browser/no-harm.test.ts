import { afterEach, describe, expect, test, vi } from "vitest";
import { FakeClock, settle } from "../fixtures/fake-clock.ts";
import { fakePage } from "../fixtures/fake-page.ts";
import { readReport } from "../fixtures/gateway-model.ts";
import type { Recorder } from "../recorder/recorder.ts";
import { ingestBase } from "./endpoint.ts";
import { startBrowserTelemetry } from "./start-browser-telemetry.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const thrower = (): never => {
  throw new Error("broken");
};

/** Everything that a player calls. */
async function play(
  recorder: Recorder,
  more: { setState(state: "playing"): void; flush(reason: "state"): Promise<void>; close(): Promise<void>; clock: FakeClock },
) {
  recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
  recorder.upDownCounter("moq.relay.cache_size", {}).acquire(1).release();
  recorder.gauge("moq.relay.certificate_expiry", {}).set(1);
  recorder.histogram("moq.client.startup_time", { transport: "websocket" }).record(0.2);
  recorder.onCollect(thrower)();
  recorder.onCollect(thrower);
  recorder.span("moq.connect", { attributes: { "moq.url": "wss://x" } }).end({ error: "x" });
  recorder.event("error", "moq.player.error", { message: "x" });
  more.setState("playing");
  await Promise.all([more.flush("state"), more.close(), more.clock.advance(20_000)]);
}

describe("no failure of telemetry reaches the player", () => {
  test.each([
    ["a fetch that throws", { fetch: thrower as typeof fetch }],
    ["a fetch that answers with something else", { fetch: (() => Promise.resolve(undefined)) as unknown as typeof fetch }],
    ["a page that cannot be listened to", { page: thrower }],
    ["a token that cannot be had", { token: thrower }],
    ["an onError that throws", { endpoint: "ftp://host", onError: thrower }],
    ["a clock that throws", { clock: { now: thrower, wallMs: thrower, after: thrower } }],
    ["timers that throw", { clock: Object.assign(new FakeClock(), { after: thrower }) }],
  ])("%s", async (_, options) => {
    const { telemetry, recorder, clock } = fakePage(undefined, options);
    await play(recorder, { ...telemetry, clock });
  });

  test.each([
    ["crypto", { getRandomValues: thrower }],
    ["CompressionStream", thrower],
    ["localStorage", { getItem: thrower, setItem: thrower }],
    ["TextEncoder", thrower],
    ["URL", { parse: thrower }],
    ["AbortController", thrower],
    ["navigator", Object.defineProperty({}, "globalPrivacyControl", { get: thrower })],
  ])("a page whose %s throws", async (name, broken) => {
    vi.stubGlobal(name, broken);
    const { telemetry, recorder, clock } = fakePage();
    expect(telemetry.sessionId).toMatch(/^[0-9a-f]{32}$/);
    await clock.advance(10_000);
    await play(recorder, { ...telemetry, clock });
  });

  test("wrong calls of a page without types: no exception, nothing sent", async () => {
    const { telemetry, recorder, requests } = fakePage();
    const wild = recorder as unknown as Record<string, (...given: unknown[]) => Record<string, (...given: unknown[]) => void>>;
    for (const method of ["counter", "upDownCounter", "histogram", "gauge", "span", "event", "retire"]) {
      for (const given of [
        [],
        ["moq.nothing"],
        ["moq.client.io"],
        ["moq.client.io", null],
        [{}, {}],
        ["moq.connect", null],
        ["error", "moq.nothing"],
      ]) {
        const instrument = wild[method]?.(...given);
        for (const call of ["add", "acquire", "record", "set", "end"]) instrument?.[call]?.(null);
      }
    }
    await telemetry.close();
    for (const { path, body } of requests)
      if (path === "/v1/metrics")
        expect(readReport(body).metrics.map(({ name }) => name)).toEqual(expect.not.arrayContaining(["moq.nothing"]));
  });

  test("a body that cannot be compressed goes as it is", async () => {
    vi.stubGlobal("CompressionStream", thrower);
    const { recorder, clock, requests } = fakePage();
    for (const phase of ["connect", "setup", "announce", "catalog", "render"] as const) {
      recorder.histogram("moq.client.startup_phase", { phase, transport: "websocket" }).record(0.1);
    }
    await clock.advance(10_000);
    expect(requests[1]?.headers.get("content-encoding")).toBeNull();
    expect(readReport(requests[1]?.body ?? "").metrics[0]?.histogram?.dataPoints).toHaveLength(5);
  });
});

describe("who does not want telemetry has none", () => {
  test.each([
    ["no endpoint", { endpoint: undefined }, {}],
    ["no consent", { consent: false }, {}],
    ["Global Privacy Control", {}, { globalPrivacyControl: true }],
    ["Do Not Track", {}, { doNotTrack: "1" }],
  ])("%s: nothing is recorded, nothing is sent, no page is listened to", async (_, options, navigator) => {
    vi.stubGlobal("navigator", navigator);
    const errors: unknown[] = [];
    const { telemetry, recorder, requests, page, clock } = fakePage(undefined, { ...options, onError: (error) => errors.push(error) });
    await play(recorder, { ...telemetry, clock });
    await clock.advance(60_000);
    expect(requests).toEqual([]);
    expect(page()).toBeUndefined();
    expect(recorder.span("moq.connect").context.traceId).toBe("0".repeat(32));
    expect(errors).toEqual([]);
  });

  test("switched off at run time, nothing is sent any more: no report, no span, no event, no closing report", async () => {
    const { telemetry, recorder, requests, page, clock } = fakePage();
    await clock.advance(10_000);
    const before = requests.length;
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
    recorder.span("moq.connect").end();
    const listener = page();
    telemetry.off();
    telemetry.off();
    recorder.span("moq.connect").end();
    recorder.event("info", "moq.player.state", {});
    listener?.hidden();
    listener?.leave(false);
    await telemetry.flush("state");
    await clock.advance(120_000);
    await telemetry.close();
    expect(requests).toHaveLength(before);
    expect(page()).toBeUndefined();
  });

  test("a report that waits for its retry is not sent after the switch", async () => {
    const { telemetry, recorder, requests, clock } = fakePage(() => "dead");
    recorder.counter("moq.client.reconnects", { reason: "other", transport: "websocket" }).add(1);
    await clock.advance(10_000);
    const before = requests.length;
    telemetry.off();
    await clock.advance(60_000);
    expect(requests).toHaveLength(before);
  });
});

describe("the endpoint", () => {
  const page = "https://watch.example/live/";
  test.each([
    ["https://gate.example/t/", page, "https://gate.example/t"],
    ["/telemetry", page, "https://watch.example/telemetry"],
    ["telemetry/", page, "https://watch.example/live/telemetry"],
    ["http://localhost:4319", page, "http://localhost:4319"],
    ["http://[::1]:4319/", page, "http://[::1]:4319"],
    ["http://gate.example", "http://watch.example/", "http://gate.example"],
    ["http://gate.example:4319/", undefined, "http://gate.example:4319"],
  ])("%s in a page at %s is %s", (endpoint, at, base) => {
    expect(ingestBase(endpoint, at)).toBe(base);
  });

  test("http in a page on https is refused by name, before a browser would block it without a word", () => {
    const told: string[] = [];
    vi.stubGlobal("location", { href: page });
    const { recorder } = startBrowserTelemetry({
      endpoint: "http://gate.example:4319/x",
      onError: ({ code, message }) => told.push(`${code}: ${message}`),
    });
    expect(told).toEqual(["mixed_content: a page on https cannot report to http://gate.example:4319: the endpoint must be https too"]);
    expect(recorder.span("moq.connect").context.traceId).toBe("0".repeat(32));
  });

  test("what else is no endpoint is refused with an example", () => {
    expect(() => ingestBase("ftp://host", undefined)).toThrow(
      '"ftp://host" is no telemetry endpoint: such as https://example.org or /telemetry',
    );
    expect(() => ingestBase("/relative", undefined)).toThrow(expect.objectContaining({ code: "endpoint_invalid" }));
  });
});

test("release and region stand in reports, spans and events", async () => {
  const { recorder, requests, telemetry } = fakePage(undefined, { release: "1.4.0", region: "eu-1" });
  recorder.span("moq.connect").end();
  recorder.event("info", "moq.player.state", {});
  await telemetry.close();
  await settle();
  const sent = requests.filter(({ path }) => path !== "/v1/time");
  expect(sent).toHaveLength(3);
  for (const { body } of sent) {
    expect(body).toContain('{"key":"service.version","value":{"stringValue":"1.4.0"}}');
    expect(body).toContain('{"key":"cloud.region","value":{"stringValue":"eu-1"}}');
  }
});

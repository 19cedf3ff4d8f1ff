import { Player, type WatchStats } from "@moqscope/hang/watch";
import { expect, it } from "vitest";
import { carriedBy, figuresOf } from "./figures.ts";
import { readSettings } from "./settings.ts";

const before = new Player({ url: "http://relay.test", name: "demo.hang" }).stats();
const text = (stats: WatchStats | undefined, label: string) => figuresOf(stats).find((figure) => figure.label === label)?.text;

it("shows no figure where there is none, never 0", () => {
  expect(figuresOf(undefined).every((figure) => figure.text === undefined)).toBe(true);
  for (const label of ["Transport", "Startup", "Buffer", "Behind live", "Stalls", "Frames", "Rendition"])
    expect(text(before, label)).toBeUndefined();
});
it("writes what a player says for people", () => {
  const frames = { ...before.frames, video: { ...before.frames.video, rendered: 1234 } };
  const stats: WatchStats = {
    ...before,
    state: "rebuffering",
    startupMs: 412.4,
    liveEdgeMs: 12_345,
    stalls: { count: 2, seconds: 1.26 },
    frames,
    rendition: "video/360p",
    picture: { codec: "vp8", height: 360 },
  };
  expect(["Startup", "Behind live", "Stalls", "Frames", "Rendition"].map((label) => text(stats, label))).toEqual([
    "412 ms",
    "12.3 s",
    "2 · 1.3 s",
    "1234",
    "360p",
  ]);
  expect(
    figuresOf(stats)
      .filter(({ bad }) => bad)
      .map(({ label }) => label),
  ).toEqual(["State", "Stalls"]);
});
it("says which transport carries the broadcast and why, once there is one", () => {
  const transportChoice = { kind: "websocket", reason: "webtransport_failed", detail: "no answer within 3000 ms" } as const;
  expect(carriedBy(undefined)).toBeUndefined();
  expect(carriedBy({ ...before, transportChoice })).toBeUndefined();
  const stats: WatchStats = {
    ...before,
    transport: "websocket",
    transportChoice,
    version: "moq-lite-05",
    rtt: { ms: 12.4, source: "probe" },
  };
  expect(carriedBy(stats)).toBe("WebSocket: WebTransport failed: no answer within 3000 ms");
  const figure = figuresOf(stats).find(({ label }) => label === "Transport");
  expect(figure?.text).toBe("WebSocket");
  expect(figure?.title).toBe(
    "WebSocket: WebTransport failed: no answer within 3000 ms · moq-lite-05 · round trip 12 ms (the relay's figure)",
  );
});
it("takes parameters over defaults, an empty one included", () => {
  const defaults = { url: "http://a", name: "demo.hang", telemetry: "http://t", console: "http://c" };
  expect(readSettings("?name=x.hang&telemetry=&rendition=video/360p", defaults)).toMatchObject({
    ...defaults,
    name: "x.hang",
    telemetry: "",
    rendition: "video/360p",
    muted: false,
  });
  expect(["?muted", "?muted=true", "?muted=false", ""].map((search) => readSettings(search, defaults).muted)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

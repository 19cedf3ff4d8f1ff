import { describe, expect, test } from "vitest";
import { LocalBroadcast } from "../model/broadcast.ts";
import { Origin } from "../model/origin.ts";
import { toPath } from "../model/path.ts";
import { Track } from "../model/track.ts";
import { settle } from "../testing/fake-clock.ts";
import { RawPeer } from "../testing/fixtures/raw-peer.ts";
import { RecordingMeter } from "../testing/fixtures/recording-meter.ts";
import { startSession } from "./start.ts";

const hop = 0x7a0241c53f9f2n;

/** moq-lite §12.1: a released watcher of `room/alice.hang`, byte by byte, against our server side. */
test("a captured watcher session is answered with the captured bytes", async () => {
  const origin = new Origin(hop);
  const broadcast = new LocalBroadcast();
  const video = new Track({ name: "video", info: { priority: 0, ordered: false, maxLatencyMs: 30_000, timescale: 1_000_000 } });
  broadcast.add(video);
  const end = origin.publish(toPath("room/alice.hang"), broadcast);
  const meter = new RecordingMeter();
  const peer = new RawPeer();
  const session = startSession(peer.transport, { role: "server", publish: origin, meter });
  peer.hello();
  peer.stream(2, "01 0b 010508c0127a0e3d0e5615", true);
  peer.stream(0, "01 09 00c0127a0e3d0e5615");
  await session.ready;
  await settle();
  expect(peer.received(3)).toBe("010b010508c007a0241c53f9f2 FIN");
  expect(peer.received(0)).toBe("09c007a0241c53f9f20112010f726f6f6d2f616c6963652e68616e6700");

  peer.stream(4, "06 16 0f726f6f6d2f616c6963652e68616e67 05766964656f");
  await settle();
  expect(peer.received(4)).toBe("0a000080007530800f4240 FIN");
  expect(peer.stopped(4)).toEqual([0]);
  peer.send({ kind: "reset_stream", id: 4, code: 0, finalSize: 24 });

  peer.stream(8, "02 1c 00 0f726f6f6d2f616c6963652e68616e67 05766964656f 3c00000000");
  await settle();
  const group = video.createGroup(1);
  group.append({ timestamp: 1000, payload: new TextEncoder().encode("hello") });
  await settle();
  expect(peer.received(8)).toBe("000101");
  expect(peer.received(7)).toBe("0002000147d00568656c6c6f");
  group.append({ timestamp: 3000, payload: new TextEncoder().encode("world") });
  group.finish();
  await settle();
  expect(peer.received(7)).toBe("0002000147d00568656c6c6f4fa005776f726c64 FIN");

  peer.stream(8, "06 500041f40000");
  peer.stream(12, "03 18 0f726f6f6d2f616c6963652e68616e67 05766964656f 03 01");
  peer.stream(16, "06 0d 06726f6f6d2f6105766964656f");
  await settle();
  expect(video.demand).toMatchObject({ priority: 80, maxLatencyMs: 500 });
  expect(peer.received(12)).toBe("47d00568656c6c6f4fa005776f726c64 FIN");
  expect(peer.received(16)).toBe("RESET 30");

  video.finish();
  end();
  await settle();
  expect(peer.received(8)).toBe("000101010102 FIN");
  expect(peer.received(0)).toMatch(/12000f726f6f6d2f616c6963652e68616e6700$/);
  peer.send({ kind: "close", application: true, code: 0, reason: "" });
  expect(await session.closed).toEqual({ clean: true, code: 0, reason: "", by: "peer" });
  expect(meter.lines.filter((line) => !line.includes("first"))).toEqual([
    "serving room/alice.hang/video open",
    "answered ok",
    "serving room/alice.hang/video frame live",
    "serving room/alice.hang/video frame live",
    "serving room/alice.hang/video group",
    "error not_found subscribe",
    "fetching room/alice.hang/video open",
    "fetching room/alice.hang/video frame cached",
    "fetching room/alice.hang/video frame cached",
    "fetching room/alice.hang/video group",
    "fetching room/alice.hang/video close",
    "serving room/alice.hang/video close",
  ]);
});

test("a prefix that equals the path is answered with an empty suffix, and roo is no prefix of room", async () => {
  const origin = new Origin(hop);
  origin.publish(toPath("room/alice"), new LocalBroadcast());
  origin.publish(toPath("roomy"), new LocalBroadcast());
  const peer = new RawPeer();
  startSession(peer.transport, { role: "server", publish: origin });
  peer.hello();
  peer.stream(0, "01 0c 0a726f6f6d2f616c696365 00");
  peer.stream(4, "01 05 03726f6f 00");
  await settle();
  expect(peer.received(0)).toBe("09c007a0241c53f9f20103010000");
  expect(peer.received(4)).toBe("09c007a0241c53f9f200");
  peer.transport.close();
});

/** moq-lite §12.2. Timestamps do not exist, and the group's bytes are the same on all. */
describe.each([
  {
    version: "moq-lite-04",
    framing: "qmux-01",
    request: "01 09 00 c0127a0e3d0e5615",
    announced: "1a010f726f6f6d2f616c6963652e68616e6701c007a0241c53f9f2",
    ended: "12000f726f6f6d2f616c6963652e68616e6700",
    subscribe: "02 1c 00 0f726f6f6d2f616c6963652e68616e67 05766964656f 3c00000000",
    ok: "00053c00000000",
  },
  {
    version: "moq-lite-03",
    framing: "qmux-00",
    request: "01 01 00",
    announced: "12010f726f6f6d2f616c6963652e68616e6701",
    ended: "12000f726f6f6d2f616c6963652e68616e6700",
    subscribe: "02 1c 00 0f726f6f6d2f616c6963652e68616e67 05766964656f 3c00000000",
    ok: "00053c00000000",
  },
  {
    version: "moq-lite-02",
    framing: "webtransport",
    request: "01 01 00",
    announced: "11010f726f6f6d2f616c6963652e68616e67",
    ended: "11000f726f6f6d2f616c6963652e68616e67",
    subscribe: "02 18 00 0f726f6f6d2f616c6963652e68616e67 05766964656f 3c",
    ok: "00",
  },
  {
    version: "moq-lite-01",
    framing: "qmux-01",
    request: "01 01 00",
    announced: "11010f726f6f6d2f616c6963652e68616e67",
    ended: "11000f726f6f6d2f616c6963652e68616e67",
    subscribe: "02 18 00 0f726f6f6d2f616c6963652e68616e67 05766964656f 3c",
    ok: "013c",
  },
])("a captured watcher session of $version", ({ version, framing, request, announced, ended, subscribe, ok }) => {
  test("is answered with the captured bytes", async () => {
    const legacy = version < "moq-lite-03";
    const origin = new Origin(hop);
    const broadcast = new LocalBroadcast();
    const video = new Track({ name: "video" });
    broadcast.add(video);
    const end = origin.publish(toPath("room/alice.hang"), broadcast);
    const peer = new RawPeer({ framing, protocol: legacy ? "moql" : version });
    const session = startSession(peer.transport, { role: "server", publish: origin });
    peer.hello();
    if (legacy) {
      const codes = version === "moq-lite-01" ? "01 c0000000ff0dad01" : "03 c0000000ff0dad02 c0000000ff0dad01 c0000000ff00000e";
      const body = `${codes} 02 02 8000a455 07 0b 6d6f712d6c6974652d6a73`.replaceAll(" ", "");
      peer.stream(0, `20 00${(body.length / 2).toString(16).padStart(2, "0")} ${body}`);
      await session.ready;
      await settle();
      expect(peer.received(0)).toBe(`210013c0000000ff0dad0${version.at(-1)}0107086d6f7173636f7065`);
    }
    await session.ready;
    expect(session.version).toBe(version);
    peer.stream(4, request);
    peer.stream(8, subscribe);
    await settle();
    const group = video.createGroup(0);
    group.append({ timestamp: 1000, payload: new TextEncoder().encode("hello") });
    group.finish();
    await settle();
    expect(peer.received(4)).toBe(announced);
    expect(peer.received(8)).toBe(ok);
    expect(peer.received(3)).toBe("000200000568656c6c6f FIN");
    end();
    video.finish();
    await settle();
    expect(peer.received(4).endsWith(ended)).toBe(true);
    expect(peer.received(8)).toBe(`${ok} FIN`);
    expect(peer.close).toBeUndefined();
    peer.transport.close();
  });
});

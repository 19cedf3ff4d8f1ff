import { expect, it } from "vitest";
import { all, bytes, describeQuic, first, kinds, pair, text } from "./testing/rig.ts";

describeQuic.each(kinds)("a session over %s", (kind) => {
  it("carries bidirectional streams both ways", async () => {
    const { near, far } = await pair(kind);
    for (const [opener, other] of [
      [near, far],
      [far, near],
    ] as const) {
      const { send, receive } = await opener.openBidi();
      send.write(bytes("ask"));
      send.finish();
      const peer = await first(other.incomingBidi);
      expect(text(await all(peer.receive))).toBe("ask");
      peer.send.write(bytes("ans"), bytes("wer"));
      peer.send.finish();
      expect(text(await all(receive))).toBe("answer");
      expect(await send.closed).toEqual({ kind: "finished" });
      expect(await peer.send.closed).toEqual({ kind: "finished" });
    }
  });

  it("keeps the order of what is written in one turn and in several", async () => {
    const { near, far } = await pair(kind);
    const send = await near.openUni();
    const expected: Buffer[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      for (let chunk = 0; chunk < 20; chunk += 1) {
        const piece = Buffer.alloc(1000 + turn, turn * 20 + chunk);
        expected.push(piece);
        send.write(piece);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    send.finish();
    expect((await all(await first(far.incomingUni))).equals(Buffer.concat(expected))).toBe(true);
  });

  it("gives one buffer to many streams, and each has its own bytes", async () => {
    const { near, far } = await pair(kind);
    const sends = await Promise.all(Array.from({ length: 50 }, () => near.openUni()));
    const shared = Buffer.alloc(5000, 7);
    sends.forEach((send, index) => {
      send.write(Buffer.from([index]), shared, shared);
      send.finish();
    });
    const received = await Promise.all(sends.map(async () => all(await first(far.incomingUni))));
    expect(received.map((got) => got[0]).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(sends.map((_, index) => index));
    for (const got of received) expect(got.subarray(1).equals(Buffer.alloc(10_000, 7))).toBe(true);
  });

  it("carries more than every window holds, and ends empty", async () => {
    const { near, far } = await pair(kind, { streamWindowBytes: 64 << 10, connectionWindowBytes: 128 << 10 });
    const send = await near.openUni();
    let departed = 0;
    let finished = 0;
    send.departed = (count, fin) => {
      departed += count;
      if (fin) finished += 1;
    };
    const total = 3 << 20;
    send.write(Buffer.alloc(total, 3));
    send.finish();
    expect(send.bufferedBytes).toBe(total);
    expect(near.stats().bufferedBytes).toBe(total);
    expect((await all(await first(far.incomingUni))).byteLength).toBe(total);
    expect(await send.closed).toEqual({ kind: "finished" });
    expect({ departed, finished, left: send.bufferedBytes }).toEqual({ departed: total, finished: 1, left: 0 });
  });

  it("waits with ready until less than 64 KiB are queued", async () => {
    const { near, far } = await pair(kind, { streamWindowBytes: 32 << 10 });
    const send = await near.openUni();
    send.write(Buffer.alloc(512 << 10));
    let ready = false;
    const waiting = send.ready().then(() => {
      ready = true;
    });
    const receive = await first(far.incomingUni);
    expect(ready).toBe(false);
    let got = 0;
    while (got < 512 << 10) got += (await receive.read())?.byteLength ?? 0;
    await waiting;
    expect(send.bufferedBytes).toBeLessThan(64 << 10);
  });

  it("carries datagrams both ways, and refuses one that is too large", async () => {
    const { near, far } = await pair(kind);
    expect(near.datagrams.maxBytes).toBeGreaterThan(1000);
    expect(near.datagrams.send(bytes("ping"))).toBe(true);
    expect(text(await first(far.datagrams.incoming))).toBe("ping");
    expect(far.datagrams.send(bytes("pong"))).toBe(true);
    expect(text(await first(near.datagrams.incoming))).toBe("pong");
    expect(near.datagrams.send(new Uint8Array(near.datagrams.maxBytes + 1))).toBe(false);
    let refused = 0;
    for (let count = 0; count < 1000; count += 1) if (!near.datagrams.send(new Uint8Array(1000))) refused += 1;
    expect(refused).toBeGreaterThan(500);
  });

  it("knows its path", async () => {
    const { near, far } = await pair(kind);
    const send = await near.openUni();
    send.write(Buffer.alloc(100_000));
    send.finish();
    await all(await first(far.incomingUni));
    await send.closed;
    const stats = near.stats();
    expect(stats.rttMs).toBeGreaterThan(0);
    expect(stats.minRttMs).toBeLessThanOrEqual(stats.rttMs);
    expect(stats.bytesSent).toBeGreaterThan(100_000);
    expect(stats.packetsSent).toBeGreaterThan(60);
    expect(stats.congestionWindowBytes).toBeGreaterThan(10_000);
    expect(stats.mtuBytes).toBeGreaterThanOrEqual(1200);
    expect(stats.bufferedBytes).toBe(0);
    expect(far.stats().bytesReceived).toBeGreaterThan(100_000);
  });

  it("lets a peer open only as many streams as allowed, and waits for credit", async () => {
    const { near, far } = await pair(kind, { maxUniStreams: 2, maxBidiStreams: 2 });
    // WebTransport itself needs some beside; ask for many more.
    const opened: unknown[] = [];
    const controller = new AbortController();
    const opening = Array.from({ length: 20 }, () =>
      near.openUni({ signal: controller.signal }).then((send) => {
        opened.push(send);
        send.write(bytes("x"));
        send.finish();
      }),
    );
    const settled = Promise.allSettled(opening.slice(0, 2));
    await settled;
    expect(opened.length).toBeLessThan(20);
    for (let count = 0; count < 20; count += 1) await all(await first(far.incomingUni));
    await Promise.all(opening);
    expect(opened).toHaveLength(20);
  });

  it("gives up to open when the signal says so", async () => {
    const { near } = await pair(kind, { maxUniStreams: 1 });
    const controller = new AbortController();
    const opening = Array.from({ length: 30 }, () => near.openUni({ signal: controller.signal }));
    const reason = new Error("no longer wanted");
    const last = expect(opening.at(-1)).rejects.toBe(reason);
    void Promise.allSettled(opening);
    await opening[0];
    controller.abort(reason);
    await last;
  });
});

import { expect, it } from "vitest";
import { all, bytes, describeQuic, first, kinds, pair, text } from "./testing/rig.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describeQuic.each(kinds)("streams over %s", (kind) => {
  it("tell the code of a reset, which does not wait behind what is queued", async () => {
    const { near, far } = await pair(kind, { streamWindowBytes: 16 << 10 });
    const send = await near.openUni();
    send.write(Buffer.alloc(4 << 20));
    const receive = await first(far.incomingUni);
    await receive.read();
    const sent = near.stats().bytesSent;
    send.reset(30);
    expect(send.bufferedBytes).toBe(0);
    expect(await send.closed).toEqual({ kind: "reset", code: 30 });
    const reading = async (): Promise<void> => {
      for (;;) await receive.read();
    };
    await expect(reading()).rejects.toMatchObject({ kind: "reset", code: 30 });
    expect(near.stats().bytesSent - sent).toBeLessThan(1 << 20);
  });

  it("can be reset after FIN", async () => {
    const { near, far } = await pair(kind, { streamWindowBytes: 16 << 10 });
    const send = await near.openUni();
    send.write(Buffer.alloc(1 << 20));
    send.finish();
    const receive = await first(far.incomingUni);
    send.reset(7);
    await expect(all(receive)).rejects.toMatchObject({ kind: "reset", code: 7 });
  });

  it("tell the code of a stop, beside a pending read", async () => {
    const { near, far } = await pair(kind);
    const send = await near.openUni();
    send.write(bytes("a"));
    const receive = await first(far.incomingUni);
    expect(text(await receive.read())).toBe("a");
    const pending = receive.read();
    receive.stop(29);
    receive.stop(29);
    expect(await pending).toBeUndefined();
    expect(await send.closed).toEqual({ kind: "stopped", code: 29 });
    send.write(bytes("nobody hears this"));
    expect(send.bufferedBytes).toBe(0);
  });

  it("stopped before they were taken say so to whoever takes them", async () => {
    const { near, far } = await pair(kind);
    const { send, receive } = await near.openBidi();
    send.write(bytes("x"));
    receive.stop(3);
    const peer = await first(far.incomingBidi);
    expect(await peer.send.closed).toEqual({ kind: "stopped", code: 3 });
  });

  it("of higher priority overtake what is queued, also when they come later", async () => {
    const { near, far } = await pair(kind, { connectionWindowBytes: 64 << 10, streamWindowBytes: 64 << 10 });
    const order: string[] = [];
    const received: Promise<void>[] = [];
    const low = await Promise.all([0, 1, 2].map(() => near.openUni({ priority: 1 })));
    for (const send of low) {
      send.write(bytes("low"), Buffer.alloc(1 << 20));
      send.finish();
    }
    await turn();
    const high = await near.openUni({ priority: Number.MAX_SAFE_INTEGER });
    high.write(bytes("top"), Buffer.alloc(256 << 10));
    high.finish();
    for (let count = 0; count < 4; count += 1) {
      const receive = await first(far.incomingUni);
      received.push(all(receive).then((got) => void order.push(text(got.subarray(0, 3)))));
    }
    await Promise.all(received);
    expect(order[0]).toBe("top");
  });

  it("change priority while they wait", async () => {
    const { near, far } = await pair(kind, { connectionWindowBytes: 64 << 10, streamWindowBytes: 64 << 10 });
    const names = ["a", "b", "c", "d"];
    const sends = await Promise.all(names.map((_, index) => near.openUni({ priority: 10 - index })));
    sends.forEach((send, index) => {
      send.write(bytes(names[index] ?? ""), Buffer.alloc(512 << 10));
      send.finish();
    });
    const last = sends.at(-1);
    if (last !== undefined) last.priority = 100;
    await turn();
    const order: string[] = [];
    const received: Promise<void>[] = [];
    for (const _ of names) {
      const receive = await first(far.incomingUni);
      received.push(all(receive).then((got) => void order.push(text(got.subarray(0, 1)))));
    }
    await Promise.all(received);
    expect(order).toEqual(["d", "a", "b", "c"]);
  });

  it("that nobody reads hold back their sender and nobody else", async () => {
    const { near, far } = await pair(kind);
    const stalled = await near.openUni();
    stalled.write(Buffer.alloc(8 << 20));
    const other = await near.openUni();
    other.write(Buffer.alloc(1 << 20));
    other.finish();
    await first(far.incomingUni);
    expect((await all(await first(far.incomingUni))).byteLength).toBe(1 << 20);
    await turn();
    // One stream window of 1 MiB, what the addon reads ahead, and what is on the way.
    expect(stalled.bufferedBytes).toBeGreaterThan(5 << 20);
  });

  it("keep little inside the stack", async () => {
    const { near, far } = await pair(kind, {}, { maxSendWindowBytes: 256 << 10 });
    const send = await near.openUni();
    let departed = 0;
    let got = 0;
    let most = 0;
    send.departed = (count) => {
      departed += count;
      most = Math.max(most, departed - got);
    };
    send.write(Buffer.alloc(8 << 20));
    send.finish();
    const receive = await first(far.incomingUni);
    for (let chunk = await receive.read(); chunk !== undefined; chunk = await receive.read()) got += chunk.byteLength;
    expect(got).toBe(8 << 20);
    // The 256 KiB, one stream window of 1 MiB, and what the other side has read ahead.
    expect(most).toBeLessThan(2 << 20);
  });
});

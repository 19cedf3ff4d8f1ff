import { expect, test } from "vitest";
import { FakeClock, settle } from "../testing/fake-clock.ts";
import type { TransportClosed } from "../transport/transport.ts";
import { W3cSendStream } from "./send-stream.ts";
import { Turns } from "./turns.ts";
import type { W3cWritable } from "./w3c.ts";

/** A stream on a real `WritableStream`, whose sink takes each chunk when the test says so. */
function rig(): {
  readonly stream: W3cSendStream;
  readonly chunks: Uint8Array[];
  readonly aborts: unknown[];
  readonly take: () => Promise<void>;
} {
  const chunks: Uint8Array[] = [];
  const aborts: unknown[] = [];
  let taken = (): void => {};
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      chunks.push(chunk);
      return new Promise((resolve) => {
        taken = resolve;
      });
    },
    abort: (reason: unknown) => void aborts.push(reason),
  });
  const turns = new Turns(new FakeClock());
  const stream = new W3cSendStream(writable as unknown as W3cWritable, 0, {
    order: 0,
    closed: new Promise<TransportClosed>(() => {}),
    wake: (one) => turns.wake(one),
    sent() {},
    left: (one) => turns.leave(one),
  });
  const take = async (): Promise<void> => {
    await settle();
    taken();
    await settle();
  };
  return { stream, chunks, aborts, take };
}

test("small buffers go out together, large ones in pieces of 32 KiB, and none is empty", async () => {
  const { stream, chunks, take } = rig();
  stream.write(Uint8Array.of(1));
  stream.write(new Uint8Array(0), Uint8Array.of(2, 3), new Uint8Array(0), new Uint8Array(70_000));
  stream.finish();
  for (let i = 0; i < 6; i++) await take();
  expect(chunks.map(({ byteLength }) => byteLength)).toEqual([1, 32_768, 32_768, 4466]);
  expect(chunks[1]?.slice(0, 3)).toEqual(Uint8Array.of(2, 3, 0));
  expect(await stream.closed).toEqual({ kind: "finished" });
});
test("what is written but not taken is still queued, is told when it is taken, and never when it was thrown away", async () => {
  const { stream, take, aborts } = rig();
  const told: string[] = [];
  stream.departed = (bytes, finished) => told.push(`${bytes} ${finished}`);
  stream.write(new Uint8Array(40_000));
  expect(stream.bufferedBytes).toBe(40_000);
  await take();
  expect(stream.bufferedBytes).toBe(7232);
  stream.reset(7);
  await take();
  expect(told).toEqual(["32768 false"]);
  expect(stream.bufferedBytes).toBe(0);
  expect(await stream.closed).toEqual({ kind: "reset", code: 7 });
  expect(aborts).toMatchObject([{ streamErrorCode: 7 }]);
});
test("`ready` waits while 64 KiB are queued, and not on a stream that has ended", async () => {
  const { stream, take } = rig();
  let ready = false;
  stream.write(new Uint8Array(100_000));
  void stream.ready().then(() => {
    ready = true;
  });
  await take();
  expect(ready).toBe(false);
  await take();
  expect(ready).toBe(true);
  stream.write(new Uint8Array(100_000));
  const waiting = stream.ready();
  stream.reset(0);
  await waiting;
});

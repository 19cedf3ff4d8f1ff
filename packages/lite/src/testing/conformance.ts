import { LiteError, LiteErrorCode } from "../error.ts";
import type { BidiStream, ReceiveStream, SendStream, Transport } from "../transport/transport.ts";

/** Two connected ends, and how to end what carries them. */
export interface TransportPair {
  readonly client: Transport;
  readonly server: Transport;
  readonly dispose: () => Promise<void> | void;
}
/**
 * What a case asks of the kind of transport: a framing without credit holds no single stream back, TCP has no datagrams, and where
 * nothing ever waits, as in memory, order does not show.
 */
export type ConformanceNeed = "credit" | "datagrams" | "network";
/** One thing that every transport must do; `run` throws if it does not. */
export interface ConformanceCase {
  readonly name: string;
  /** Absent: every transport must do it. */
  readonly needs?: ConformanceNeed;
  run(): Promise<void>;
}

export interface ConformanceOptions {
  /**
   * Bytes of each stream in the cases of priority. Default 240 000, within the credit of a stream, so that nothing but priority decides;
   * more where a platform takes that much from each stream before anything can be held back.
   */
  readonly orderBytes?: number;
}
const defaultOrderBytes = 240_000;

/** What a backend of the seam must do, without a test framework: run each case in your own. */
export function transportConformance(
  makePair: () => Promise<TransportPair>,
  { orderBytes = defaultOrderBytes }: ConformanceOptions = {},
): readonly ConformanceCase[] {
  return Object.entries(cases).map(([name, body]) => ({
    name,
    ...(needs[name] ? { needs: needs[name] } : {}),
    async run() {
      const pair = await makePair();
      try {
        await body(pair, orderBytes);
      } finally {
        pair.client.close();
        pair.server.close();
        await pair.dispose();
      }
    },
  }));
}

const needs: Readonly<Record<string, ConformanceNeed>> = {
  "an unread stream holds its writer, not the others": "credit",
  "an open that waits can be given up": "credit",
  "a reset after finish throws away what was not sent, and acts at once": "credit",
  "datagrams arrive whole, and one that is too large is refused": "datagrams",
  "a higher priority is whole before a lower one, whatever was written first": "network",
  "a priority may be changed while the stream waits": "network",
};

const cases: Readonly<Record<string, (pair: TransportPair, orderBytes: number) => Promise<void>>> = {
  async "bytes of a one-way stream arrive in order and end"({ client, server }) {
    const send = await client.openUni();
    const sent = pattern(300_000);
    send.write(sent.subarray(0, 1), sent.subarray(1, 100_000));
    send.write(sent.subarray(100_000));
    send.finish();
    same(await readAll(await next(server.incomingUni)), sent);
    equal((await send.closed).kind, "finished");
  },
  async "what has left is told, up to the end, and nothing of what was thrown away"({ client, server }) {
    const told: string[] = [];
    const all = Promise.withResolvers<void>();
    const send = await client.openUni();
    send.departed = (bytes, finished) => {
      told.push(`${bytes} ${finished}`);
      if (finished) all.resolve();
    };
    send.write(new Uint8Array(40_000));
    send.finish();
    await readAll(await next(server.incomingUni));
    await all.promise;
    equal(told.at(-1), "40000 true");
    let left = 0;
    const stuck = await client.openUni();
    stuck.departed = (bytes) => {
      left = bytes;
    };
    stuck.write(new Uint8Array(20_000_000));
    await next(server.incomingUni);
    while (left === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const handed = 20_000_000 - stuck.bufferedBytes;
    stuck.reset(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (left > handed) throw new Error(`${left} bytes told of ${handed}`);
  },
  async "a two-way stream carries both directions"({ client, server }) {
    const near = await client.openBidi();
    near.send.write(Uint8Array.of(1, 2, 3));
    near.send.finish();
    const far: BidiStream = await next(server.incomingBidi);
    same(await readAll(far.receive), Uint8Array.of(1, 2, 3));
    far.send.write(Uint8Array.of(4));
    far.send.finish();
    same(await readAll(near.receive), Uint8Array.of(4));
  },
  async "both ends open streams"({ client, server }) {
    const send = await server.openUni();
    send.write(Uint8Array.of(9));
    send.finish();
    same(await readAll(await next(client.incomingUni)), Uint8Array.of(9));
  },
  async "a reset reaches the reader with its code"({ client, server }) {
    const send = await client.openUni();
    send.write(Uint8Array.of(1));
    const receive = await next(server.incomingUni);
    await receive.read();
    send.reset(42);
    equal(JSON.stringify(await send.closed), JSON.stringify({ kind: "reset", code: 42 }));
    const error = await failure(readAll(receive));
    equal(error.code, LiteErrorCode.streamReset);
    equal(error.wireCode, 42);
  },
  async "a stop reaches the writer with its code"({ client, server }) {
    const send = await client.openUni();
    send.write(Uint8Array.of(1));
    const receive = await next(server.incomingUni);
    receive.stop(7);
    receive.stop(7);
    equal(JSON.stringify(await send.closed), JSON.stringify({ kind: "stopped", code: 7 }));
  },
  async "more streams than any initial credit can be used one after another"({ client, server }) {
    const count = 3000;
    const reading = (async () => {
      let seen = 0;
      for await (const stream of server.incomingUni) {
        same(await readAll(stream), Uint8Array.of(seen & 0xff));
        if (++seen === count) return;
      }
    })();
    for (let i = 0; i < count; i++) {
      const send = await client.openUni();
      send.write(Uint8Array.of(i & 0xff));
      send.finish();
    }
    await reading;
  },
  async "an unread stream holds its writer, not the others"({ client, server }) {
    const stuck = await client.openUni();
    stuck.write(new Uint8Array(20_000_000));
    const free = await client.openUni({ priority: 1 });
    free.write(Uint8Array.of(5));
    free.finish();
    await next(server.incomingUni);
    same(await readAll(await next(server.incomingUni)), Uint8Array.of(5));
    if (stuck.bufferedBytes === 0) throw new Error("20 MB went to a reader that reads nothing");
  },
  async "closing ends both sides with code and reason, and every stream"({ client, server }) {
    const near = await client.openBidi();
    near.send.write(Uint8Array.of(1));
    const far: BidiStream = await next(server.incomingBidi);
    client.close(6, "enough");
    client.close(7, "again");
    equal(JSON.stringify(await client.closed), JSON.stringify({ clean: false, code: 6, reason: "enough", by: "local" }));
    equal(JSON.stringify(await server.closed), JSON.stringify({ clean: false, code: 6, reason: "enough", by: "peer" }));
    equal((await far.send.closed).kind, "transport");
    equal((await failure(readAll(near.receive))).code, LiteErrorCode.transportClosed);
    equal((await failure(client.openUni())).code, LiteErrorCode.transportClosed);
  },
  async "an open that waits can be given up"({ client }) {
    const held: unknown[] = [];
    const stop = new AbortController();
    const flood = (async () => {
      while (true) held.push(await client.openBidi({ signal: stop.signal }));
    })();
    const reason = new LiteError(LiteErrorCode.cancelled, "given up");
    setTimeout(() => stop.abort(reason), 50);
    equal((await failure(flood)).message, reason.message);
  },
  async "an echo of 100 kB comes back whole"({ client, server }) {
    const near = await client.openBidi();
    const sent = pattern(100_000);
    near.send.write(sent);
    near.send.finish();
    const far: BidiStream = await next(server.incomingBidi);
    for (let chunk = await far.receive.read(); chunk; chunk = await far.receive.read()) far.send.write(chunk);
    far.send.finish();
    same(await readAll(near.receive), sent);
  },
  async "a code above 255 arrives as it was given"({ client, server }) {
    const send = await client.openUni();
    send.write(Uint8Array.of(1));
    const receive = await next(server.incomingUni);
    send.reset(70_000);
    equal((await failure(readAll(receive))).wireCode, 70_000);
  },
  async "a stop beside a pending read ends the read and reaches the writer"({ client, server }) {
    const send = await client.openUni();
    send.write(Uint8Array.of(1));
    const receive = await next(server.incomingUni);
    await receive.read();
    const pending = receive.read();
    receive.stop(7);
    equal(await pending, undefined);
    equal(JSON.stringify(await send.closed), JSON.stringify({ kind: "stopped", code: 7 }));
  },
  async "a reset after finish throws away what was not sent, and acts at once"({ client, server }) {
    const send = await client.openUni();
    send.write(new Uint8Array(20_000_000));
    send.finish();
    const receive = await next(server.incomingUni);
    await receive.read();
    send.reset(9);
    equal(JSON.stringify(await send.closed), JSON.stringify({ kind: "reset", code: 9 }));
    equal(send.bufferedBytes, 0);
    equal((await failure(readAll(receive))).wireCode, 9);
  },
  async "a higher priority is whole before a lower one, whatever was written first"({ client, server }, orderBytes) {
    const sends = [await client.openUni({ priority: 1 }), await client.openUni({ priority: 2 }), await client.openUni({ priority: 3 })];
    sends.forEach(fill(orderBytes));
    equal(await orderOfWholes(server, sends.length), "2 1 0");
  },
  async "a priority may be changed while the stream waits"({ client, server }, orderBytes) {
    const sends = [await client.openUni({ priority: 5 }), await client.openUni({ priority: 4 })];
    sends.forEach(fill(orderBytes));
    if (sends[1]) sends[1].priority = 6;
    equal(await orderOfWholes(server, sends.length), "1 0");
  },
  async "datagrams arrive whole, and one that is too large is refused"({ client, server }) {
    const { datagrams } = client;
    if (!datagrams || !server.datagrams) throw new Error("there are no datagrams");
    equal(datagrams.send(new Uint8Array(datagrams.maxBytes + 1)), false);
    const sent = pattern(1000);
    // They may be lost: until one has come, more are sent.
    const sending = setInterval(() => datagrams.send(sent), 10);
    try {
      same(await next(server.datagrams.incoming), sent);
    } finally {
      clearInterval(sending);
    }
  },
  async "statistics count bytes"({ client, server }) {
    const send = await client.openUni();
    send.write(new Uint8Array(10_000));
    send.finish();
    await readAll(await next(server.incomingUni));
    if (client.stats().bytesSent < 10_000) throw new Error(`${client.stats().bytesSent} bytes sent of 10000`);
    if (server.stats().bytesReceived < 10_000) throw new Error(`${server.stats().bytesReceived} bytes received of 10000`);
  },
};

async function next<T>(items: AsyncIterable<T>): Promise<T> {
  const result = await items[Symbol.asyncIterator]().next();
  if (result.done) throw new Error("the transport ended instead of giving a stream");
  return result.value;
}
async function readAll(stream: ReceiveStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await stream.read(); chunk; chunk = await stream.read()) chunks.push(chunk);
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
/** Each byte the index of its stream. */
function fill(orderBytes: number): (send: SendStream, index: number) => void {
  return (send, index) => {
    send.write(new Uint8Array(orderBytes).fill(index));
    send.finish();
  };
}
/** Reads so many streams at once and says, by their first bytes, in which order they were whole. */
async function orderOfWholes(server: Transport, count: number): Promise<string> {
  const order: (number | undefined)[] = [];
  const reading: Promise<unknown>[] = [];
  while (reading.length < count) {
    const stream = await next(server.incomingUni);
    reading.push(readAll(stream).then((bytes) => order.push(bytes[0])));
  }
  await Promise.all(reading);
  return order.join(" ");
}
async function failure(work: Promise<unknown>): Promise<LiteError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof LiteError) return error;
    throw error;
  }
  throw new Error("expected a LiteError, and nothing failed");
}
function pattern(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31) & 0xff);
}
function same(actual: Uint8Array, expected: Uint8Array): void {
  equal(actual.byteLength, expected.byteLength);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at >= 0) throw new Error(`byte ${at} is ${actual[at]}, not ${expected[at]}`);
}
function equal(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${String(actual)} is not ${String(expected)}`);
}

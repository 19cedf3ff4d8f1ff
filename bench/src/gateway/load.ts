import { connect, type Socket } from "node:net";
import { quantile } from "../statistics.ts";
import type { FromLoad, ToLoad } from "./messages.ts";
import { readRecording } from "./recording.ts";
import { packed, sessionId, type Template, templates } from "./replay.ts";

/** Connections that carry requests, each one at a time. */
const connections = 64;
/** Sessions whose requests are made ready at once. */
const batch = 2_000;
const stepMs = 5;
const sessions = templates(await readRecording());
const tell = (message: FromLoad): void => void process.send?.(message);
let passes = Math.floor(Date.now() / 1000) % 10_000_000;

/** The first reports of sessions that nobody met before, as the bytes of whole requests with every header of the player. */
function* requests({ ingestUrl, gateway }: ToLoad): Generator<Buffer> {
  const { host } = new URL(ingestUrl);
  for (;;) {
    passes++;
    const ids = Array.from({ length: batch }, (_, session) => sessionId(passes, session));
    for (let step = 0; step < 4; step++)
      for (const [session, id] of ids.entries()) {
        const template = sessions[session % sessions.length]?.[step];
        if (template !== undefined) yield requestOf(template, id, { host, gateway });
      }
  }
}

function requestOf(template: Template, id: string, { host, gateway }: { readonly host: string; readonly gateway: string }): Buffer {
  const body = packed(template, id);
  const own = { host, "moq-gateway": gateway, "moq-session": id, "content-length": String(body.length), connection: "keep-alive" };
  // a request without an origin is no page's: which pages may report is no question here
  const headers: Record<string, string> = { ...template.headers, ...own };
  delete headers["origin"];
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST /v1/metrics HTTP/1.1\r\n${head.join("")}\r\n`), body]);
}

/** One connection with at most one request under way. */
class Lane {
  readonly #socket: Socket;
  #answered: ((isTaken: boolean) => void) | undefined;
  #text = "";
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname).setNoDelay(true);
    this.#socket.on("data", (chunk) => {
      this.#text += chunk.toString("latin1");
      const head = this.#text.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#text)?.[1] ?? 0);
      if (this.#text.length < head + 4 + length) return;
      const isTaken = this.#text.startsWith("HTTP/1.1 200") && !/\r\nmoq-resync/i.test(this.#text);
      this.#text = "";
      const answered = this.#answered;
      this.#answered = undefined;
      answered?.(isTaken);
    });
  }
  send(request: Buffer): Promise<boolean> {
    this.#socket.write(request);
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }
  close(): void {
    this.#socket.destroy();
  }
}

async function send(asked: ToLoad): Promise<void> {
  const source = requests(asked);
  // made before the clock runs: packing is the players' work
  const wanted = Math.ceil((asked.perSecond === 0 ? 12_000 : asked.perSecond) * asked.seconds);
  const ready = Array.from({ length: wanted }, () => source.next().value as Buffer);
  const stop = new AbortController();
  const streams = Array.from({ length: asked.consoles }, () => stream(`${asked.consoleUrl}/api/stream`, stop.signal));
  const lanes = Array.from({ length: connections }, () => new Lane(asked.ingestUrl));
  const times: number[] = [];
  let refused = 0;
  const began = performance.now();
  const until = began + asked.seconds * 1000;
  let next = 0;
  /** When the request with this number is due: lateness of the sender counts as latency. */
  const dueMs = (number: number): number => (asked.perSecond === 0 ? performance.now() : began + (number / asked.perSecond) * 1000);
  const run = async (lane: Lane): Promise<void> => {
    while (next < ready.length && performance.now() < until) {
      const due = dueMs(next);
      if (due > performance.now()) {
        await new Promise((resolve) => setTimeout(resolve, stepMs));
        continue;
      }
      const request = ready[next++];
      if (request === undefined) return;
      if (!(await lane.send(request))) refused++;
      times.push(performance.now() - due);
    }
  };
  await Promise.all(lanes.map(run));
  const seconds = (performance.now() - began) / 1000;
  for (const lane of lanes) lane.close();
  stop.abort();
  const streamed = (await Promise.all(streams)).reduce((total, bytes) => total + bytes, 0);
  const [p50Ms, p99Ms] = [quantile(times, 0.5), quantile(times, 0.99)];
  tell({ kind: "sent", answered: times.length, refused, seconds, p50Ms, p99Ms, streamed });
}

/** Reads a stream until it is told to stop. Answers its bytes. */
async function stream(url: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  try {
    const answer = await fetch(url, { signal });
    for await (const chunk of answer.body ?? []) bytes += (chunk as Uint8Array).length;
  } catch (error) {
    // the end of the measurement is the end of the stream
    if (!signal.aborted) throw error;
  }
  return bytes;
}

process.on("message", (message) => void send(message as ToLoad));
tell({ kind: "ready" });

import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { foreignProgram } from "../../../scripts/foreign/installed.ts";
import { Child } from "../lite/child.ts";
import { type FromRelay, type RelayName, type ToRelay, type Way, wayTo } from "./messages.ts";

const host = "127.0.0.1";

/** A relay as a process of its own. */
export interface RunningRelay {
  readonly url: string;
  readonly pid: number;
  /** What only a relay of ours can be asked. */
  readonly asked?: Child<ToRelay, FromRelay>;
  readonly close: () => Promise<void>;
}

/** With `metrics`, ours counts as `moqscope-relay` does; moq-relay always counts. */
export function start(name: RelayName, { metrics = false }: { readonly metrics?: boolean } = {}): Promise<RunningRelay> {
  return name === "moq-relay" || name === "moq-relay-websocket" ? startForeign(wayTo(name)) : startOurs(name, metrics);
}

async function startOurs(name: "quic" | "websocket", metrics: boolean): Promise<RunningRelay> {
  const child = new Child<ToRelay, FromRelay>(new URL("./relay.ts", import.meta.url).href, [name, ...(metrics ? ["metrics"] : [])]);
  const { port, pid } = await child.answer("listening");
  return { url: `${name === "quic" ? "https" : "http"}://${host}:${port}/`, pid, asked: child, close: () => child.close() };
}

async function startForeign(way: Way): Promise<RunningRelay> {
  const program = foreignProgram("moq-relay");
  if (!program) throw new Error("there is no moq-relay here: pnpm foreign:build makes it");
  const port = await freeUdpPort();
  const web = way === "websocket" ? ["--web-http-listen", `${host}:${port}`] : [];
  const args = ["--listen", `${host}:${port}`, "--listen-tls-generate", "localhost", ...web, "--auth-public", "**", "--log-level", "warn"];
  const child = spawn(program, args, { stdio: "ignore" });
  const ready = way === "websocket" ? healthy(`http://${host}:${port}/health`) : sleep(500);
  await Promise.race([ready, once(child, "exit").then(([code]) => Promise.reject(new Error(`moq-relay ended with ${code}`)))]);
  return { url: `${way === "quic" ? "https" : "http"}://${host}:${port}/`, pid: child.pid ?? 0, close: () => end(child) };
}
async function healthy(url: string): Promise<void> {
  for (let left = 100; left > 0; left--) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch(() => undefined); // Not yet.
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`${url} does not answer`);
}
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, host);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

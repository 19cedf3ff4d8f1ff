import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { foreignProgram } from "../../../scripts/foreign/installed.ts";
import { Child } from "../lite/child.ts";
import type { Contestant, FromRelay } from "./messages.ts";

const host = "127.0.0.1";

/** A relay as a process of its own. */
export interface RunningRelay {
  readonly url: string;
  readonly pid: number;
  readonly close: () => Promise<void>;
}

export function start(contestant: Contestant): Promise<RunningRelay> {
  return contestant === "moq-relay" ? startForeign() : startOurs(contestant);
}

async function startOurs(contestant: "quic" | "websocket"): Promise<RunningRelay> {
  const child = new Child<never, FromRelay>(new URL("./relay.ts", import.meta.url).href, [contestant]);
  const { port, pid } = await child.answer("listening");
  return { url: `${contestant === "quic" ? "https" : "http"}://${host}:${port}/`, pid, close: () => child.close() };
}

async function startForeign(): Promise<RunningRelay> {
  const program = foreignProgram("moq-relay");
  if (!program) throw new Error("there is no moq-relay here: pnpm foreign:build makes it");
  const port = await freeUdpPort();
  const args = ["--listen", `${host}:${port}`, "--listen-tls-generate", "localhost", "--auth-public", "**", "--log-level", "warn"];
  const child = spawn(program, args, { stdio: "ignore" });
  await Promise.race([sleep(500), once(child, "exit").then(([code]) => Promise.reject(new Error(`moq-relay ended with ${code}`)))]);
  return { url: `https://${host}:${port}/`, pid: child.pid ?? 0, close: () => end(child) };
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

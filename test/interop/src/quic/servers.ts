import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createRelay } from "@moqscope/relay";
import type { Binding, QuicServer, QuicVersion } from "./matrix.ts";

const host = "127.0.0.1";

/** A relay that listens for QUIC. */
export interface QuicServing {
  /** UDP. */
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Where a client dials a relay behind this port. */
export function urlOf(binding: Binding, port: number): string {
  return `${binding === "WebTransport" ? "https" : "moqt"}://${host}:${port}/`;
}

export function serve(server: QuicServer, version: QuicVersion, programs: { readonly relay: string }): Promise<QuicServing> {
  return server === "our relay" ? ourRelay() : moqRelay(programs.relay, version);
}

async function ourRelay(): Promise<QuicServing> {
  const relay = await createRelay({
    listen: { host, port: 0 },
    adminListen: false,
    // Nobody who is lost is waited for: that a loss is told is what is looked at.
    limits: { lingerMs: 0 },
    webTransport: "quic",
    tls: { generate: ["localhost"] },
  });
  return { port: Number(new URL(relay.url).port), close: () => relay.close() };
}

/** The other end dials on the newest version, so both are let in. */
async function moqRelay(program: string, version: QuicVersion): Promise<QuicServing> {
  const port = await freeUdpPort();
  const versions = [...new Set(["moq-lite-05", version])].flatMap((name) => ["--listen-version", name]);
  const args = ["--listen", `${host}:${port}`, "--listen-tls-generate", "localhost", "--auth-public", "**", ...versions];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = lines(child);
  // It says so before it has bound, or not at all by log level: what answers is asked for by whoever dials.
  await Promise.race([sleep(300), once(child, "exit").then(() => Promise.reject(new Error(`moq-relay ended: ${said.join("\n")}`)))]);
  return {
    port,
    async close() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** What a process says, the last hundred lines. */
export function lines(child: ChildProcess, streams: readonly ("stdout" | "stderr")[] = ["stdout", "stderr"]): readonly string[] {
  const said: string[] = [];
  for (const stream of streams.map((name) => child[name]))
    if (stream)
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (said.length > 100) said.shift();
      });
  return said;
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

import type { Paint } from "./log-line.ts";
import { type Addresses, broadcast } from "./programs.ts";

/** What the processes have told by the time when everything is ready. */
export interface Told {
  readonly seconds: number;
  readonly webTransport: boolean;
}

const purposes: readonly (readonly [keyof Addresses, string, string])[] = [
  ["watch", "watch page", `the live broadcast ${broadcast}, in the player`],
  ["console", "console", "what is live now: viewers, bytes, startup, buffer, stalls"],
  ["relay", "relay", "publish and watch here, over"],
  ["certificate", "certificate", "the hash of the relay's certificate, while it serves WebTransport"],
  ["metrics", "metrics", "the relay's figures as Prometheus text"],
  ["ingest", "ingest", "players send their telemetry here (OTLP/HTTP)"],
  ["otlp", "OTLP", "relays and tools send theirs here (OTLP/HTTP)"],
];

/** The one block that `dev` prints when everything is ready. */
export function readyBlock(at: Addresses, { seconds, webTransport }: Told, paint: Paint): string {
  const transports = webTransport ? " WebTransport (QUIC) and WebSocket" : " WebSocket";
  const width = Math.max(...purposes.map(([key]) => at[key].length));
  const lines = purposes.map(
    ([key, name, purpose]) =>
      `  ${name.padEnd(12)} ${paint.cyan(at[key])}${" ".repeat(width - at[key].length)}  ${purpose}${key === "relay" ? transports : ""}`,
  );
  const head = paint.bold(`moqscope is ready in ${seconds.toFixed(1)} s`);
  return ["", head, "", ...lines, "", "  Ctrl-C ends it all. Other ports: pnpm dev --help", ""].join("\n");
}

import cluster from "node:cluster";
import { once } from "node:events";
import type { Relay } from "../relay.ts";
import type { Place, ToWorker, WorkerReady } from "./messages.ts";

/** What this worker is to be; `undefined` in a process of its own. */
export async function ownPlace(): Promise<Place | undefined> {
  if (!cluster.isWorker) return undefined;
  const [message] = (await once(process, "message")) as [ToWorker];
  if (message.kind !== "start") throw new Error(`a worker is told its place first, not "${message.kind}"`);
  return message.place;
}

export interface WorkerHooks {
  readonly relay: Relay;
  /** Links with these workers, and with whom the configuration names. */
  readonly linkWith: (urls: readonly string[]) => void;
  readonly end: (signal: "SIGINT" | "SIGTERM") => void;
}

/** Does what the process that keeps the workers says, and tells it that this one serves. */
export function serveAsWorker({ relay, linkWith, end }: WorkerHooks): void {
  process.on("message", (message: ToWorker) => {
    switch (message.kind) {
      case "start":
        return;
      case "peers":
        return linkWith(message.urls);
      case "certificate":
        // The relay tells why it refuses one, and serves the old one on.
        return void relay.setCertificate({ cert: message.cert, key: message.key }).catch(() => undefined);
      case "end":
        return end(message.signal);
    }
  });
  // Without whoever keeps it, nobody would end it.
  process.once("disconnect", () => process.exit(1));
  const ready: WorkerReady = {
    kind: "ready",
    url: relay.url,
    adminUrl: relay.adminUrl ?? "",
    insideUrl: relay.insideUrl ?? "",
    certificate: relay.certificateSha256,
    hasWebTransport: relay.webTransport.kind === "listening",
  };
  process.send?.(ready);
}

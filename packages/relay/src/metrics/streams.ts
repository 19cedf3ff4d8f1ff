import type { Origin, OriginReading, Path } from "@moqscope/lite";
import { toPath } from "@moqscope/lite";
import type { Lease } from "@moqscope/telemetry";
import type { RelayInstruments } from "./instruments.ts";

/** Prefixes of broadcasts that relays and their statistics use among themselves: they are not streams. */
const internal = [".stats", ".internal", "internal"] as const;

/** Follows the relay's table: `active_streams`, each path once however many routes it has, and one event per change. */
export function followStreams(origin: Origin, instruments: RelayInstruments): OriginReading {
  const leases = new Map<Path, Lease>();
  const { recorder, relay } = instruments;
  const reading = origin.attach(toPath(""), {
    active: ({ path, hops }) => {
      if (isInternal(path) || leases.has(path)) return;
      leases.set(path, relay.streams.acquire());
      recorder.event("info", "moq.broadcast.active", { broadcast: path, origin: "local", hops: hops.length });
    },
    ended: (path) => {
      const lease = leases.get(path);
      if (!lease) return;
      leases.delete(path);
      lease.release();
      recorder.event("info", "moq.broadcast.ended", { broadcast: path, origin: "local" });
    },
  });
  return {
    detach: () => {
      reading.detach();
      for (const lease of leases.values()) lease.release();
      leases.clear();
    },
  };
}

function isInternal(path: Path): boolean {
  return internal.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

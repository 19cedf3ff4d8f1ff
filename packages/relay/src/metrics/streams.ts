import type { Origin, OriginReading, Path } from "@moqscope/lite";
import { toPath } from "@moqscope/lite";
import type { Lease } from "@moqscope/telemetry";
import type { RelayInstruments } from "./instruments.ts";

/** Prefixes of broadcasts that relays and their statistics use among themselves: they are not streams. */
const internal = [".stats", ".internal", "internal"] as const;

/** Follows the relay's table: `active_streams` and the series per broadcast, each path once however many routes it has, and one event per change. */
export function followStreams(origin: Origin, instruments: RelayInstruments): OriginReading {
  const live = new Map<Path, readonly Lease[]>();
  const { recorder, relay, broadcasts } = instruments;
  const release = (leases: readonly Lease[]): void => {
    for (const lease of leases) lease.release();
  };
  const reading = origin.attach(toPath(""), {
    active: ({ path, hops }) => {
      if (isInternal(path) || live.has(path)) return;
      live.set(path, [relay.streams.acquire(), broadcasts.announced(path)]);
      recorder.event("info", "moq.broadcast.active", { broadcast: path, origin: "local", hops: hops.length });
    },
    ended: (path) => {
      const leases = live.get(path);
      if (!leases) return;
      live.delete(path);
      release(leases);
      recorder.event("info", "moq.broadcast.ended", { broadcast: path, origin: "local" });
    },
  });
  return {
    detach: () => {
      reading.detach();
      for (const leases of live.values()) release(leases);
      live.clear();
    },
  };
}

function isInternal(path: Path): boolean {
  return internal.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}

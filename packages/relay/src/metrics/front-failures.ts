import type { FrontFailure } from "../net/front.ts";
import type { RelayInstruments } from "./instruments.ts";

/** Counts what ended before its first request: no transport is known of it yet. */
export function frontFailed(instruments: RelayInstruments, failure: FrontFailure): void {
  const { connections } = instruments.transport("unknown");
  switch (failure) {
    case "overload":
      instruments.refused("pending");
      connections.overload.add();
      return;
    case "timeout":
      connections.transport_error.add();
      instruments.error("timeout", "accept");
      return;
    case "proxy":
      connections.transport_error.add();
      instruments.error("protocol_violation", "accept");
      return;
    case "tls":
      connections.transport_error.add();
      instruments.error("tls_failed", "accept");
      return;
  }
}

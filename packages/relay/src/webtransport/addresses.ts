import type { ListenAddress } from "@moqscope/telemetry/options";

/** The same place in the other address family. */
const counterparts: ReadonlyMap<string, string> = new Map([
  ["::", "0.0.0.0"],
  ["127.0.0.1", "::1"],
  ["::1", "127.0.0.1"],
]);

/**
 * Where UDP listens beside a TCP listener: at the same address, and at its counterpart in the other family. A browser that is given
 * `https://localhost` tries ::1 and does not fall back to 127.0.0.1 (transports.md).
 */
export function udpAddresses({ host, port }: ListenAddress): readonly [ListenAddress, ...ListenAddress[]] {
  const other = counterparts.get(host);
  return other === undefined
    ? [{ host, port }]
    : [
        { host, port },
        { host: other, port },
      ];
}

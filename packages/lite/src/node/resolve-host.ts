import { lookup } from "node:dns/promises";

/** Looks a host up as dialling will, for `ConnectOptions.resolve`. Rejects with what the system says. */
export async function resolveHost(hostname: string): Promise<void> {
  await lookup(hostname.replace(/^\[(.*)\]$/, "$1"));
}

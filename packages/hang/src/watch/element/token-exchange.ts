import { joinPath, toPath } from "@moqscope/lite";
import type { TokenExchange } from "@moqscope/telemetry/browser";

/**
 * What the gateway is asked for a telemetry token with: the broadcast as the relay knows it, and the token of the relay's address, the
 * last of `?jwt=` that is not empty. `undefined` where there is none and none is wanted.
 */
export function tokenExchangeOf(url: string, name: string, isWanted: boolean): TokenExchange | undefined {
  const address = URL.parse(url);
  if (!address) return undefined;
  const jwt = address.searchParams.getAll("jwt").findLast((token) => token !== "");
  if (jwt === undefined && !isWanted) return undefined;
  const root = toPath(address.pathname.split("/").map(decoded).join("/"));
  return { broadcast: joinPath(root, toPath(name)), ...(jwt === undefined ? {} : { jwt }) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // The relay refuses such an address; what is asked of the gateway for it does not matter.
    return segment;
  }
}

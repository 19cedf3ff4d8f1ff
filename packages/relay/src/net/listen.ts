import type { AddressInfo, Server } from "node:net";
import { formatListen, type ListenAddress } from "@moqscope/telemetry/options";
import { type Listener, RelayError, RelayErrorCode } from "../error.ts";

/** Both address families at once. */
export const anyHost = "::";

/**
 * Begins to listen. A machine without IPv6 gets `0.0.0.0` where `::` was asked.
 * @throws RelayError `port_taken` or `listen_failed`, naming the address.
 */
export async function listen(server: Server, address: ListenAddress, listener: Listener): Promise<AddressInfo> {
  try {
    return await attempt(server, address, listener);
  } catch (error) {
    const code = errorCode(error);
    if (address.host === anyHost && (code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL"))
      return listen(server, { host: "0.0.0.0", port: address.port }, listener);
    const where = formatListen(address);
    if (code === "EADDRINUSE")
      throw new RelayError(RelayErrorCode.portTaken, `${where} is taken by another process`, { cause: error, listener });
    throw new RelayError(
      RelayErrorCode.listenFailed,
      `cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, listener },
    );
  }
}

/** A base URL that a client on this machine can use. */
export function baseUrl(bound: AddressInfo): string {
  const wild = bound.address === anyHost || bound.address === "0.0.0.0";
  return `http://${formatListen({ host: wild ? "localhost" : bound.address, port: bound.port })}`;
}

function attempt(server: Server, { host, port }: ListenAddress, listener: Listener): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Only the public port is shared by the workers of a cluster.
    server.listen({ host, port, exclusive: listener !== "public" }, () => {
      server.off("error", reject);
      resolve(server.address() as AddressInfo);
    });
  });
}
function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

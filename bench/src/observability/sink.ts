import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What takes telemetry and forgets it, as OTLP says yes. */
export interface Sink {
  readonly endpoint: string;
  /** Requests and bytes so far. */
  readonly taken: { readonly requests: number; readonly bytes: number };
  readonly close: () => Promise<void>;
}

export async function startSink(): Promise<Sink> {
  const taken = { requests: 0, bytes: 0 };
  const server = createServer((request, response) => {
    taken.requests++;
    request.on("data", (chunk: Buffer) => (taken.bytes += chunk.byteLength));
    request.on("end", () => response.writeHead(200, { "content-type": "application/x-protobuf" }).end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { endpoint: `http://127.0.0.1:${port}`, taken, close };
}

import { once } from "node:events";
import { createServer } from "node:net";

/** Ports of this machine that nobody listens on, all different. */
export async function freePorts<N extends string>(names: readonly N[]): Promise<Readonly<Record<N, number>>> {
  const servers = names.map(() => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(
    servers.map((server) => {
      const closed = once(server, "close");
      server.close();
      return closed;
    }),
  );
  return Object.fromEntries(names.map((name, at) => [name, ports[at]])) as Record<N, number>;
}

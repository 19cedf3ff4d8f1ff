import { createServer } from "node:net";

/** The address that everything in `dev` listens on: reachable from this machine only. */
export const host = "127.0.0.1";

/** One port of `dev`: who uses it and what changes it. */
export interface PortOption {
  readonly who: string;
  readonly flag: string;
  readonly env: string;
}

/** Binds and frees the port: the number taken (another one for 0), or why it cannot be had. */
export function tryPort(port: number): Promise<{ readonly port: number } | { readonly problem: string }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = { EADDRINUSE: "taken", EACCES: "not allowed for this user" };
      resolve({ problem: reasons[error.code ?? ""] ?? error.message });
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve({ port: taken }));
    });
  });
}

/**
 * Checks all ports before anything starts. Returns the ports to use, free ones in the place of 0; throws an Error with one line
 * for each port that cannot be had, naming the flag and the variable that change it.
 */
export async function checkPorts<Name extends string>(
  options: Readonly<Record<Name, PortOption>>,
  wanted: Readonly<Record<Name, number>>,
): Promise<Readonly<Record<Name, number>>> {
  const ports: Record<Name, number> = { ...wanted };
  const problems: string[] = [];
  const owners = new Map<number, string>();
  for (const name of Object.keys(options) as Name[]) {
    const { who, flag, env } = options[name];
    const change = `choose another with ${flag} or ${env}`;
    const got = await tryPort(wanted[name]);
    if ("problem" in got) {
      problems.push(`port ${wanted[name]} (${who}) is ${got.problem}: ${change}`);
      continue;
    }
    const owner = owners.get(got.port);
    if (owner !== undefined) problems.push(`port ${got.port} (${who}) is also that of the ${owner}: ${change}`);
    owners.set(got.port, who);
    ports[name] = got.port;
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return ports;
}

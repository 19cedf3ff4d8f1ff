import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";

/** A process of ours that has said that it is ready, with the fields of that line. */
export interface Started {
  readonly fields: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts a program of an installed package and waits for `moq.ready`; rejects with its output when it ends first. */
export function startProgram(node: string, args: readonly string[], cwd: string): Promise<Started> {
  const child = spawn(node, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = (): Promise<void> => {
    child.kill("SIGKILL");
    return gone;
  };
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (line.includes('"moq.ready"')) resolve({ fields: JSON.parse(line) as Record<string, unknown>, stop });
    });
    child.once("error", reject);
    void gone.then(() => reject(new Error(`${args.join(" ")} ended before it was ready:\n${lines.join("\n")}`)));
  });
}

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

/** Serves a folder of built files on a free port. */
export async function serveFolder(folder: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const path = request.url === "/" || request.url === undefined ? "/index.html" : request.url;
    void readFile(join(folder, path)).then(
      (body) => response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/`, close };
}

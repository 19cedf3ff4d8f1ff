/**
 * What the image of the demo runs: `static-server.ts FOLDER`. Serves a built app at `HOST` and `PORT`. `GET /` without a query goes to the
 * addresses that `MOQSCOPE_RELAY_URL`, `MOQSCOPE_BROADCAST`, `MOQSCOPE_INGEST_URL` and `MOQSCOPE_CONSOLE_URL` say, since the pages were
 * built before anybody knew them.
 */
import { createReadStream, statSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { extname, join, normalize, resolve, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".wasm": "application/wasm",
};
const parameters = {
  url: "MOQSCOPE_RELAY_URL",
  name: "MOQSCOPE_BROADCAST",
  telemetry: "MOQSCOPE_INGEST_URL",
  console: "MOQSCOPE_CONSOLE_URL",
};

const folder = resolve(process.argv[2] ?? ".");
const given = Object.entries(parameters).flatMap(([name, variable]) => {
  const value = process.env[variable];
  return value === undefined ? [] : [[name, value] as [string, string]];
});

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://demo");
  if (request.method !== "GET" && request.method !== "HEAD") return end(response, 405);
  if (url.pathname === "/health") return end(response, 200);
  if (url.pathname === "/" && url.search === "" && given.length > 0)
    return void response.writeHead(302, { location: `/?${new URLSearchParams(given).toString()}` }).end();
  const path = fileOf(url.pathname);
  const stats = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || !stats?.isFile()) return end(response, 404);
  const cache = /-[\w-]{8}\.\w+$/.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
  response.writeHead(200, {
    "content-type": types[extname(path)] ?? "application/octet-stream",
    "content-length": stats.size,
    "cache-control": cache,
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(path).pipe(response);
});
server.listen(Number(process.env["PORT"] ?? 5173), process.env["HOST"] ?? "0.0.0.0", () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ event: "demo.listening", port: typeof address === "object" ? address?.port : undefined })}\n`);
});
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
  });

/** The file of a path, and undefined for one that is outside of the folder or no text. */
function fileOf(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    // No path that anything here has.
    return undefined;
  }
  if (decoded.includes("\0")) return undefined;
  const path = normalize(join(folder, decoded.endsWith("/") ? `${decoded}index.html` : decoded));
  return path.startsWith(folder + sep) ? path : undefined;
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${status}\n`);
}

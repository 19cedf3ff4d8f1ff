import { createHash } from "node:crypto";
import { readFile, realpath, stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import type { Handler } from "../http/listener.ts";
import { wrongMethod } from "../ingest/face.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
/** The console loads nothing from elsewhere and talks to its gateway only. Inline styles are what the charts set on their elements. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
const securityHeaders = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
} as const;

const missingPage = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>moqscope gateway</title>
<body style="font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem">
<h1>The gateway runs; its console is not built</h1>
<p>In the repository, build it with <code>npx -y pnpm@10.34.9 --filter @moqscope/console build</code> and load this page again,
or name its folder with <code>--console-dir</code>.</p>
<p>The figures are there without it: <a href="api/summary">api/summary</a>, <a href="api/metrics">api/metrics</a>,
<a href="metrics">metrics</a>, <a href="health">health</a>.</p>`;

/** Serves the console's built files from a folder; without an index.html in it, a page that says how to build one. */
export function consoleFiles(folder: string): Handler {
  return async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return wrongMethod(response, "GET");
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (!(await isFile(join(folder, "index.html")))) return page(response, 200, missingPage);
    const file = await within(folder, request.url ?? "/");
    if (file === undefined) return page(response, 404, "<!doctype html><title>Not found</title><p>There is no such file in the console.");
    const content = await readFile(file);
    const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
    response.setHeader("etag", etag);
    // a name with a hash of its content never means anything else
    const isHashed = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(file) && !file.endsWith(".html");
    response.setHeader("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream", "content-length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  };
}

function page(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(html);
}

/** The file of a request path, or `undefined` where it is none or lies outside the folder, also by way of a link. */
async function within(folder: string, url: string): Promise<string | undefined> {
  const path = decode(url.split(/[?#]/, 1)[0] ?? "/");
  if (path === undefined || path.includes("\0")) return undefined;
  const wanted = join(folder, path.endsWith("/") ? `${path}index.html` : path);
  if (!(await isFile(wanted))) return undefined;
  const [root, real] = await Promise.all([realpath(folder), realpath(wanted)]);
  return real.startsWith(root + sep) ? real : undefined;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    // a path that is no text names no file: the caller answers 404
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // what cannot be looked at is not there for the reader
    return false;
  }
}

import type { RequestListener } from "node:http";
import { type Origin, suffixOf, toPath } from "@moqscope/lite";
import { type Answer, parseTarget, send, text } from "./answer.ts";

export interface PublicEndpoints {
  readonly origin: Origin;
  /** Hex SHA-256 of the certificate that WebTransport clients pin; absent while there is no WebTransport. */
  sha256(): string | undefined;
}

const cors = { "access-control-allow-origin": "*", "access-control-allow-methods": "GET" } as const;

/** GET endpoints of the public listener (relay-behaviour §8.1). Metrics are on the admin listener only. */
export function publicEndpoints(endpoints: PublicEndpoints): RequestListener {
  return (request, response) => {
    const answer = route(endpoints, request.method, request.url);
    send(response, { ...answer, headers: { ...cors, ...answer.headers } });
  };
}

function route(endpoints: PublicEndpoints, method: string | undefined, target: string | undefined): Answer {
  if (method === "OPTIONS") return text(204, "");
  if (method !== "GET" && method !== "HEAD") return { ...text(405, "only GET is served here\n"), headers: { allow: "GET, HEAD, OPTIONS" } };
  const parsed = parseTarget(target);
  if (!parsed) return text(400, "malformed URL\n");
  if (parsed.path === "/health") return text(200, "ok\n");
  if (parsed.path === "/certificate.sha256") {
    const sha256 = endpoints.sha256();
    return sha256 === undefined ? text(404, "this relay serves no WebTransport\n") : text(200, sha256);
  }
  const [, first, ...rest] = parsed.path.split("/");
  if (first === "announced") return text(200, announced(endpoints.origin, rest.join("/")));
  return landingPage;
}

/** Paths below the prefix, relative to it, one a line, none after the last. */
function announced(origin: Origin, prefix: string): string {
  const root = toPath(prefix);
  return origin.paths
    .map((path) => suffixOf(path, root))
    .filter((suffix) => suffix !== undefined)
    .sort()
    .join("\n");
}

const landingPage: Answer = {
  status: 404,
  type: "text/html",
  body: `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>MoQ relay</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem}</style>
<h1>This is a MoQ relay</h1>
<p>It forwards live media over MoQ (Media over QUIC) and has no page to show. A player or publisher connects to this
address by WebTransport or WebSocket.</p>
<ul><li><a href="/announced">/announced</a> lists what is live</li><li><a href="/health">/health</a> says whether it runs</li></ul>
</html>
`,
};

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Origin } from "@moqscope/lite";
import { type Access, overHttp } from "../entrance/access.ts";
import { tokenOf } from "../entrance/entry.ts";
import type { Origins } from "../entrance/origins.ts";
import { refusals } from "../entrance/refusal.ts";
import { RootedOrigin } from "../session/rooted-origin.ts";
import { type Answer, parseTarget, send, text } from "./answer.ts";
import type { GroupFetch } from "./group-fetch.ts";

export interface PublicEndpoints {
  readonly origin: Origin;
  readonly access: Access;
  readonly origins: Origins;
  readonly fetch: GroupFetch;
  /** Hex SHA-256 of the certificate that WebTransport clients pin; absent while there is no WebTransport. */
  sha256(): string | undefined;
}

/** GET endpoints of the public listener (relay-behaviour §8.1). Metrics are on the admin listener only. */
export function publicEndpoints(endpoints: PublicEndpoints): RequestListener {
  return (request, response) => {
    const cors = endpoints.origins.headers(request.headers.origin);
    route(endpoints, request, { response, cors }).then(
      (answer) => answer && send(response, { ...answer, headers: { ...cors, ...answer.headers } }),
      // What fails here is ours, and ends this connection.
      () => response.destroy(),
    );
  };
}

/** `undefined` when the answer was streamed. */
async function route(
  endpoints: PublicEndpoints,
  request: IncomingMessage,
  { response, cors }: { readonly response: ServerResponse; readonly cors: Readonly<Record<string, string>> },
): Promise<Answer | undefined> {
  const { method, url: target } = request;
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
  if (first === "announced") return await announced(endpoints, rest.join("/"), tokenOf(parsed.query));
  if (first === "fetch") {
    if (method === "HEAD") return { ...text(405, "only GET is served here\n"), headers: { allow: "GET, OPTIONS" } };
    return await endpoints.fetch.serve(request, response, { segments: rest, query: parsed.query, headers: cors });
  }
  return landingPage;
}

/** Paths below the prefix that may be watched, relative to it, one a line, none after the last. */
async function announced({ origin, access }: PublicEndpoints, prefix: string, token: string | undefined): Promise<Answer> {
  const decision = await access.decide(prefix, token, overHttp);
  if (decision.kind === "refused") return text(refusals[decision.refusal].status, `${decision.why}\n`);
  if (decision.permit.get.length === 0) {
    access.failed("scope", overHttp, "the token does not let watch here");
    return text(401, "the token does not let watch here\n");
  }
  return text(200, new RootedOrigin(origin, () => decision.permit).paths.toSorted().join("\n"));
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

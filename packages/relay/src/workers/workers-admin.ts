import { createServer, type Server } from "node:http";
import { type Answer, json, parseTarget, send, text } from "../http/answer.ts";
import { mergeMetrics } from "./merge-metrics.ts";
import type { Workers } from "./workers.ts";

export interface WorkersAdmin {
  readonly workers: Workers;
  readonly config: () => unknown;
}

/** A worker that does not answer must not hold whoever asks for all of them. */
const patienceMs = 5_000;

/** The admin listener of a relay with several workers: asks each of them, and answers for all. */
export function workersAdmin(endpoints: WorkersAdmin): Server {
  return createServer({ keepAlive: false, headersTimeout: 5_000, requestTimeout: 10_000, maxHeaderSize: 16_384 }, (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    answer(endpoints, { method, url, origin: headers.origin }).then(
      (given) => send(response, given),
      (error: unknown) =>
        send(response, text(502, `a worker does not answer: ${error instanceof Error ? error.message : String(error)}\n`)),
    );
  });
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly origin: string | undefined;
}

async function answer(endpoints: WorkersAdmin, { method, url, origin }: Asked): Promise<Answer> {
  const path = parseTarget(url)?.path;
  if (method === "POST" && path === "/webtransport") {
    if (origin !== undefined) return text(403, "not from a browser\n");
    return (await ask(endpoints.workers, url, "POST"))[0] ?? text(503, "not ready\n");
  }
  if (method !== "GET" && method !== "HEAD") return { ...text(405, "only GET is served here\n"), headers: { allow: "GET, HEAD" } };
  return get(endpoints, path, url);
}

async function get({ workers, config }: WorkersAdmin, path: string | undefined, url: string): Promise<Answer> {
  switch (path) {
    case "/health":
      return text(200, "ok\n");
    case "/ready":
      return workers.isReady ? text(200, "ok\n") : text(503, "not ready\n");
    case "/config":
      return json(config());
    case "/metrics": {
      const pages = await ask(workers, url);
      return { status: 200, type: "text/plain; version=0.0.4", body: mergeMetrics(pages.map(({ body }) => body)) };
    }
    case undefined:
    default: {
      const answers = await ask(workers, url);
      const [first] = answers;
      if (!first || first.status !== 200) return first ?? text(503, "not ready\n");
      // Each worker has lists and sums of its own.
      return json({ workers: answers.map(({ body }) => JSON.parse(body) as unknown) });
    }
  }
}

/** What each of them says, the first one first. */
function ask({ serving }: Workers, url: string, method: "GET" | "POST" = "GET"): Promise<Answer[]> {
  return Promise.all(
    (method === "POST" ? serving.slice(0, 1) : serving).map(async ({ adminUrl }) => {
      const response = await fetch(`${adminUrl}${url}`, { method, signal: AbortSignal.timeout(patienceMs) });
      const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
      return { status: response.status, type: isJson ? "application/json" : "text/plain", body: await response.text() } as const;
    }),
  );
}

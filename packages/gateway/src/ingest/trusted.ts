import { formatOf } from "../http/body.ts";
import type { Handler } from "../http/listener.ts";
import type { Partial } from "../otlp/answer.ts";
import { accepted } from "../otlp/answer.ts";
import { decodeLogs, decodeMetrics, decodeSpans } from "../otlp/decode.ts";
import type { Store } from "../store/store.ts";
import type { FaceParts, Post } from "./face.ts";
import { handlePost, notFound, signalOf, wrongMethod } from "./face.ts";
import { identityOf } from "./identity.ts";
import { type Records, trustedLog, trustedSpan } from "./records.ts";
import { TrustedMetrics } from "./trusted-metrics.ts";

const limits = { wire: 4 * 1024 * 1024, inflated: 16 * 1024 * 1024 } as const;

/** The trusted face (4318): any OTLP, stored as it was sent. */
export function trustedFace(parts: Pick<FaceParts, "clock" | "metrics"> & { readonly store: Store; readonly records: Records }): Handler {
  const { clock, metrics, store, records } = parts;
  const trusted = new TrustedMetrics(store, ({ reason, count }) => metrics.refused("metrics", reason, count));
  const take = ({ signal, format, body }: Post): Partial => {
    const nowMs = clock.now();
    switch (signal) {
      case "metrics":
        return trusted.ingest(decodeMetrics(format, body), nowMs);
      case "traces":
        for (const { resource, spans } of decodeSpans(format, body)) {
          for (const span of spans) records.spans.push(trustedSpan(span, identityOf(resource)), nowMs);
        }
        return accepted;
      case "logs":
        for (const { resource, logs } of decodeLogs(format, body)) {
          for (const log of logs) records.logs.push(trustedLog(log, identityOf(resource), nowMs), nowMs);
        }
        return accepted;
    }
  };
  return async (request, response) => {
    const signal = signalOf((request.url ?? "").split("?", 1)[0] ?? "");
    if (signal === undefined) return notFound(response, "post OTLP to /v1/metrics, /v1/traces or /v1/logs");
    if (request.method !== "POST") return wrongMethod(response, "POST");
    // a page in a browser has no business here: it would be a stranger with a trusted voice
    if (request.headers.origin !== undefined) return notFound(response, "pages report to the public ingest");
    await handlePost({ clock, metrics, limits, formatOf, take }, signal, { request, response });
  };
}

import type { Exporter } from "../export/exporter.ts";
import { formatOf } from "../http/body.ts";
import type { Origins } from "../http/cors.ts";
import type { Handler } from "../http/listener.ts";
import { sendJson } from "../http/respond.ts";
import type { Format, Partial } from "../otlp/answer.ts";
import { accepted } from "../otlp/answer.ts";
import { decodeLogs, decodeMetrics, decodeSpans } from "../otlp/decode.ts";
import type { Records } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { FaceParts, Post } from "./face.ts";
import { handlePost, notFound, signalOf, wrongMethod } from "./face.ts";
import { identityOf } from "./identity.ts";
import { trustedLog, trustedSpan } from "./records.ts";
import { TrustedMetrics } from "./trusted-metrics.ts";

const limits = { wire: 4 * 1024 * 1024, inflated: 16 * 1024 * 1024 } as const;

interface TrustedParts extends Pick<FaceParts<Format, void>, "clock" | "metrics"> {
  readonly store: Store;
  readonly records: Records;
  /** Pages with an OpenTelemetry SDK that may export here. */
  readonly origins: Origins;
  /** Sends requests on as they came, where there is somewhere to send them. */
  readonly exporter: Pick<Exporter, "forward"> | undefined;
}

/** The trusted face (4318): any OTLP, stored as it was sent, and sent on unchanged. */
export function trustedFace(parts: TrustedParts): Handler {
  const { clock, metrics, store, records, origins, exporter } = parts;
  const trusted = new TrustedMetrics(store, ({ reason, count }) => metrics.refused("metrics", reason, count));
  const take = ({ signal, format, body }: Post): Partial => {
    const nowMs = clock.now();
    switch (signal) {
      case "metrics": {
        const request = decodeMetrics(format, body);
        exporter?.forward({ signal, format, body, request });
        return trusted.ingest(request, nowMs);
      }
      case "traces": {
        const found = decodeSpans(format, body).flatMap(({ resource, spans }) =>
          spans.map((span) => trustedSpan(span, identityOf(resource))),
        );
        exporter?.forward({ signal, format, body, items: found.length });
        for (const span of found) records.traces.push(span, nowMs);
        return accepted;
      }
      case "logs": {
        const found = decodeLogs(format, body).flatMap(({ resource, logs }) =>
          logs.map((log) => trustedLog(log, identityOf(resource), nowMs)),
        );
        exporter?.forward({ signal, format, body, items: found.length });
        for (const log of found) records.logs.push(log, nowMs);
        return accepted;
      }
    }
  };
  return async (request, response) => {
    const signal = signalOf((request.url ?? "").split("?", 1)[0] ?? "");
    if (signal === undefined) return notFound(response, "post OTLP to /v1/metrics, /v1/traces or /v1/logs");
    // a page in a browser is a stranger with a trusted voice, unless somebody named its origin
    if (!origins.admit(request, response)) {
      metrics.refused(signal, "origin");
      return sendJson(response, 403, {
        error: "pages of this origin may not export here",
        remedy:
          "players report to the public ingest; for a page with an OpenTelemetry SDK start the gateway with --otlp-allow-origin and its origin",
      });
    }
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (request.method !== "POST") return wrongMethod(response, "POST");
    await handlePost({ clock, metrics, limits, formatOf, admit: () => undefined, take }, signal, { request, response });
  };
}

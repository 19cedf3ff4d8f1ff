import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { GatewayError, malformed } from "../error.ts";
import type { Format } from "../otlp/answer.ts";

export interface BodyLimits {
  /** Bytes on the wire. */
  readonly wire: number;
  /** Bytes after inflation, held during inflation. */
  readonly inflated: number;
}

/** The OTLP format of a request by its Content-Type. Throws GatewayError `content_type`. */
export function formatOf(request: IncomingMessage): Format {
  const type = mediaTypeOf(request);
  if (type === "application/json") return "otlp_json";
  if (type === "application/x-protobuf") return "otlp_proto";
  throw new GatewayError("content_type", "send application/json or application/x-protobuf");
}

/** Event mode is posted as application/cmcd (CTA-5004-B); text/cmcd is its name in earlier drafts. Throws GatewayError `content_type`. */
export function cmcdFormatOf(request: IncomingMessage): "cmcd" {
  const type = mediaTypeOf(request);
  if (type === "application/cmcd" || type === "text/cmcd") return "cmcd";
  throw new GatewayError("content_type", "send application/cmcd, as CMCD v2 event mode does");
}

function mediaTypeOf(request: IncomingMessage): string | undefined {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
}

/** The whole body, inflated where it is gzip. Throws GatewayError `too_large`, `inflated_too_large`, `content_type` or `malformed`. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (encoding !== "identity" && encoding !== "gzip") throw new GatewayError("content_type", "send Content-Encoding gzip or none");
  if (Number(request.headers["content-length"] ?? 0) > limits.wire) throw tooLarge(limits);
  const wire = await collect(request, limits);
  return encoding === "gzip" ? inflate(wire, limits) : wire;
}

/** By its events, which cost a tenth of what an iterator does. What is refused is not destroyed: the answer still has to go back. */
function collect(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.wire) reject(tooLarge(limits));
      else chunks.push(chunk);
    });
    request.once("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)));
    request.once("error", reject);
    request.once("close", () => {
      // an error costs a stack: not one for each request that is whole
      if (!request.complete) reject(malformed("the connection ended before the body did"));
    });
  });
}

/**
 * Inflates at once and stops at the limit: a bomb costs no more memory than an honest body. A body on the wire is so small that this takes
 * less time than handing it to another thread would.
 */
function inflate(wire: Buffer, limits: BodyLimits): Buffer {
  try {
    return gunzipSync(wire, { maxOutputLength: limits.inflated });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE")
      throw new GatewayError("inflated_too_large", `the body inflates to more than ${limits.inflated} bytes`);
    throw malformed("the body is no gzip stream", cause);
  }
}

function tooLarge({ wire }: BodyLimits): GatewayError {
  return new GatewayError("too_large", `the body has more than ${wire} bytes`);
}

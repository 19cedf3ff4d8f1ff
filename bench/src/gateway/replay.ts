import { gzipSync } from "node:zlib";
import type { RecordedReport } from "./recording.ts";

/** A recorded report that any session can send: the places of the session's id are written over, the rest stays as it was. */
export interface Template {
  readonly body: Buffer;
  /** Where the session's id stands in the body. */
  readonly idAt: number;
  readonly isPacked: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

const idLength = 36;

/** The reports of each recorded session, in their order. @throws RangeError if a body has no session's id. */
export function templates(recording: readonly RecordedReport[]): Template[][] {
  const sessions: Template[][] = [];
  for (const { session, body, headers } of recording) {
    const bytes = Buffer.from(body);
    const idAt = bytes.indexOf(`"session.id","value":{"stringValue":"`) + `"session.id","value":{"stringValue":"`.length;
    if (bytes.indexOf('"', idAt) !== idAt + idLength) throw new RangeError("a recorded body has no session.id of 36 characters");
    (sessions[session] ??= []).push({ body: bytes, idAt, isPacked: headers["content-encoding"] === "gzip", headers });
  }
  return sessions;
}

/** The id of a replayed session: as long as a recorded one. */
export function sessionId(pass: number, session: number): string {
  return `${String(pass).padStart(8, "0")}-bench-${String(session).padStart(idLength - 15, "0")}`;
}

/** The report of that session, in the template's own memory: it holds until the template is used again. */
export function written({ body, idAt }: Template, id: string): Buffer {
  body.write(id, idAt, "latin1");
  return body;
}

/** What goes over the wire for that session, in memory of its own. */
export function packed(template: Template, id: string): Buffer {
  const body = written(template, id);
  return template.isPacked ? gzipSync(body) : Buffer.from(body);
}

/** One line of a child, read: a log record of ours, or text of somebody else's. */
export type LogLine =
  | { readonly kind: "record"; readonly level: Level; readonly event?: string; readonly message: string; readonly fields: Fields }
  | { readonly kind: "text"; readonly text: string };

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Readonly<Record<string, unknown>>;

/** Reads the form of docs: one JSON object per line with `level`, `event`, `message` and flat fields. */
export function readLogLine(line: string): LogLine {
  const record = parseObject(line);
  if (record === undefined) return { kind: "text", text: line };
  const { level, event, message, msg, ...fields } = record;
  return {
    kind: "record",
    level: readLevel(level),
    ...(typeof event === "string" ? { event } : {}),
    message: [message, msg, event].find((text) => typeof text === "string") ?? line,
    fields,
  };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // Not one of ours, so it is shown as it stands.
    return undefined;
  }
}

function readLevel(level: unknown): Level {
  if (level === "debug" || level === "trace" || level === 10 || level === 20) return "debug";
  if (level === "warn" || level === 40) return "warn";
  return level === "error" || level === "fatal" || level === 50 || level === 60 ? "error" : "info";
}

/** What a person wants to know of a change of state, in this order. */
const shown = ["broadcast", "peer", "transport", "reason", "error.type", "retry_in_ms", "active"];

/** What each process says at start and end, which the block, the lines of the QUIC build and the last line already tell. */
const untold = new Set(["moq.ready", "moq.webtransport", "moq.stopping", "moq.gateway.started", "moq.gateway.insecure"]);

/** The record as one short line for a person, or undefined where there is nothing to tell. */
export function humanLine(name: string, line: LogLine, paint: Paint): string | undefined {
  if (line.kind === "text") return line.text.trim() === "" ? undefined : `${paint.dim(name.padEnd(9))} ${line.text}`;
  const loud = line.level === "warn" || line.level === "error";
  if (line.level === "debug" || (!loud && untold.has(line.event ?? ""))) return undefined;
  const news = (key: string): boolean => isShort(line.fields[key]) && !line.message.includes(String(line.fields[key]));
  const details = shown.filter(news).map((key) => `${key.replaceAll("_", " ")} ${String(line.fields[key])}`);
  const text = [line.message, ...details].join(", ");
  const marked = line.level === "error" ? paint.red(`error: ${text}`) : line.level === "warn" ? paint.yellow(`warning: ${text}`) : text;
  return `${paint.dim(name.padEnd(9))} ${marked}`;
}

function isShort(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value !== "" && value.length < 120);
}

/** Colours, or nothing where the output is no terminal. */
export interface Paint {
  dim(text: string): string;
  bold(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Colours for a terminal that wants them (`NO_COLOR` says that it does not). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): Paint {
  const plain = stream.isTTY !== true || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  const wrap = (code: number, end: number) => (text: string) => (plain ? text : `\u001b[${code}m${text}\u001b[${end}m`);
  return { dim: wrap(2, 22), bold: wrap(1, 22), red: wrap(31, 39), yellow: wrap(33, 39), cyan: wrap(36, 39) };
}

import type { LogsAnswer, MetricsAnswer, SeriesAnswer, SessionsAnswer, Summary, TracesAnswer } from "@moqscope/telemetry/query";

/** An answer that is not what the query API promises: another program, or a gateway of another version, is listening. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}

type Shape = Readonly<Record<string, "array" | "object">>;

/** Checks the parts that the views iterate over; the values in them are only ever shown as text or as numbers. */
function shaped<T>(what: string, shape: Shape): (value: unknown) => T {
  return (value) => {
    if (typeof value !== "object" || value === null) throw new AnswerError(`${what}: the gateway answered ${typeof value}, not an object`);
    const fields = value as Readonly<Record<string, unknown>>;
    if (typeof fields["nowMs"] !== "number") throw new AnswerError(`${what}: the gateway's answer has no time`);
    for (const [key, kind] of Object.entries(shape)) {
      const field = fields[key];
      const fits = kind === "array" ? Array.isArray(field) : typeof field === "object" && field !== null;
      if (!fits) throw new AnswerError(`${what}: ${key} is no ${kind}`);
    }
    return value as T;
  };
}

/** Each throws `AnswerError` for what is not the answer. */
export const readSummary: (value: unknown) => Summary = shaped("summary", {
  broadcasts: "array",
  transports: "array",
  sources: "array",
  sessions: "object",
});
export const readSeries: (value: unknown) => SeriesAnswer = shaped("series", { series: "array" });
export const readMetrics: (value: unknown) => MetricsAnswer = shaped("metrics", { metrics: "array" });
export const readSessions: (value: unknown) => SessionsAnswer = shaped("sessions", { sessions: "array" });
export const readTraces: (value: unknown) => TracesAnswer = shaped("traces", { spans: "array" });
export const readLogs: (value: unknown) => LogsAnswer = shaped("logs", { logs: "array" });

import { reportAttributes, reportHeaders } from "@moqscope/telemetry";
import { vi } from "vitest";
import { ReportState } from "../../../../packages/telemetry/src/browser/report-state.ts";
import type { Request } from "./exchange.ts";
import type { WorldOptions } from "./world.ts";

/** A fault planted in a world: what a gateway gets in place of what was sent, or a client that errs. */
export interface Mutant {
  readonly name: string;
  readonly tamper?: () => NonNullable<WorldOptions["tamper"]>;
  readonly plant?: () => void;
}

/** A report as a session's first one: whoever gets it has no baseline for it, and counts it whole. */
function asNew(request: Request, process: string, mark: number): Request {
  if (request.path !== "/v1/metrics" || request.headers["content-type"] !== "application/json" || "content-encoding" in request.headers)
    return request;
  const body = Buffer.from(request.body)
    .toString()
    .replace(/("session\.id","value":\{"stringValue":")[^"]*/, (_, before: string) => `${before}another-session-${mark}`)
    .replace(new RegExp(`("${reportAttributes.acked}","value":\\{"intValue":")\\d+`), "$10");
  return { ...request, headers: { ...request.headers, [reportHeaders.gateway]: process }, body: Buffer.from(body) };
}

export const mutants: readonly Mutant[] = [
  {
    name: "a gateway that counts a repeated report again",
    tamper: () => {
      const seen = new Set<string>();
      let marks = 0;
      return (request, process) => {
        const body = Buffer.from(request.body).toString();
        const isRepeat = seen.has(body);
        seen.add(body);
        return isRepeat ? asNew(request, process, marks++) : request;
      };
    },
  },
  {
    name: "a gateway that forgets the baseline of every tenth report's session",
    tamper: () => {
      let reports = 0;
      return (request, process) => (++reports % 10 === 0 ? asNew(request, process, reports) : request);
    },
  },
  {
    name: "a gateway that takes values meant for another process",
    tamper: () => (request, process) => ({ ...request, headers: { ...request.headers, [reportHeaders.gateway]: process } }),
  },
  {
    name: "a client that takes a resync for an acknowledgement",
    plant: () => {
      vi.spyOn(ReportState.prototype, "resync").mockImplementation(function (this: ReportState, report) {
        this.acknowledged(report);
      });
    },
  },
  {
    name: "a client that forgets what it sent without an answer",
    plant: () => {
      vi.spyOn(ReportState.prototype, "unanswered").mockImplementation(function (this: ReportState, report) {
        this.refused(report);
      });
    },
  },
];

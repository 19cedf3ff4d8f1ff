import { LiteError, LiteErrorCode, type TransportClosed } from "@moqscope/lite";
import { expect, test } from "vitest";
import { closeError, closeReason, errorType, failedResult } from "./classify.ts";

const closed = (code: number, by: TransportClosed["by"] = "peer"): TransportClosed => ({
  clean: code === 0 && by !== "lost",
  code,
  reason: "",
  by,
});

test.each([
  [closed(0), "clean", undefined],
  [closed(0, "local"), "clean", undefined],
  [closed(0, "lost"), "transport_lost", "transport_lost"],
  [closed(3, "lost"), "idle_timeout", "timeout"],
  [closed(3, "local"), "idle_timeout", "timeout"],
  [closed(4), "transport_lost", "transport_lost"],
  [closed(5, "local"), "protocol_violation", "protocol_violation"],
  [closed(6), "unauthorized", "unauthorized"],
  [closed(11), "protocol_violation", "protocol_violation"],
  [closed(15), "protocol_violation", "protocol_violation"],
  [closed(1002, "local"), "protocol_violation", "protocol_violation"],
  [closed(26, "local"), "overload", "other"],
  [closed(99), "other", "other"],
] as const)("a close %o is %s and the error %s", (how, reason, error) => {
  expect(closeReason(how)).toBe(reason);
  expect(closeError(closeReason(how))).toBe(error);
});

test("every code of an error has a class, and one without a route is told from one not found", () => {
  for (const code of Object.values(LiteErrorCode)) expect(errorType(new LiteError(code, "")), code).toBeTypeOf("string");
  expect(errorType(new LiteError("not_found", "", { wireCode: 13 }))).toBe("not_found");
  expect(errorType(new LiteError("not_found", "", { wireCode: 30 }))).toBe("unroutable");
});

test.each([
  ["version_mismatch", closed(9), "version_mismatch"],
  ["unauthorized", closed(6), "unauthorized"],
  ["timeout", closed(3, "local"), "setup_error"],
  ["protocol_violation", closed(15, "local"), "setup_error"],
  ["transport_closed", closed(0, "lost"), "transport_error"],
  ["transport_closed", closed(1002, "local"), "setup_error"],
] as const)("an attempt that failed with %s settles as one result", (code, how, result) => {
  expect(failedResult(new LiteError(code, ""), how)).toBe(result);
});

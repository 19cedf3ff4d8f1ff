import { type LiteError, LiteErrorCode } from "@moqscope/lite";

/** Codes that peers give for groups they do not deliver (moq-lite, codes on RESET, STOP_SENDING and session close). */
const names: Readonly<Record<number, string>> = {
  0: "unavailable",
  2: "old",
  3: "timeout",
  4: "transport",
  13: "not found",
  24: "dropped",
  25: "closed",
  26: "lagged",
  30: "unroutable",
  31: "evicted",
};

/** The peer's code in words; a code without a name stays a number. */
export function dropReason(code: number): string {
  return names[code] ?? `code ${code}`;
}
/** Why a group or a track was cut off, in words that are the same for the same cause. */
export function failureReason(error: LiteError): string {
  if (error.code === LiteErrorCode.transportClosed) return "reconnect";
  if (error.code === LiteErrorCode.streamReset) return `reset: ${dropReason(error.wireCode ?? 0)}`;
  return error.code.replaceAll("_", " ");
}

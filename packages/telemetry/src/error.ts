export type TelemetryErrorCode = "endpoint_invalid" | "mixed_content" | "option_invalid" | "exporter_missing" | "token_refused" | "failed";

/** What is wrong with how telemetry was set up; `message` names the value. */
export class TelemetryError extends Error {
  readonly code: TelemetryErrorCode;

  constructor(code: TelemetryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TelemetryError";
    this.code = code;
  }
}

/** Instrumentation scope of everything recorded through a `Recorder`. */
export const scopeName = "@moqscope/telemetry";

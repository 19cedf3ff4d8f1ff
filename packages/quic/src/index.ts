export { connectQuic } from "./client.ts";
export { QuicError, type QuicErrorKind } from "./error.ts";
export { quicAvailable } from "./native.ts";
export { listenQuic } from "./server.ts";
export type * from "./types.ts";

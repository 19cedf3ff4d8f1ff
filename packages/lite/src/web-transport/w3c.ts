/**
 * What is used of a W3C `WebTransport` object, as structure: browsers, @fails-components/webtransport and whatever else has its
 * shape. Chromium 156 has neither `getStats` nor `sendOrder`; nothing that is optional here is ever required.
 */
export interface W3cWebTransport {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  /** What the server chose of the protocols offered. */
  readonly protocol?: string;
  /** `reliable-only` over HTTP/2. */
  readonly reliability?: string;
  readonly incomingBidirectionalStreams: W3cReadable<W3cBidi>;
  readonly incomingUnidirectionalStreams: W3cReadable<W3cReadable<Uint8Array>>;
  readonly datagrams?: W3cDatagrams;
  createBidirectionalStream(options?: W3cSendOptions): Promise<W3cBidi>;
  createUnidirectionalStream(options?: W3cSendOptions): Promise<W3cWritable>;
  getStats?(): Promise<W3cStats>;
  close(info?: { readonly closeCode?: number; readonly reason?: string }): unknown;
}
export interface W3cSendOptions {
  readonly sendOrder?: number;
  readonly waitUntilAvailable?: boolean;
}
export interface W3cBidi {
  readonly readable: W3cReadable<Uint8Array>;
  readonly writable: W3cWritable;
}
export interface W3cReadable<T> {
  getReader(): W3cReader<T>;
}
export interface W3cReader<T> {
  read(): Promise<W3cRead<T>>;
  cancel(reason?: unknown): Promise<unknown>;
}
export interface W3cRead<T> {
  readonly done: boolean;
  readonly value?: T | undefined;
}
export interface W3cWritable {
  sendOrder?: number;
  getWriter(): W3cWriter;
}
export interface W3cWriter {
  readonly closed: Promise<unknown>;
  readonly ready: Promise<unknown>;
  readonly desiredSize: number | null;
  write(chunk: Uint8Array): Promise<unknown>;
  close(): Promise<unknown>;
  abort(reason?: unknown): Promise<unknown>;
}
export interface W3cDatagrams {
  readonly readable: W3cReadable<Uint8Array>;
  /** Where there is no `createWritable`. */
  readonly writable?: W3cWritable;
  createWritable?(): W3cWritable;
  readonly maxDatagramSize: number;
  incomingHighWaterMark?: number;
  outgoingHighWaterMark?: number;
}
/** Smoothed round trip in milliseconds; what an implementation does not measure is absent or 0. */
export interface W3cStats {
  readonly smoothedRtt?: number;
  readonly minRtt?: number;
  readonly estimatedSendRate?: number | null;
  readonly packetsSent?: number | bigint;
  readonly packetsLost?: number | bigint;
  readonly packetsReceived?: number | bigint;
}

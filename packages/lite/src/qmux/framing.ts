/** What a framing does differently: data, so that another one is another row (qmux-websocket §2). */
export interface Framing {
  readonly name: string;
  /** Transport parameters must be the first frame. */
  readonly parametersFirst: boolean;
  /** RESET_STREAM_AT is announced by parameter 0x1d and understood. */
  readonly resetStreamAt: boolean;
  /** QX_PING sequences must rise, and a response must answer a request. */
  readonly orderedPings: boolean;
}
const qmux02: Framing = { name: "qmux-02", parametersFirst: true, resetStreamAt: true, orderedPings: true };
const qmux01: Framing = { name: "qmux-01", parametersFirst: false, resetStreamAt: false, orderedPings: false };

/** Framings that this package speaks, newest first. */
export const framings: readonly Framing[] = [qmux02, qmux01];

/** First varint of a bidirectional stream (moq-lite §5). */
export const BidiType = {
  announce: 0x01,
  subscribe: 0x02,
  fetch: 0x03,
  probe: 0x04,
  goaway: 0x05,
  track: 0x06,
  legacySetup: 0x20,
} as const;
export type BidiType = (typeof BidiType)[keyof typeof BidiType];

/** First varint of a unidirectional stream (moq-lite §5). */
export const UniType = { group: 0x00, setup: 0x01 } as const;
export type UniType = (typeof UniType)[keyof typeof UniType];

/** The parts of WebCodecs that the player uses, so that a test can stand in for them. */
export interface DecoderLike<C, D> {
  readonly state: "unconfigured" | "configured" | "closed";
  readonly decodeQueueSize: number;
  configure(config: C): void;
  decode(chunk: D): void;
  close(): void;
}
export interface DecoderCallbacks<O> {
  readonly output: (output: O) => void;
  readonly error: (error: DOMException) => void;
}
export type Picture = Pick<VideoFrame, "timestamp" | "displayWidth" | "displayHeight" | "close">;
export type Sound = Pick<AudioData, "timestamp" | "numberOfFrames" | "numberOfChannels" | "sampleRate" | "copyTo" | "close">;
export interface ChunkInit {
  readonly type: "key" | "delta";
  readonly timestamp: number;
  readonly data: Uint8Array;
}
/** What decodes: the browser's WebCodecs unless a test says otherwise. */
export interface MediaPlatform {
  /** Whether the browser can decode it; false where there is no WebCodecs at all (pages that are not secure). */
  supportsVideo(config: VideoDecoderConfig): Promise<boolean>;
  supportsAudio(config: AudioDecoderConfig): Promise<boolean>;
  videoDecoder(callbacks: DecoderCallbacks<Picture>): DecoderLike<VideoDecoderConfig, ChunkInit>;
  audioDecoder(callbacks: DecoderCallbacks<Sound>): DecoderLike<AudioDecoderConfig, ChunkInit>;
}

/** WebCodecs of this browser. */
export const webCodecs: MediaPlatform = {
  async supportsVideo(config) {
    return "VideoDecoder" in globalThis && (await supported(() => VideoDecoder.isConfigSupported(config)));
  },
  async supportsAudio(config) {
    return "AudioDecoder" in globalThis && (await supported(() => AudioDecoder.isConfigSupported(config)));
  },
  videoDecoder(callbacks) {
    const decoder = new VideoDecoder(callbacks);
    return facade(decoder, (init) => new EncodedVideoChunk(init));
  },
  audioDecoder(callbacks) {
    const decoder = new AudioDecoder(callbacks);
    return facade(decoder, (init) => new EncodedAudioChunk(init));
  },
};

async function supported(ask: () => Promise<{ supported?: boolean }>): Promise<boolean> {
  try {
    return (await ask()).supported === true;
  } catch {
    // A codec string that the browser cannot even read is one it cannot decode.
    return false;
  }
}
function facade<C, D>(
  decoder: {
    readonly state: CodecState;
    readonly decodeQueueSize: number;
    configure(config: C): void;
    decode(chunk: D): void;
    close(): void;
  },
  chunk: (init: ChunkInit & { data: Uint8Array<ArrayBuffer> }) => D,
): DecoderLike<C, ChunkInit> {
  return {
    get state() {
      return decoder.state;
    },
    get decodeQueueSize() {
      return decoder.decodeQueueSize;
    },
    configure: (config) => decoder.configure(config),
    decode: (init) => decoder.decode(chunk(init as ChunkInit & { data: Uint8Array<ArrayBuffer> })),
    close: () => decoder.close(),
  };
}

/** Bytes of a `description` field. */
export function hexBytes(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

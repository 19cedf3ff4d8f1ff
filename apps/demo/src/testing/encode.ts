/** One encoded frame, as WebCodecs gave it. */
export interface Encoded {
  readonly keyframe: boolean;
  readonly payload: Uint8Array;
}
export const framesPerSecond = 25;

/** A second of VP9 in a flat colour with a moving bar: a keyframe and what depends on it. */
export async function encodeVideo(width: number, height: number, colour: string): Promise<readonly Encoded[]> {
  const frames: Encoded[] = [];
  const encoder = new VideoEncoder({ output: (chunk) => frames.push(copy(chunk)), error: fail });
  encoder.configure({ codec: "vp09.00.30.08", width, height, bitrate: 400_000, framerate: framesPerSecond, latencyMode: "realtime" });
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  for (let index = 0; index < framesPerSecond; index++) {
    if (!context) throw new Error("no 2d context");
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "white";
    context.fillRect((index * width) / framesPerSecond, 0, width / framesPerSecond, height);
    const frame = new VideoFrame(canvas, { timestamp: (index * 1e6) / framesPerSecond });
    encoder.encode(frame, { keyFrame: index === 0 });
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  return frames;
}

/** A second of a 440 Hz tone as Opus, in frames of 20 ms. */
export async function encodeTone(): Promise<readonly Encoded[]> {
  const frames: Encoded[] = [];
  const sampleRate = 48_000;
  const encoder = new AudioEncoder({ output: (chunk) => frames.push(copy(chunk)), error: fail });
  encoder.configure({ codec: "opus", sampleRate, numberOfChannels: 1, bitrate: 48_000 });
  for (let index = 0; index < 50; index++) {
    const data = Float32Array.from({ length: 960 }, (_, i) => 0.3 * Math.sin((2 * Math.PI * 440 * (index * 960 + i)) / sampleRate));
    const sound = new AudioData({ format: "f32", sampleRate, numberOfFrames: 960, numberOfChannels: 1, timestamp: index * 20_000, data });
    encoder.encode(sound);
    sound.close();
  }
  await encoder.flush();
  encoder.close();
  return frames.slice(0, 50);
}

function copy(chunk: EncodedVideoChunk | EncodedAudioChunk): Encoded {
  const payload = new Uint8Array(chunk.byteLength);
  chunk.copyTo(payload);
  return { keyframe: chunk.type === "key", payload };
}
function fail(error: DOMException): never {
  throw error;
}

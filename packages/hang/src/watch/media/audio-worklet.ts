/**
 * The sound card's side, as the text of a module: it runs in an AudioWorkletGlobalScope, apart from everything here. Samples are
 * placed by media time; what is not there is silence.
 */
export const audioWorkletSource = `
const maxSeconds = 10;
class MoqscopeRing extends AudioWorkletProcessor {
  constructor() {
    super();
    this.chunks = [];
    this.offset = undefined;
    this.anchor = 0;
    this.square = 0;
    this.played = 0;
    this.silent = 0;
    this.quanta = 0;
    this.stopped = false;
    this.port.onmessage = ({ data }) => this.receive(data);
  }
  receive(message) {
    if (message.kind === "chunks") for (const chunk of message.chunks) this.insert(chunk);
    else if (message.kind === "anchor") {
      this.offset = Math.round((message.mediaUs * sampleRate) / 1e6 - message.contextSeconds * sampleRate);
      this.anchor = message.id;
    }
    else if (message.kind === "hold") this.offset = undefined;
    else if (message.kind === "clear") this.chunks = [];
    else if (message.kind === "end") this.stopped = true;
  }
  insert({ timestampUs, channels }) {
    const frames = channels[0].length;
    let start = Math.round((timestampUs * sampleRate) / 1e6);
    const last = this.chunks.at(-1);
    // Timestamps are rounded to µs: chunks that touch within 2 ms are one sound.
    if (last && Math.abs(start - last.end) < sampleRate * 0.002) start = last.end;
    let at = this.chunks.length;
    while (at > 0 && this.chunks[at - 1].start > start) at--;
    this.chunks.splice(at, 0, { start, end: start + frames, channels });
    while (this.chunks.length > 1 && this.chunks.at(-1).end - this.chunks[0].start > maxSeconds * sampleRate) this.chunks.shift();
  }
  process(_, [output]) {
    const count = output[0].length;
    if (this.offset !== undefined) this.fill(output, currentFrame + this.offset, count);
    if (++this.quanta % 40 === 0) this.report();
    return !this.stopped;
  }
  fill(output, from, count) {
    while (this.chunks.length > 0 && this.chunks[0].end <= from) this.chunks.shift();
    let heard = 0;
    for (const chunk of this.chunks) {
      const begin = Math.max(from, chunk.start);
      const end = Math.min(from + count, chunk.end);
      if (chunk.start >= from + count) break;
      if (end <= begin) continue;
      for (let channel = 0; channel < output.length; channel++) {
        const source = chunk.channels[Math.min(channel, chunk.channels.length - 1)];
        const part = source.subarray(begin - chunk.start, end - chunk.start);
        output[channel].set(part, begin - from);
        // Every eighth sample tells how loud it is.
        if (channel === 0) for (let at = 0; at < part.length; at += 8) this.square += 8 * part[at] * part[at];
      }
      heard += end - begin;
    }
    this.played += heard;
    this.silent += count - heard;
  }
  report() {
    const total = this.played + this.silent;
    this.port.postMessage({
      level: total > 0 ? Math.sqrt(this.square / total) : undefined,
      played: this.played,
      silent: this.silent,
      anchor: this.anchor,
      mediaUs: ((currentFrame + (this.offset ?? 0)) / sampleRate) * 1e6,
      contextSeconds: currentFrame / sampleRate,
    });
    this.square = this.played = this.silent = 0;
  }
}
registerProcessor("moqscope-ring", MoqscopeRing);
`;

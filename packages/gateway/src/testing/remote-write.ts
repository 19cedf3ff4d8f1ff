import { stale } from "../tsdb/sample.ts";

/** A series with its samples, as Prometheus' remote write 1.0 takes it. */
export interface WriteSeries {
  readonly labels: readonly (readonly [string, string])[];
  /** Epoch milliseconds and value; `stale` is written as Prometheus' marker. */
  readonly samples: readonly (readonly [number, number])[];
}

const staleNaN = Buffer.from([0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

/** A prometheus.WriteRequest (protobuf), in a snappy block that holds only literals. */
export function writeRequest(series: readonly WriteSeries[]): Buffer {
  return snappy(Buffer.concat(series.map((each) => field(1, timeSeries(each)))));
}

function timeSeries({ labels, samples }: WriteSeries): Buffer {
  const parts = labels.map(([name, value]) => field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])));
  return Buffer.concat([...parts, ...samples.map(([atMs, value]) => field(2, sample(atMs, value)))]);
}

function sample(atMs: number, value: number): Buffer {
  const number = Buffer.alloc(8);
  if (value === stale) staleNaN.copy(number);
  else number.writeDoubleLE(value);
  return Buffer.concat([Buffer.from([(1 << 3) | 1]), number, Buffer.from([2 << 3]), varint(atMs)]);
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

const longestLiteral = 65_536;

function snappy(content: Buffer): Buffer {
  const parts = [varint(content.length)];
  for (let from = 0; from < content.length; from += longestLiteral) {
    const piece = content.subarray(from, from + longestLiteral);
    const head = Buffer.from([61 << 2, 0, 0]);
    head.writeUInt16LE(piece.length - 1, 1);
    parts.push(head, piece);
  }
  return Buffer.concat(parts);
}

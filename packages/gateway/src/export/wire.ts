/** Protobuf's wire types that OTLP needs. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const firstCapacity = 1024;
const twoTo32 = 2 ** 32;

/**
 * Writes protobuf into one growing buffer. A cycle of some ten thousand series is written in a few milliseconds, because a nested message
 * costs one move of its own bytes and no object.
 */
export class Wire {
  #buffer = Buffer.allocUnsafe(firstCapacity);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What was written so far, as a copy. */
  take(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#size));
  }

  uint(field: number, value: number): this {
    this.#varint(field * 8 + wire.varint);
    this.#varint(value);
    return this;
  }

  /** A whole number up to 2^53, or nanoseconds as a bigint. */
  fixed64(field: number, value: number | bigint): this {
    this.#varint(field * 8 + wire.fixed64);
    this.#fixed64(value);
    return this;
  }

  fixed32(field: number, value: number): this {
    this.#varint(field * 8 + wire.fixed32);
    this.#room(4);
    this.#size = this.#buffer.writeUInt32LE(value, this.#size);
    return this;
  }

  double(field: number, value: number): this {
    this.#varint(field * 8 + wire.fixed64);
    this.#room(8);
    this.#size = this.#buffer.writeDoubleLE(value, this.#size);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(field * 8 + wire.bytes);
    this.#varint(value.byteLength);
    return this.raw(value);
  }

  text(field: number, value: string): this {
    const length = Buffer.byteLength(value);
    this.#varint(field * 8 + wire.bytes);
    this.#varint(length);
    this.#room(length);
    this.#size += this.#buffer.write(value, this.#size);
    return this;
  }

  /** Bytes that are already protobuf. */
  raw(value: Uint8Array): this {
    this.#room(value.byteLength);
    this.#buffer.set(value, this.#size);
    this.#size += value.byteLength;
    return this;
  }

  /** Doubles, or whole numbers as fixed64, one after the other without tags. */
  packed(field: number, kind: "double" | "fixed64", values: ArrayLike<number>): this {
    if (values.length === 0) return this;
    this.#varint(field * 8 + wire.bytes);
    this.#varint(values.length * 8);
    for (let index = 0; index < values.length; index++) {
      const value = values[index] ?? 0;
      if (kind === "fixed64") this.#fixed64(value);
      else {
        this.#room(8);
        this.#size = this.#buffer.writeDoubleLE(value, this.#size);
      }
    }
    return this;
  }

  /** A message inside this one. */
  message(field: number, write: () => void): this {
    this.#varint(field * 8 + wire.bytes);
    const at = this.#size;
    this.#room(1);
    this.#size++;
    write();
    const length = this.#size - at - 1;
    const more = varintSize(length) - 1;
    if (more > 0) {
      this.#room(more);
      this.#buffer.copyWithin(at + 1 + more, at + 1, this.#size);
    }
    const end = this.#size + more;
    this.#size = at;
    this.#varint(length);
    this.#size = end;
    return this;
  }

  #fixed64(value: number | bigint): void {
    this.#room(8);
    if (typeof value === "bigint") this.#size = this.#buffer.writeBigUInt64LE(value, this.#size);
    else {
      const high = Math.floor(value / twoTo32);
      this.#size = this.#buffer.writeUInt32LE(value - high * twoTo32, this.#size);
      this.#size = this.#buffer.writeUInt32LE(high, this.#size);
    }
  }

  #varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#size++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#size++] = rest;
  }

  #room(bytes: number): void {
    if (this.#size + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#size + bytes));
    this.#buffer.copy(grown, 0, 0, this.#size);
    this.#buffer = grown;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Nanoseconds of epoch milliseconds, without the loss that a product of floats has. */
export function nanos(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

/** A value of an attribute as it leaves. */
export type Plain = string | number | boolean;

/** Attributes (repeated KeyValue) as fields of the number `field`. */
export function writeAttributes(wire: Wire, field: number, values: Readonly<Record<string, Plain>>): void {
  for (const [key, value] of Object.entries(values)) {
    wire.message(field, () => wire.text(1, key).message(2, () => writeValue(wire, value)));
  }
}

/** AnyValue: text, truth value, whole number or fraction. */
function writeValue(wire: Wire, value: Plain): void {
  if (typeof value === "string") wire.text(1, value);
  else if (typeof value === "boolean") wire.uint(2, value ? 1 : 0);
  else if (Number.isSafeInteger(value) && value >= 0) wire.uint(3, value);
  else wire.double(4, value);
}

/** A message of its own. */
export function encode(write: (wire: Wire) => void): Buffer {
  const wire = new Wire();
  write(wire);
  return wire.take();
}

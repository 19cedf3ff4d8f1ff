/** A number ready to be read: digits and unit apart, so that a view can set them in different sizes. */
export interface Quantity {
  readonly digits: string;
  /** Empty where there is none. */
  readonly unit: string;
}

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Three significant digits, without exponent and without trailing zeros after the point. */
function three(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return grouped.format(value);
  if (magnitude < 0.001) return value.toExponential(1);
  const decimals = magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3;
  return String(Number(value.toFixed(decimals)));
}

const prefixes = ["", "k", "M", "G", "T", "P"];

/** Decimal prefixes; a value that would round up to 1000 takes the next one. */
function scaled(value: number, unit: string): Quantity {
  let step = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && step < prefixes.length - 1) {
    rest /= 1000;
    step += 1;
  }
  return { digits: step === 0 ? three(rest) : fixedThree(rest), unit: `${prefixes[step] ?? ""}${unit}` };
}

/** Always three digits: a figure that changes every second keeps its width. */
function fixedThree(value: number): string {
  const magnitude = Math.abs(value);
  return value.toFixed(magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2);
}

/** A whole number of things: 12,345. */
export function count(value: number): Quantity {
  return { digits: Number.isInteger(value) ? grouped.format(value) : three(value), unit: "" };
}

/** Bits per second: 4.21 Mbit/s. */
export function bitRate(value: number): Quantity {
  return scaled(value, "bit/s");
}

/** Bytes, decimal prefixes: 1.24 MB. */
export function bytes(value: number): Quantity {
  return scaled(value, "B");
}

/** A duration given in seconds: 840 µs, 182 ms, 1.24 s, 3 min 20 s, 2 h 5 min. */
export function seconds(value: number): Quantity {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return { digits: "0", unit: "s" };
  if (magnitude < 0.0009995) return { digits: three(Math.round(value * 1e7) / 10), unit: "µs" };
  if (magnitude < 0.00995) return { digits: (value * 1000).toFixed(1), unit: "ms" };
  if (magnitude < 0.9995) return { digits: (value * 1000).toFixed(0), unit: "ms" };
  if (magnitude < 59.95) return { digits: value.toFixed(magnitude < 9.995 ? 2 : 1), unit: "s" };
  return long(value);
}

function long(value: number): Quantity {
  const whole = Math.round(Math.abs(value));
  const sign = value < 0 ? "-" : "";
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return { digits: `${sign}${Math.floor(hours / 24)} d ${hours % 24}`, unit: "h" };
  if (hours > 0) return { digits: `${sign}${hours} h ${minutes % 60}`, unit: "min" };
  return { digits: `${sign}${minutes} min ${whole % 60}`, unit: "s" };
}

/** A share between 0 and 1: 0.42 %. */
export function percent(ratio: number): Quantity {
  const value = ratio * 100;
  if (value > 0 && value < 0.01) return { digits: "<0.01", unit: "%" };
  return { digits: String(Number(value.toFixed(Math.abs(value) < 1 ? 2 : Math.abs(value) < 10 ? 1 : 0))), unit: "%" };
}

/** A value in a UCUM unit of the registry; an unknown unit is shown as it is, a `{thing}` is a count. */
export function inUnit(value: number, unit: string): Quantity {
  switch (unit) {
    case "s":
      return seconds(value);
    case "By":
      return bytes(value);
    case "bit/s":
      return bitRate(value);
    case "":
    case "1":
      return count(value);
    default:
      return { digits: count(value).digits, unit: unit.startsWith("{") ? "" : unit };
  }
}

/** For the marks of an axis: 50 Mbit/s, not 50.0 Mbit/s. */
export function short(quantity: Quantity): string {
  const digits = quantity.digits.includes(".") ? quantity.digits.replace(/\.?0+$/, "") : quantity.digits;
  return plain({ digits, unit: quantity.unit });
}

/** One string, with a no-break space before the unit. */
export function plain(quantity: Quantity): string {
  return quantity.unit === "" ? quantity.digits : `${quantity.digits}\u00a0${quantity.unit}`;
}

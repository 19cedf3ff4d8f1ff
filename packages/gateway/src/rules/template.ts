const si = ["", "k", "M", "G", "T", "P", "E"] as const;
const smallUnits = ["m", "u", "n", "p", "f", "a", "z", "y"] as const;

/** Fills `{{ $value }}` and `{{ $labels.name }}`, also with `| humanize`, `| humanizePercentage` or `| humanizeDuration`; the rest stays. */
export function fill(text: string, found: { readonly value: number; readonly labels: Readonly<Record<string, string>> }): string {
  return text.replace(
    /\{\{\s*\$(value|labels\.(\w+))\s*(?:\|\s*(\w+)\s*)?\}\}/g,
    (whole, what: string, label?: string, format?: string) => {
      if (what !== "value") return found.labels[label ?? ""] ?? "";
      switch (format) {
        case undefined:
          return String(found.value);
        case "humanize":
          return humanize(found.value);
        case "humanizePercentage":
          return `${Number((found.value * 100).toPrecision(4))}%`;
        case "humanizeDuration":
          return duration(found.value);
        default:
          return whole;
      }
    },
  );
}

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  if (Math.abs(value) < 1) return small(value);
  let rest = value;
  let step = 0;
  while (Math.abs(rest) >= 1000 && step < si.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${Number(rest.toPrecision(4))}${si[step] ?? ""}`;
}

/** Below 1: milli, micro, nano. */
function small(value: number): string {
  let rest = value;
  let step = -1;
  while (Math.abs(rest) < 1 && step < smallUnits.length - 1) {
    rest *= 1000;
    step++;
  }
  return `${Number(rest.toPrecision(4))}${smallUnits[step] ?? ""}`;
}

function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return String(seconds);
  if (seconds !== 0 && Math.abs(seconds) < 1) return `${small(seconds)}s`;
  if (Math.abs(seconds) < 60) return `${Number(seconds.toPrecision(4))}s`;
  const whole = Math.floor(Math.abs(seconds));
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"],
  ] as const;
  const shown = parts.slice(parts.findIndex(([count]) => count > 0));
  return (seconds < 0 ? "-" : "") + shown.map(([count, unit]) => `${count}${unit}`).join(" ");
}

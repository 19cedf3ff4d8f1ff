import { formatDuration, type OptionTable, type OptionValues, parseDuration, parseOptions } from "@moqscope/telemetry/options";
import { type Direction, directions } from "./flow.ts";
import { changed, clear, type LinkSettings } from "./settings.ts";

const each = "or up=…, down=… for one direction";

/** The options of `pnpm impair`. */
export const table = {
  udp: { flag: "--udp", env: "MOQSCOPE_IMPAIR_UDP", type: "listen", description: "Take datagrams here; port 0 takes a free one" },
  tcp: { flag: "--tcp", env: "MOQSCOPE_IMPAIR_TCP", type: "listen", description: "Take TCP connections here" },
  to: { flag: "--to", env: "MOQSCOPE_IMPAIR_TO", type: "listen", required: true, description: "Pass everything on to this address" },
  delay: { flag: "--delay", type: "strings", description: `Added on the way, such as 50ms, ${each}` },
  jitter: { flag: "--jitter", type: "strings", description: `The delay varies by up to this much, ${each}` },
  loss: { flag: "--loss", type: "strings", description: `Datagrams dropped, such as 1%, ${each}` },
  lossBurst: { flag: "--loss-burst", type: "strings", description: `Mean datagrams that a bad spell lasts, ${each}; default: no spells` },
  lossInBurst: { flag: "--loss-in-burst", type: "strings", description: `Dropped within a bad spell, default 100%, ${each}` },
  rate: { flag: "--rate", type: "strings", description: `Bits per second, such as 5M or 800k, ${each}` },
  queue: { flag: "--queue", type: "strings", description: `Bytes that wait for the rate, such as 64k; default 256 KiB, ${each}` },
  burst: { flag: "--burst", type: "strings", description: `Bytes that may leave at once after a quiet time; default 3000, ${each}` },
  reorder: { flag: "--reorder", type: "strings", description: `Datagrams held back so that others overtake, ${each}` },
  reorderBy: { flag: "--reorder-by", type: "strings", description: `For how long they are held back; default 5ms, ${each}` },
  duplicate: { flag: "--duplicate", type: "strings", description: `Datagrams sent twice, ${each}` },
  blackhole: { flag: "--blackhole", type: "boolean", description: "Nothing passes, and nobody is told" },
  seed: { flag: "--seed", type: "number", default: 1, description: "Of everything that is left to chance" },
  control: {
    flag: "--control",
    env: "MOQSCOPE_IMPAIR_CONTROL",
    type: "listen",
    default: "0",
    description: "HTTP: GET / tells all; POST /settings, /reset and /refuse change it",
  },
  coarse: { flag: "--coarse", type: "boolean", description: "Timers alone: up to 1.5 ms late, and less CPU" },
  interval: { flag: "--interval", type: "duration", default: "1s", description: "Between two lines of figures" },
  json: { flag: "--json", type: "boolean", description: "Lines as JSON" },
} as const satisfies OptionTable;

export type CliOptions =
  | { readonly kind: "run"; readonly values: OptionValues<typeof table>; readonly settings: Readonly<Record<Direction, LinkSettings>> }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" };

/** Reads the command line of `pnpm impair`. Throws OptionError, and RangeError for a value that no link can have. */
export function readCliOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): CliOptions {
  const options = parseOptions({
    name: "pnpm impair",
    summary: "Passes UDP and TCP on to another address, as a bad network would, and counts what it does to them.",
    table,
    argv: argv[0] === "--" ? argv.slice(1) : argv,
    env,
  });
  if (options.kind !== "run") return options;
  const { values } = options;
  if (!values.udp && !values.tcp) throw new RangeError("--udp or --tcp is needed: where to listen");
  const settings = Object.fromEntries(directions.map((direction) => [direction, settingsOf(values, direction)]));
  return { kind: "run", values, settings: settings as Record<Direction, LinkSettings> };
}

type Values = OptionValues<typeof table>;

function settingsOf(values: Values, direction: Direction): LinkSettings {
  const change: Record<string, number | boolean> = { blackhole: values.blackhole };
  const put = (name: keyof LinkSettings, texts: readonly string[], read: (text: string) => number): void => {
    const text = chosen(texts, direction);
    if (text !== undefined) change[name] = read(text);
  };
  put("delayMs", values.delay, parseDuration);
  put("jitterMs", values.jitter, parseDuration);
  put("loss", values.loss, parseShare);
  put("lossBurst", values.lossBurst, Number);
  put("lossInBurst", values.lossInBurst, parseShare);
  put("rateBps", values.rate, (text) => parseAmount(text, 1000));
  put("queueBytes", values.queue, (text) => parseAmount(text, 1024));
  put("burstBytes", values.burst, (text) => parseAmount(text, 1024));
  put("reorder", values.reorder, parseShare);
  put("reorderMs", values.reorderBy, parseDuration);
  put("duplicate", values.duplicate, parseShare);
  return changed(clear, change);
}

/** The last that speaks of the direction, or of both. */
function chosen(texts: readonly string[], direction: Direction): string | undefined {
  const text = texts.findLast((one) => !one.includes("=") || one.startsWith(`${direction}=`));
  const wrong = texts.find((one) => one.includes("=") && !directions.some((way) => one.startsWith(`${way}=`)));
  if (wrong !== undefined) throw new RangeError(`"${wrong}" speaks of no direction: up=… or down=…`);
  return text?.slice(text.indexOf("=") + 1);
}

/** `1%` or `0.01`. */
function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is no share: such as 1% or 0.01`);
  return Number(match[1]) / (match[2] === "%" ? 100 : 1);
}

/** `800k`, `5M`, `1G` or a bare number. */
function parseAmount(text: string, kilo: number): number {
  const match = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is no amount: such as 800k, 5M or a bare number`);
  return Number(match[1]) * kilo ** ["", "k", "M", "G"].indexOf(match[2] ?? "");
}

/** What differs from a clear link, in a few words. */
export function describeSettings(settings: LinkSettings): string {
  const words = [
    settings.blackhole && "black hole",
    settings.delayMs > 0 && `delay ${formatDuration(settings.delayMs)}`,
    settings.jitterMs > 0 && `jitter ${formatDuration(settings.jitterMs)}`,
    settings.loss > 0 && `loss ${percent(settings.loss)}${settings.lossBurst > 1 ? ` in spells of ${settings.lossBurst}` : ""}`,
    settings.rateBps > 0 && `rate ${settings.rateBps / 1e6} Mbit/s`,
    settings.reorder > 0 && `reorder ${percent(settings.reorder)}`,
    settings.duplicate > 0 && `duplicate ${percent(settings.duplicate)}`,
  ].filter((word) => word !== false);
  return words.length === 0 ? "clear" : words.join(", ");
}
function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}

import { dropped, type LinkCounters } from "./counters.ts";
import { type Direction, directions, type Protocol, protocols } from "./flow.ts";
import type { ImpairmentCounters } from "./impairment.ts";

/** What happened in one direction between two looks. */
export interface LinkFigures {
  readonly bitsPerSecond: number;
  readonly passed: number;
  readonly dropped: number;
  readonly waiting: number;
  /** Mean time in the proxy; absent if nothing went out. */
  readonly heldMs?: number;
}
export type Figures = Readonly<Record<Protocol, Readonly<Record<Direction, LinkFigures>>>> & { readonly openFlows: number };

export function figuresOf(before: ImpairmentCounters, after: ImpairmentCounters, seconds: number): Figures {
  const of = (protocol: Protocol): Readonly<Record<Direction, LinkFigures>> => ({
    up: link(before[protocol].up, after[protocol].up, seconds),
    down: link(before[protocol].down, after[protocol].down, seconds),
  });
  return { udp: of("udp"), tcp: of("tcp"), openFlows: after.openFlows };
}
function link(before: LinkCounters, after: LinkCounters, seconds: number): LinkFigures {
  const passed = after.passed - before.passed;
  return {
    bitsPerSecond: Math.round(((after.passedBytes - before.passedBytes) * 8) / seconds),
    passed,
    dropped: dropped(after) - dropped(before),
    waiting: after.waiting,
    ...(passed > 0 ? { heldMs: Number(((after.heldMs - before.heldMs) / passed).toFixed(3)) } : {}),
  };
}

/** One line for a terminal; a protocol that nobody uses is left out. */
export function lineOf(figures: Figures): string {
  const words = protocols.flatMap((protocol) =>
    directions.flatMap((direction) => {
      const { bitsPerSecond, passed, dropped: gone, waiting, heldMs } = figures[protocol][direction];
      if (passed + gone + waiting === 0) return [];
      const held = heldMs === undefined ? "" : ` held ${heldMs.toFixed(1)} ms`;
      return [`${protocol} ${direction} ${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s ${passed} passed ${gone} dropped${held}`];
    }),
  );
  return `${figures.openFlows} flows · ${words.length === 0 ? "nothing passes" : words.join(" · ")}`;
}

import { Group, LiteError, LiteErrorCode } from "@moqscope/lite";
import fc from "fast-check";
import { expect, it } from "vitest";
import { LegacyFrame } from "../../container/legacy.ts";
import { GroupBuffer } from "./group-buffer.ts";

const groupUs = 1000;
const frameUs = 100;
type Ending = "finish" | "abort" | "stay";
type Step =
  | { readonly kind: "group"; readonly sequence: number; readonly frames: number; readonly ending: Ending }
  | { readonly kind: "more"; readonly which: number; readonly ending: Ending }
  | { readonly kind: "drop"; readonly first: number; readonly count: number }
  | { readonly kind: "play"; readonly byUs: number; readonly atMost: number }
  | { readonly kind: "refuse"; readonly belowUs: number };

const ending = fc.constantFrom<Ending>("finish", "finish", "abort", "stay");
const sequence = fc.integer({ min: 0, max: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("group" as const), sequence, frames: fc.integer({ min: 0, max: 4 }), ending }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("more" as const), which: fc.nat(), ending }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), first: sequence, count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("play" as const), byUs: fc.integer({ min: 0, max: 4000 }), atMost: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refuse" as const), belowUs: fc.integer({ min: 0, max: 20_000 }) }) },
);

/** A buffer under a sequence of events, and what a bystander knows of it. */
class Run {
  readonly touched = new Set<number>();
  readonly #groups: Group[] = [];
  readonly #arrived = new Set<number>();
  readonly #buffer: GroupBuffer;
  #first: number | undefined;
  #positionUs = 0;
  #belowUs = 0;
  received = 0;
  taken = 0;
  dropped = 0;
  outcomes = 0;
  constructor() {
    this.#buffer = new GroupBuffer({
      now: () => 0,
      leadUs: 300,
      refuse: (firstUs) => firstUs < this.#belowUs,
      events: {
        received: () => void this.received++,
        dropped: (count) => void (this.dropped += count),
        group: (_, count) => void (this.outcomes += count),
        rewound() {},
        invalid() {},
        changed() {},
        ended() {},
      },
    });
  }
  get held(): number {
    return this.#buffer.length;
  }
  step(step: Step): void {
    switch (step.kind) {
      case "group":
        return this.#arrive(step.sequence, step.frames, step.ending);
      case "more": {
        const group = this.#groups[step.which % Math.max(1, this.#groups.length)];
        return group?.state.kind === "open" ? this.#go(group, 1, step.ending) : undefined;
      }
      case "drop":
        return this.#drop(step.first, step.count);
      case "play":
        return this.#play(step.byUs, step.atMost);
      case "refuse":
        this.#belowUs = step.belowUs;
    }
  }
  close(): void {
    this.#begin();
    this.#buffer.close();
    this.#buffer.close();
    const last = Math.max(...this.touched);
    for (let at = this.#first ?? Number.POSITIVE_INFINITY; at <= last; at++) this.touched.add(at);
    for (const group of this.#groups) if (group.state.kind === "open") this.#go(group, 1, "finish");
  }
  #arrive(at: number, frames: number, ending: Ending): void {
    const group = new Group(at);
    // The same sequence once more is none of the player's business.
    if (this.#arrived.has(at)) return this.#buffer.group(group);
    this.#groups.push(group);
    this.#arrived.add(at);
    this.touched.add(at);
    this.#go(group, frames, "stay");
    this.#buffer.group(group);
    this.#go(group, 0, ending);
  }
  #go(group: Group, frames: number, ending: Ending): void {
    // A refused group is one that play goes past: it has begun then.
    if (group.frames.length === 0 && frames > 0 && group.sequence * groupUs < this.#belowUs) this.#begin();
    for (let index = 0; index < frames; index++) {
      const timestampUs = group.sequence * groupUs + group.frames.length * frameUs;
      group.append({ timestamp: timestampUs, payload: LegacyFrame.encode({ timestampUs, payload: Uint8Array.of(1) }) });
    }
    if (ending === "finish") group.finish();
    if (ending === "abort") group.abort(new LiteError(LiteErrorCode.streamReset, "reset"));
  }
  #drop(first: number, count: number): void {
    this.#begin();
    const begun = this.#first;
    this.#buffer.dropped({ first, last: first + count - 1, code: 0 });
    if (begun !== undefined) for (let at = first; at < first + count; at++) if (at > begun) this.touched.add(at);
  }
  #play(byUs: number, atMost: number): void {
    this.#positionUs += byUs;
    this.#begin();
    for (let left = atMost; left > 0 && this.#buffer.next(this.#positionUs); left--) this.taken++;
    if (atMost === 0) this.#buffer.dropped({ first: 1000, last: 999, code: 0 });
  }
  #begin(): void {
    if (this.#arrived.size > 0) this.#first ??= Math.min(...this.#arrived);
  }
}

it("gives every sequence between the first and the last exactly one outcome, and every frame one way, whatever comes in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), fc.boolean(), async (steps, breathe) => {
      const run = new Run();
      for (const one of steps) {
        run.step(one);
        if (breathe) await Promise.resolve();
        expect(run.received).toBe(run.taken + run.dropped + run.held);
      }
      const { held } = run;
      run.close();
      expect(run.received).toBe(run.taken + run.dropped + held);
      expect(run.outcomes).toBe(run.touched.size);
    }),
    { numRuns: 2000 },
  );
});

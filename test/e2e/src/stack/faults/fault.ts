import type { Told } from "../webhook.ts";
import type { Expected, ExpectedAlert } from "./expected.ts";
import type { World } from "./world.ts";

/** Something that goes wrong in a fleet, what the people who run it are told of it, and how it is taken back. */
export interface Fault extends Expected {
  /** Why it cannot be tried here. */
  missing?(world: World): string | undefined;
  /** Makes it so; what is returned takes it back. */
  inject(world: World): Promise<() => Promise<void>>;
}
/** How long an alert took to be told, from the fault, and to be over, from its end. */
export interface Timed {
  readonly fault: string;
  readonly alert: string;
  readonly severity: string;
  readonly firesSeconds: number;
  readonly resolvesSeconds: number;
  readonly runbook: string;
}

const firesWithinMs = 90_000;
const resolvesWithinMs = 120_000;

/** Makes a fault, waits until every alert that it must raise has been told to the webhook, takes it back, waits until each is over. */
export async function tryFault(world: World, fault: Fault): Promise<readonly Timed[]> {
  const beganMs = performance.now();
  const heal = await fault.inject(world);
  let fired: readonly Told[];
  try {
    fired = await Promise.all(
      fault.expects.map((expected) => told(world, { ...expected, status: "firing", afterMs: beganMs }, firesWithinMs)),
    );
  } finally {
    await heal();
  }
  const healedMs = performance.now();
  return Promise.all(
    fault.expects.map(async (expected, at): Promise<Timed> => {
      const over = await told(world, { ...expected, status: "resolved", afterMs: healedMs }, resolvesWithinMs);
      const first = fired[at];
      return {
        fault: fault.name,
        alert: expected.alert,
        severity: over.labels["severity"] ?? "",
        firesSeconds: ((first?.atMs ?? Number.NaN) - beganMs) / 1000,
        resolvesSeconds: (over.atMs - healedMs) / 1000,
        runbook: first?.annotations["runbook_url"] ?? "",
      };
    }),
  );
}

interface Wanted extends ExpectedAlert {
  readonly status: Told["status"];
  readonly afterMs: number;
}

/** What the webhook was told so. Throws with all that it was told meanwhile. */
async function told({ webhook }: World, wanted: Wanted, withinMs: number): Promise<Told> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = webhook.told.find((one) => one.atMs > wanted.afterMs && matches(one, wanted));
    if (found) return found;
    if (performance.now() > end) {
      const heard = webhook.told
        .filter(({ atMs }) => atMs > wanted.afterMs)
        .map(({ status, labels }) => `${status} ${JSON.stringify(labels)}`);
      throw new Error(`${wanted.alert} is not ${wanted.status} within ${withinMs} ms; the webhook heard ${heard.join(", ") || "nothing"}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function matches({ status, labels }: Told, wanted: Wanted): boolean {
  if (status !== wanted.status || labels["alertname"] !== wanted.alert) return false;
  return Object.entries(wanted.labels ?? {}).every(([name, value]) => labels[name] === value);
}

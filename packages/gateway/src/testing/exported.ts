import type { TestGateway } from "./gateway.ts";

/** Lets time go on until the receiver has taken one more snapshot of this gateway's metrics. */
export async function exported(at: TestGateway): Promise<void> {
  const before = await taken(at);
  for (let second = 0; second < 120; second++) {
    at.clock.advance(1000);
    // the answer of the receiver comes in real time
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setTimeout(resolve, 2));
    if ((await taken(at)) > before) return;
  }
  throw new Error("the receiver takes nothing");
}

async function taken(at: TestGateway): Promise<number> {
  const { metrics } = await at.metrics("name=moq.gateway.exports&attributes=signal=metrics,result=ok");
  return metrics[0]?.value ?? 0;
}

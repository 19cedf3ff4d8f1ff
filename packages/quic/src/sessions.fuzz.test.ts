import { expect, it } from "vitest";
import { connect, describeQuic, listen } from "./testing/rig.ts";

const collect = (globalThis as { gc?: () => void }).gc;
/** `pnpm test:soak` sets what fuzz tests run; `pnpm test` runs a sample. */
const soak = process.env["MOQSCOPE_FUZZ_RUNS"] !== undefined;
const sessions = soak ? 1000 : 100;
const streams = soak ? 100 : 20;

describeQuic("sessions that come and go", () => {
  it(`leave nothing behind: ${sessions} with ${streams} streams each`, { timeout: 600_000 }, async () => {
    const server = await listen();
    void (async () => {
      for await (const request of server.requests) {
        const session = await request.accept();
        void (async () => {
          for await (const stream of session.incomingUni) {
            void (async () => {
              while ((await stream.read()) !== undefined);
            })().catch(() => undefined); // Reset streams and sessions that ended are part of this.
          }
        })();
      }
    })();
    const chunk = new Uint8Array(4096);
    const round = async (index: number): Promise<void> => {
      const session = await connect(server, index % 2 === 0 ? "webtransport" : "quic");
      const sends = await Promise.all(Array.from({ length: streams }, () => session.openUni()));
      for (const [at, send] of sends.entries()) {
        send.write(chunk, chunk);
        if (at % 10 === 9) send.reset(at);
        else send.finish();
      }
      await Promise.all(sends.map((send) => send.closed));
      if (index % 3 !== 0) session.close(index % 7, "done");
      else server.stats();
      session.close();
    };
    const rss: number[] = [];
    for (let index = 0; index < sessions; index += 1) {
      await round(index);
      if (index % (sessions / 10) === 0) {
        collect?.();
        rss.push(process.memoryUsage.rss());
      }
    }
    await expect.poll(() => server.stats().openSessions, { timeout: 5000 }).toBe(0);
    // From the middle to the end: what the start needs has been taken by then.
    const growth = (rss.at(-1) ?? 0) - (rss[5] ?? 0);
    process.stdout.write(
      `${sessions} sessions, ${sessions * streams} streams: ${(growth / 1e6).toFixed(1)} MB more at the end than halfway\n`,
    );
    expect(growth).toBeLessThan(soak ? 48e6 : 32e6);
  });
});

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { bytes, connect, describeQuic, first, kinds, listen, nextRequest, pair, text, tls } from "./testing/rig.ts";
import { Event } from "./wire.ts";

describeQuic.each(kinds)("the end of a session over %s", (kind) => {
  it("reaches the peer with code and reason, from either side", async () => {
    for (const side of ["near", "far"] as const) {
      const both = await pair(kind);
      const [closer, other] = side === "near" ? [both.near, both.far] : [both.far, both.near];
      closer.close(6, "no ticket");
      closer.close(7, "twice");
      expect(await closer.closed).toEqual({ by: "local", code: 6, reason: "no ticket" });
      expect(await other.closed).toEqual({ by: "peer", code: 6, reason: "no ticket" });
    }
  });

  it("ends everything that waits", async () => {
    const { near, far } = await pair(kind);
    const send = await near.openUni();
    send.write(bytes("a"));
    const receive = await first(far.incomingUni);
    expect(text(await receive.read())).toBe("a");
    const reading = expect(receive.read()).rejects.toMatchObject({ kind: "closed", code: 3 });
    const accepting = far.incomingBidi[Symbol.asyncIterator]().next();
    const datagram = far.datagrams.incoming[Symbol.asyncIterator]().next();
    near.close(3);
    await reading;
    expect(await accepting).toEqual({ done: true, value: undefined });
    expect(await datagram).toEqual({ done: true, value: undefined });
    expect(await send.closed).toMatchObject({ kind: "session", closed: { by: "local", code: 3 } });
    await expect(far.openUni()).rejects.toMatchObject({ kind: "closed", code: 3 });
    expect(near.datagrams.send(bytes("x"))).toBe(false);
    expect(near.stats().bufferedBytes).toBe(0);
  });

  it("in the turn in which a stream was opened leaves whoever opened it with that stream", async () => {
    const { near } = await pair(kind);
    const hearing = near as unknown as { event(kind: number, numbers: Float64Array, at: number): void };
    const hear = hearing.event.bind(near);
    hearing.event = (event, numbers, at) => {
      hear(event, numbers, at);
      if (event === Event.opened) near.close(3);
    };
    expect((await near.openUni()).bufferedBytes).toBe(0);
    expect(await near.closed).toMatchObject({ by: "local", code: 3 });
  });

  it("comes by itself when the peer is silent for the idle timeout", async () => {
    const { near } = await pair(kind, { keepAliveMs: 0, idleTimeoutMs: 300 }, { keepAliveMs: 0 });
    expect(await near.closed).toMatchObject({ by: "lost", reason: "timed out" });
  });

  it("does not come while there is a keep-alive", async () => {
    const { near, far } = await pair(kind, { keepAliveMs: 50, idleTimeoutMs: 300 });
    const packets = far.stats().packetsSent;
    await expect.poll(() => far.stats().packetsSent - packets, { timeout: 3000 }).toBeGreaterThan(8);
    expect(near.stats().rttMs).toBeGreaterThan(0);
    const send = await near.openUni();
    send.write(bytes("still here"));
    expect(text(await (await first(far.incomingUni)).read())).toBe("still here");
  });

  it("comes to all sessions of a server that closes, at once", async () => {
    const { server, near, far } = await pair(kind);
    const started = performance.now();
    const closing = server.close(9, "restart");
    expect(await far.closed).toEqual({ by: "local", code: 9, reason: "restart" });
    expect(await near.closed).toEqual({ by: "peer", code: 9, reason: "restart" });
    await closing;
    await server.close();
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describeQuic("connecting", () => {
  it("gives up when the signal says so, and when nobody answers", async () => {
    const server = await listen();
    await server.close();
    const reason = new Error("changed my mind");
    const controller = new AbortController();
    const connecting = expect(connect(server, "webtransport", { signal: controller.signal })).rejects.toBe(reason);
    controller.abort(reason);
    await connecting;
    await expect(connect(server, "quic", { idleTimeoutMs: 200 })).rejects.toMatchObject({ kind: "timeout" });
  });

  it("leaves a server that accepts afterwards with a closed session", async () => {
    const server = await listen();
    const controller = new AbortController();
    const connecting = connect(server, "webtransport", { signal: controller.signal });
    const request = await nextRequest(server);
    controller.abort(new Error("gone"));
    await expect(connecting).rejects.toThrow("gone");
    const accepted = request.accept().then((session) => session.closed.then(() => "closed"));
    expect(await accepted.catch((error: { kind: string }) => error.kind)).toBe("closed");
  });

  it("lets the process end by itself when all is closed, and not before", async () => {
    const program = `
      const { listenQuic, connectQuic } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
      const tls = ${JSON.stringify(tls)};
      const server = await listenQuic({ listen: [{ host: "127.0.0.1", port: 0 }], tls });
      void (async () => { for await (const request of server.requests) await request.accept(); })();
      const near = await connectQuic("https://127.0.0.1:" + server.addresses[0].port + "/", { protocols: [], trust: "none" });
      await new Promise((resolve) => setTimeout(resolve, 50).unref());
      console.log("unreachable timers do not end it");
    `;
    const ending = program.replace(
      /await new Promise.*\n.*console\.log.*\n/,
      'near.close(); await server.close(); console.log("closed");\n',
    );
    const run = promisify(execFile);
    const args = ["--conditions=@moqscope/source", "--input-type=module", "-e"];
    const { stdout } = await run(process.execPath, [...args, ending], { timeout: 8000 });
    expect(stdout).toBe("closed\n");
    const alive = await run(process.execPath, [...args, program], { timeout: 1500 }).catch(
      (error: { killed: boolean; stdout: string }) => error,
    );
    expect(alive).toMatchObject({ killed: true, stdout: "unreachable timers do not end it\n" });
  });
});

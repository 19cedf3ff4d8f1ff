import { type BidiStream, LiteError, type ReceiveStream, type SendStream, type Transport } from "@moqscope/lite";

/** Makes two transports ends of one link: streams, resets, stops, datagrams and the close of each reach the other as they are. */
export function splice(a: Transport, b: Transport): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    void everyUni(from, to);
    void everyBidi(from, to);
    void everyDatagram(from, to);
    void from.closed.then(({ code, reason }) => to.close(code, reason));
  }
}

async function everyUni(from: Transport, to: Transport): Promise<void> {
  for await (const receive of from.incomingUni) {
    const send = await opened(() => to.openUni());
    if (send) pipe(receive, send);
  }
}
async function everyBidi(from: Transport, to: Transport): Promise<void> {
  for await (const near of from.incomingBidi) {
    const far: BidiStream | undefined = await opened(() => to.openBidi());
    if (!far) continue;
    pipe(near.receive, far.send);
    pipe(far.receive, near.send);
  }
}
async function everyDatagram(from: Transport, to: Transport): Promise<void> {
  if (from.datagrams) for await (const payload of from.datagrams.incoming) to.datagrams?.send(payload);
}
async function opened<T>(open: () => Promise<T>): Promise<T | undefined> {
  try {
    return await open();
  } catch {
    return undefined; // The link is over, which both ends are told.
  }
}
function pipe(receive: ReceiveStream, send: SendStream): void {
  void copy(receive, send);
  void send.closed.then((how) => how.kind === "stopped" && receive.stop(how.code));
}
async function copy(receive: ReceiveStream, send: SendStream): Promise<void> {
  try {
    for (let chunk = await receive.read(); chunk; chunk = await receive.read()) {
      send.write(chunk);
      await send.ready();
    }
    send.finish();
  } catch (error) {
    send.reset(error instanceof LiteError ? (error.wireCode ?? 0) : 0);
  }
}

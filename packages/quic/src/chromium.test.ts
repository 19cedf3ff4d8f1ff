/// <reference lib="dom" />
import { createHash, X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Page } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { chromiumArguments, findChromium } from "../../../scripts/support/chromium.ts";
import { all, bytes, describeQuic, first, listen, nextRequest, portOf, selfSigned, text } from "./testing/rig.ts";

const executablePath = process.env["CHROMIUM_PATH"] ?? findChromium(process.env);

describeQuic("Chromium", () => {
  it.skipIf(executablePath === undefined)("negotiates, opens and accepts streams, and hears codes", { timeout: 60_000 }, async () => {
    const tls = await selfSigned();
    const server = await listen({ tls });
    const page = await openPage();
    const hash = [...createHash("sha256").update(new X509Certificate(tls.certificate).raw).digest()];
    const connecting = page.evaluate(
      async ({ url, value }) => {
        const transport = new WebTransport(url, {
          protocols: ["moq-lite-05", "moq-lite-04"],
          serverCertificateHashes: [{ algorithm: "sha-256", value: new Uint8Array(value) }],
        } as WebTransportOptions);
        await transport.ready;
        Object.assign(globalThis, { transport });
        const { readable, writable } = await transport.createBidirectionalStream();
        const writer = writable.getWriter();
        await writer.write(new TextEncoder().encode("from the page"));
        await writer.close();
        return { protocol: (transport as { protocol?: string }).protocol, answer: await new Response(readable).text() };
      },
      { url: `https://127.0.0.1:${portOf(server)}/room?jwt=x`, value: hash },
    );
    const request = await nextRequest(server);
    expect(request.url).toBe(`https://127.0.0.1:${portOf(server)}/room?jwt=x`);
    expect(request.protocols).toEqual(["moq-lite-05", "moq-lite-04"]);
    expect(request.origin).toMatch(/^http:\/\/localhost:\d+$/);
    const session = await request.accept({ protocol: "moq-lite-05" });
    const { send, receive } = await first(session.incomingBidi);
    expect(text(await all(receive))).toBe("from the page");
    send.write(bytes("to the page"));
    send.finish();
    expect(await connecting).toEqual({ protocol: "moq-lite-05", answer: "to the page" });

    const uni = await session.openUni();
    uni.write(bytes("x"));
    const code = page.evaluate(async () => {
      const { transport } = globalThis as unknown as { readonly transport: WebTransport };
      const { value } = await transport.incomingUnidirectionalStreams.getReader().read();
      const reader = (value as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      return reader.read().then(
        () => -1,
        (error: { readonly streamErrorCode: number }) => error.streamErrorCode,
      );
    });
    await uni.ready();
    await new Promise((resolve) => setTimeout(resolve, 200));
    uni.reset(30);
    expect(await code).toBe(30);

    const closed = page.evaluate(async () => {
      const { transport } = globalThis as unknown as { readonly transport: WebTransport };
      const { closeCode, reason } = await transport.closed;
      return { closeCode, reason };
    });
    expect(session.stats().rttMs).toBeGreaterThan(0);
    session.close(6, "no ticket");
    expect(await closed).toEqual({ closeCode: 6, reason: "no ticket" });
  });
});

/** A page in a secure context: WebTransport is nowhere else. */
async function openPage(): Promise<Page> {
  const http = createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>page</title>"));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void http.close());
  const browser = await chromium.launch({ executablePath: executablePath ?? "", args: [...chromiumArguments] });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(http.address() as AddressInfo).port}/`);
  return page;
}

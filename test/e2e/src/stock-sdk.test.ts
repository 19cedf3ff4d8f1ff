import { createGateway, type Gateway } from "@moqscope/gateway";
import { afterAll, beforeAll, describe, it } from "vitest";
import { stockRun } from "./page/stock-page.ts";
import { StockGateway, stockWays } from "./support/stock-gateway.ts";

const loopback = { host: "127.0.0.1", port: 0 };

describe("the stock SDK of OpenTelemetry in Node exports to the trusted listener, unmodified", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await createGateway({ ingestListen: loopback, otlpListen: loopback, consoleListen: loopback });
  });
  afterAll(() => gateway?.close());

  it.each(stockWays)("in $format, $temporality: the query API answers exactly what was recorded", async ({ format, temporality }) => {
    const service = `node-${format}-${temporality}`;
    const spans = await stockRun({ base: gateway.otlpUrl, format, temporality, service });
    await new StockGateway(gateway).arrived(service, spans);
  });
});

import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeSettings, readCliOptions } from "./cli-options.ts";
import { figuresOf, lineOf } from "./figures.ts";
import { createImpairment } from "./impairment.ts";
import { SpawnedImpairment } from "./spawned.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));
const to = ["--udp", "4443", "--to", "127.0.0.1:4444"];
const any = { host: "127.0.0.1", port: 0 };

function settings(...args: string[]): { readonly up: object; readonly down: object } {
  const options = readCliOptions([...to, ...args], {});
  if (options.kind !== "run") throw new Error("it does not run");
  return options.settings;
}

describe("the command line of an impairment", () => {
  it("sets both directions, or one of them", () => {
    const { up, down } = settings("--delay", "50ms", "--loss", "1%", "--loss", "down=0.05", "--rate", "up=5M", "--queue", "64k");
    expect(up).toMatchObject({ delayMs: 50, loss: 0.01, rateBps: 5_000_000, queueBytes: 65_536 });
    expect(down).toMatchObject({ delayMs: 50, loss: 0.05, rateBps: 0, queueBytes: 65_536 });
  });

  it.each([
    [["--delay", "sideways=5ms"], '"sideways=5ms" speaks of no direction'],
    [["--loss", "half"], '"half" is no share'],
    [["--rate", "5 Mbit"], '"5 Mbit" is no amount'],
    [["--loss", "150%"], "loss is 1.5, which is no number from 0 to 1"],
    [["--delai", "5ms"], "--delay"],
  ])("refuses %j", (args, message) => {
    expect(() => settings(...args)).toThrow(message);
  });

  it("needs a place to listen", () => {
    expect(() => readCliOptions(["--to", "127.0.0.1:4444"], {})).toThrow("--udp or --tcp is needed");
  });

  it("says in a few words what it does", () => {
    const { up } = settings("--delay", "50ms", "--loss", "1%", "--loss-burst", "8", "--rate", "2M") as {
      up: Parameters<typeof describeSettings>[0];
    };
    expect(describeSettings(up)).toBe("delay 50ms, loss 1 % in spells of 8, rate 2 Mbit/s");
  });

  it("has a help that names every option", () => {
    const { stdout, status } = spawnSync(process.execPath, ["--conditions=@moqscope/source", program, "--help"], { encoding: "utf8" });
    expect(status).toBe(0);
    for (const flag of ["--udp", "--tcp", "--to", "--delay", "--loss", "--rate", "--control", "--json"]) expect(stdout).toContain(flag);
  });

  it("tells the figures of the last second in one line", async () => {
    await using impairment = await createImpairment({ to: any, udp: any });
    const before = impairment.counters();
    const down = { ...before.udp.down, passed: 100, passedBytes: 125_000, lost: 3, heldMs: 2000 };
    expect(lineOf(figuresOf(before, { ...before, openFlows: 1, udp: { ...before.udp, down } }, 1))).toBe(
      "1 flows · udp down 1.00 Mbit/s 100 passed 3 dropped held 20.0 ms",
    );
    expect(lineOf(figuresOf(before, before, 1))).toBe("0 flows · nothing passes");
  });
});

describe("an impairment in a process of its own", () => {
  it("is changed and read while it runs, and refuses what is wrong", async () => {
    const echo = createSocket("udp4", (data, from) => echo.send(data, from.port, from.address));
    echo.bind(0, any.host);
    await once(echo, "listening");
    await using network = await SpawnedImpairment.start({ to: { ...any, port: echo.address().port }, udp: any, settings: { delayMs: 10 } });
    const client = createSocket("udp4");
    const start = performance.now();
    client.send("hello", network.port, any.host);
    await once(client, "message");
    expect(performance.now() - start).toBeGreaterThanOrEqual(20);
    await network.set({ loss: 1 }, { direction: "up" });
    client.send("lost", network.port, any.host);
    let up = (await network.counters()).udp.up;
    while (up.offered < 2) up = (await network.counters()).udp.up;
    expect(up).toMatchObject({ offered: 2, passed: 1, delayed: 1, lost: 1 });
    const { settings, flows } = await network.state();
    expect([settings.udp.up.loss, settings.udp.down.loss, flows.length]).toEqual([1, 0, 1]);
    await expect(network.set({ loss: 2 })).rejects.toThrow("loss is 2, which is no number from 0 to 1");
    await expect(network.set({}, { direction: "back" as "up" })).rejects.toThrow('direction is "back", which is none of up, down');
    client.close();
    echo.close();
  });

  it("takes no order from a page in a browser", async () => {
    await using network = await SpawnedImpairment.start({ to: any, udp: any });
    const { control } = network;
    const form = await fetch(`${control}reset`, { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" });
    const renamed = await fetch(control.replace("127.0.0.1", "127.0.0.2")).catch(() => undefined);
    expect([form.status, renamed?.status]).toEqual([415, undefined]);
    expect((await fetch(`${control}settings`)).status).toBe(404);
  });

  it("ends when whoever reads its lines has gone", async () => {
    const args = ["--conditions=@moqscope/source", program, "--udp", "127.0.0.1:0", "--to", "127.0.0.1:9", "--json", "--interval", "50ms"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const patience = setTimeout(() => child.kill("SIGKILL"), 5_000);
    const [code] = await once(child, "exit");
    clearTimeout(patience);
    expect(code).toBe(0);
  });

  it("says why it cannot start", async () => {
    const taken = createSocket("udp4");
    taken.bind(0, any.host);
    await once(taken, "listening");
    await expect(SpawnedImpairment.start({ to: any, udp: { ...any, port: taken.address().port } })).rejects.toThrow("EADDRINUSE");
    taken.close();
  });
});

import { describe, expect, test } from "vitest";
import { bornMs, CmcdProcess, line, viewerId } from "../testing/cmcd.ts";

/** A viewer as hls.js tells it: asked to play, played after 0.8 s, stalled once for 2 s, played to the end. */
const hlsViewer = [
  line(0, 0, "e=t"),
  line(1, 0, "sta=s"),
  line(2, 0.3, "e=bc,sta=s,br=(1200)"),
  line(3, 0.8, "sta=p,br=(1200),mtp=(8000)"),
  line(4, 5, "sta=r,br=(1200),bl=(0)"),
  line(5, 7, "sta=p,br=(1200),bl=(4000)"),
  line(6, 15, "e=t,sta=p,br=(1200),bl=(3000),ltc=2400,mtp=(6000)"),
  line(7, 20, "sta=e"),
];
const hlsFigures = {
  "play_attempts started": 1,
  startup_time: [1, 0.8],
  play_time: 17.2,
  rebuffer_count: 1,
  rebuffer_time: 2,
  rebuffer_duration: [1, 2],
  "buffer_length video": [3, 7],
  latency: [1, 2.4],
  "bitrate video": [2, 2_400_000],
  bandwidth_estimate: [2, 14_000_000],
  "sessions_ended eos": 1,
  "session_duration eos": [1, 20],
};

describe("a viewer who reports CMCD", () => {
  test("counts as one who reports OTLP, each event in a request of its own", () => {
    const gateway = new CmcdProcess();
    for (const [at, each] of hlsViewer.entries()) gateway.take(each, at * 3);
    expect(gateway.figures()).toEqual(hlsFigures);
    expect(gateway.fleet.counts["gap"]).toBeUndefined();
  });

  test("counts the same where all events come in one batch", () => {
    const gateway = new CmcdProcess();
    gateway.take(hlsViewer, 20);
    expect(gateway.figures()).toEqual(hlsFigures);
  });

  test("is one of the live sessions, with the state it told last", () => {
    const gateway = new CmcdProcess();
    const states = (): unknown => Object.fromEntries(gateway.fleet.table.live(bornMs));
    const seen = hlsViewer.map((each) => {
      gateway.take(each, 0);
      return states();
    });
    expect(seen).toEqual([
      { other: 1 },
      { starting: 1 },
      { starting: 1 },
      { playing: 1 },
      { rebuffering: 1 },
      { playing: 1 },
      { playing: 1 },
      {},
    ]);
  });

  test("adds nothing with a line that comes again, at once or an hour later", () => {
    const gateway = new CmcdProcess();
    for (const [at, each] of hlsViewer.entries()) gateway.take(each, at * 3);
    for (const each of hlsViewer.toReversed()) gateway.take(each, 22);
    for (const at of [80, 90, 100]) gateway.tick(at);
    expect(gateway.cmcd.size).toBe(0);
    gateway.take(hlsViewer, 3_500);
    expect(gateway.figures()).toEqual(hlsFigures);
    expect(gateway.fleet.counts["duplicate"]).toBe(16);
  });

  test("is put in order: lines that overtook others wait for them", () => {
    const gateway = new CmcdProcess();
    for (const [step, at] of [1, 0, 4, 2, 3, 7, 5, 6].entries()) gateway.take(hlsViewer[at] ?? "", step * 3);
    expect(gateway.figures()).toEqual(hlsFigures);
  });

  test("loses only what a lost line said, which the next line's totals heal", () => {
    const gateway = new CmcdProcess();
    gateway.take([line(0, 0, "sta=s"), line(1, 1, "sta=p")], 1);
    // line 2 said that it stalled, and is lost
    gateway.take(line(3, 8, "sta=p,bsa=(1;v),bsda=(2500;v),dfa=12"), 8);
    expect(gateway.figures()["rebuffer_count"]).toBeUndefined();
    gateway.tick(9);
    gateway.tick(10);
    expect(gateway.fleet.counts["gap"]).toBe(1);
    expect(gateway.figures()).toMatchObject({ rebuffer_count: 1, rebuffer_time: 2.5, "frames_dropped deadline": 12 });
    // how long it played between the two lines is not known
    expect(gateway.figures()["play_time"]).toBeUndefined();
    // and what comes later still is read for its totals
    gateway.take(line(2, 3, "sta=r,bsa=(1;v),bsd=(2500;v)"), 12);
    expect(gateway.figures()).toMatchObject({ rebuffer_count: 1, rebuffer_duration: [1, 2.5] });
  });

  test("who was under way when the gateway began counts from there on: its totals of before belong to another process", () => {
    const gateway = new CmcdProcess();
    gateway.take(line(57, 600, "sta=p,bsa=(4;v),bsda=(9000;v),dfa=100"), 600);
    gateway.tick(602);
    gateway.take(line(58, 610, "sta=p,bsa=(5;v),bsda=(9500;v),dfa=103"), 610);
    expect(gateway.figures()).toEqual({ play_time: 10, rebuffer_count: 1, rebuffer_time: 0.5, "frames_dropped deadline": 3 });
    expect(gateway.fleet.counts["gap"]).toBeUndefined();
  });

  test("goes on where a gateway kept its fleet over a restart, but not the lines it had read", () => {
    const before = new CmcdProcess();
    before.take([line(0, 0, "sta=s"), line(1, 1, "sta=p,bsa=(0)"), line(2, 11, "e=t,sta=p,bsa=(2)")], 11);
    const gateway = new CmcdProcess({}, before.fleet);
    gateway.take(line(3, 21, "e=t,sta=p,bsa=(3)"), 21);
    gateway.tick(23);
    gateway.take([line(4, 31, "e=t,sta=p,bsa=(4)"), line(5, 36, "sta=e")], 36);
    expect(gateway.figures()).toEqual({
      "play_attempts started": 1,
      startup_time: [1, 1],
      // the ten seconds and the stall between the last line before and the first one after are nobody's
      play_time: 25,
      rebuffer_count: 3,
      "sessions_ended eos": 1,
    });
  });

  test("who goes silent is ended by the timeout, with the stall it was last seen in and the start it never had", () => {
    const gateway = new CmcdProcess();
    gateway.take([line(0, 0, "sta=s"), line(1, 1, "sta=p"), line(2, 5, "sta=r"), line(3, 9, "e=t,sta=r")], 9);
    gateway.take([line(0, 0, "sta=s", "a-viewer-that-never-saw-it"), line(1, 4, "e=t,sta=s", "a-viewer-that-never-saw-it")], 9);
    gateway.tick(128);
    expect(gateway.figures()["sessions_ended timeout"]).toBeUndefined();
    gateway.tick(129);
    expect(gateway.figures()).toEqual({
      "play_attempts started": 1,
      "play_attempts exited": 1,
      startup_time: [1, 1],
      play_time: 4,
      rebuffer_count: 1,
      rebuffer_time: 4,
      rebuffer_duration: [1, 4],
      "sessions_ended timeout": 2,
      "session_duration timeout": [2, 13],
    });
    for (const at of [130, 200, 400]) gateway.tick(at);
    expect(gateway.figures()["sessions_ended timeout"]).toBe(2);
  });

  test("who plays on after its end, or starts another source under the same id, is counted on", () => {
    const gateway = new CmcdProcess();
    gateway.take(hlsViewer, 20);
    gateway.take([line(8, 300, "sta=p"), line(9, 305, "sta=e")], 305);
    expect(gateway.figures()).toMatchObject({ play_time: 22.2, "sessions_ended eos": 1 });
    // hls.js: loadSource() once more, and sn is 0 again
    gateway.take([line(0, 400, "sta=s,dfa=2"), line(1, 402, "sta=p,dfa=3"), line(2, 406, "e=t,sta=p,dfa=3")], 406);
    expect(gateway.figures()).toMatchObject({ "play_attempts started": 2, startup_time: [2, 2.8], "frames_dropped deadline": 3 });
    expect(gateway.figures()["play_time"]).toBeCloseTo(26.2);
  });

  test("who tells no states (shaka 5.2) has started when it tells its delay, and no time that it played", () => {
    const gateway = new CmcdProcess();
    gateway.take([line(0, 0, "e=t"), line(1, 1, "e=bc,br=(640)"), line(2, 10, "e=t,br=(640),msd=227")], 10);
    gateway.take(line(3, 20, "e=t,br=(640)"), 20);
    expect(gateway.figures()).toEqual({ "play_attempts started": 1, startup_time: [1, 0.227], "bitrate video": [1, 640_000] });
  });

  test("who tells its delay before it played (dash.js 5.2) is measured by its states", () => {
    const gateway = new CmcdProcess();
    gateway.take([line(0, 0, "e=rr,msd=12"), line(1, 0.1, "sta=s"), line(2, 0.2, "sta=w"), line(3, 1.6, "sta=p"), line(4, 9, "sta=e")], 9);
    expect(gateway.figures()).toMatchObject({ "play_attempts started": 1, startup_time: [1, 1.5], play_time: 7.4 });
  });

  test("whose buffer fills before the first frame and after a seek has not stalled; one that is paused or hidden does not play", () => {
    const gateway = new CmcdProcess();
    const states: readonly [number, string][] = [
      [0, "sta=r"],
      [1, "sta=p"],
      [3, "sta=k"],
      [3.5, "sta=r"],
      [6, "sta=p"],
      [8, "sta=a"],
      [20, "sta=p"],
      [21, "sta=p,e=b,bg"],
      [31, "sta=p,e=b,bg=?0"],
      [31.05, "sta=r"],
      [31.1, "sta=p"],
      [32, "sta=q"],
    ];
    gateway.take(
      states.map(([seconds, keys], sn) => line(sn, seconds, keys)),
      32,
    );
    expect(gateway.figures()).toEqual({
      "play_attempts started": 1,
      startup_time: [1, 1],
      play_time: 5.95,
      "sessions_ended quit": 1,
      "session_duration quit": [1, 32],
    });
  });

  test("has no empty buffer of sound where it has no sound (dash.js 5.2)", () => {
    const gateway = new CmcdProcess();
    const told = ["2000;v 0;a", "1000;v 0;a", "0;v 500;a", "0;v 0;a"];
    gateway.take(
      told.map((bl, sn) => line(sn, sn, `sta=p,bl=(${bl})`)),
      4,
    );
    expect(gateway.figures()).toMatchObject({ "buffer_length video": [4, 3], "buffer_length audio": [2, 0.5] });
  });

  test("who tells totals beside its states is counted once", () => {
    const gateway = new CmcdProcess();
    gateway.take([line(0, 0, "sta=s"), line(1, 1, "sta=p"), line(2, 5, "sta=r,bsa=(1)"), line(3, 6, "e=t,sta=r,bsa=(1)")], 6);
    gateway.take([line(4, 7, "sta=p,bsa=(1),bsda=(1950),bsd=(1950)"), line(5, 8, "sta=r,bsa=(2)")], 8);
    gateway.take([line(6, 9, "sta=p,bsa=(2),bsda=(2940),bsd=(990)")], 9);
    expect(gateway.figures()).toMatchObject({ rebuffer_count: 2, rebuffer_time: 2.94, rebuffer_duration: [2, 2.94] });
  });

  test("cannot play longer than the gateway has known it, however its clock jumps", () => {
    const gateway = new CmcdProcess();
    gateway.take([line(0, 0, "sta=s"), line(1, 0, "sta=p")], 0);
    gateway.take(line(2, 100_000, "e=t,sta=p"), 10);
    expect(gateway.figures()["play_time"]).toBe(15);
    gateway.take(line(3, 20, "e=t,sta=p"), 20);
    expect(gateway.figures()["play_time"]).toBe(15);
  });
});

describe("a body", () => {
  test("is refused whole where no line is good, with the reason of the first", () => {
    const gateway = new CmcdProcess();
    const refusals: readonly [string, string, RegExp][] = [
      ["", "malformed", /no line/],
      [" \n\r\n", "malformed", /no line/],
      [`e=ps,sid="${viewerId}",sn=0,ts=1`, "wrong_type", /version 2/],
      [`bl=2000,br=3000,sid="${viewerId}",v=1`, "wrong_type", /version 2/],
      [`sid="${viewerId}",sn=0,v=2,bl=(2000)`, "wrong_type", /request mode/],
      [`{"e":"ps","sid":"${viewerId}"}`, "malformed", /character 1/],
      [line(0, 0, "sta=p", "short"), "malformed", /sid/],
      [`e=ps,sid="${viewerId}",ts=1,v=2`, "malformed", /sn is missing/],
      [line(0, 0, "bsa=(-1)"), "negative", /bsa/],
      [line(0, 0, `cid="${"x".repeat(8192)}"`), "malformed", /8192 characters/],
    ];
    for (const [body, code, message] of refusals) {
      expect(() => gateway.take(body, 0), body.slice(0, 80)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    }
    expect(gateway.cmcd.size).toBe(0);
    expect([...gateway.fleet.store.all()]).toEqual([]);
  });

  test("with good and bad lines counts the good ones and says what was refused", () => {
    const gateway = new CmcdProcess();
    const answer = gateway.take([line(0, 0, "sta=s"), "\u0007", line(1, 1, "sta=p"), `e=ps,sid="${viewerId}",sn=2,ts=2`], 1);
    expect(answer).toEqual({
      rejected: 2,
      message: "1 × malformed, 1 × wrong_type; the first: no key at character 1",
    });
    expect(gateway.figures()).toEqual({ "play_attempts started": 1, startup_time: [1, 1] });
    expect(gateway.fleet.counts).toMatchObject({ "rejected malformed": 1, "rejected wrong_type": 1 });
  });

  test("of more than 256 lines is read that far", () => {
    const gateway = new CmcdProcess();
    const lines = Array.from({ length: 300 }, (_, sn) => line(sn, sn, sn === 0 ? "sta=p" : "e=t,sta=p"));
    expect(gateway.take(lines, 300).rejected).toBe(44);
    expect(gateway.figures()["play_time"]).toBe(124);
  });
});

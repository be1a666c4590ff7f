import { createHash } from "node:crypto";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HealthServer, startHealthServer } from "../../../extproc/service/healthServer";
import { StatusFeed } from "../../../extproc/service/status/statusFeed";
import { statusPage } from "../../../extproc/service/status/statusPage";
import { type Figures, figuresOf, ordinaryDay, policyWith, serve } from "./support/statusServer";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function start(figures: Figures) {
  const server = await serve(figures);
  closers.push(() => server.close());
  return server;
}

/** A watcher that reads events. */
async function watch(url: string) {
  const ended = new AbortController();
  closers.push(() => ended.abort());
  const response = await fetch(`${url}/events`, { signal: ended.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    response,
    leave: () => ended.abort(),
    /** The next event's data. */
    async next(): Promise<Record<string, unknown>> {
      for (;;) {
        const event = /data: (.*)\n\n/.exec(text);
        if (event !== null) {
          text = text.slice(event.index + event[0].length);
          return JSON.parse(event[1] ?? "") as Record<string, unknown>;
        }
        const piece = await reader?.read();
        if (piece === undefined || piece.done) {
          throw new Error("the stream ended");
        }
        text += piece.value;
      }
    },
  };
}

/** The status of an answer to a request that comes under another name. */
function statusUnder(host: string, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { headers: { host } }, (response) => {
      response.destroy();
      resolve(response.statusCode);
    });
    sent.once("error", reject);
  });
}

describe("the name that the status page is asked for by", () => {
  const own = ["127.0.0.1:9003", "[::1]:9003", "LOCALHOST", "budgets", "budgets.system.svc"];
  const ownToo = [
    "budgets.system.svc.cluster.local",
    "budgets.svc.acme.internal",
    "laptop.local",
    "a.localhost.",
  ];
  const foreign = [
    "evil.example.com",
    "evil.example.com:9003",
    "127.0.0.1.evil.com",
    "svc.evil.com",
    "a.svc.com",
  ];

  it.each([...own, ...ownToo])("%s: it answers", async (host) => {
    const { url } = await start(await figuresOf(policyWith(1)));
    expect([await statusUnder(host, url), await statusUnder(host, `${url}/events`)]).toEqual([200, 200]);
  });

  it.each(foreign)("%s: a web site's name that was pointed here reads nothing", async (host) => {
    const { url } = await start(await figuresOf(policyWith(1)));
    expect([await statusUnder(host, url), await statusUnder(host, `${url}/events`)]).toEqual([403, 403]);
  });
});

describe("the status page", () => {
  it("is one page that may load nothing else, and run nothing but its own script", async () => {
    const { url } = await start(await figuresOf(policyWith(3)));
    const response = await fetch(`${url}?from=a-bookmark`);
    const page = await response.text();
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    for (const element of ["script", "style"]) {
      const texts = [...page.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, "g"))];
      expect(texts).toHaveLength(1);
      const hash = createHash("sha256")
        .update(texts[0]?.[1] ?? "")
        .digest("base64");
      expect(policy).toContain(`${element}-src 'sha256-${hash}'`);
    }
    expect(page).not.toMatch(/https?:|\bon[a-z]+="|\bstyle="/);
  });

  it("answers HEAD, and neither path takes anything", async () => {
    const { url } = await start(await figuresOf(policyWith(0)));
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1_000);
    expect((await fetch(`${url}/events`, { method: "HEAD" })).status).toBe(200);
    for (const path of ["", "/events"]) {
      expect((await fetch(url + path, { method: "POST" })).status).toBe(405);
    }
    expect((await fetch(`${url}/`)).status).toBe(404);
  });

  it("is not there where it is switched off", async () => {
    const figures = await figuresOf(policyWith(0));
    const server = await startHealthServer(
      {
        health: () => figures.health,
        metrics: { contentType: "text/plain", scrape: async () => "" },
        onError() {},
      },
      { port: 0, host: "127.0.0.1" },
    );
    closers.push(() => server.close());
    for (const path of ["/status", "/status/events"]) {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      expect([response.status, await response.text()]).toEqual([404, "/live, /ready or /metrics\n"]);
    }
  });

  it("lets no other origin read it", async () => {
    const { url } = await start(await figuresOf(policyWith(0)));
    const headers = { origin: "https://elsewhere.example" };
    for (const path of ["", "/events"]) {
      const response = await fetch(url + path, { headers });
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      await response.body?.cancel();
    }
  });
});

describe("the events", () => {
  it("begin at once, and tell what changed a second later", async () => {
    const figures = await figuresOf(policyWith(3));
    const { url } = await start(figures);
    const watcher = await watch(url);
    expect(watcher.response.headers.get("content-type")).toBe("text/event-stream");
    expect(await watcher.next()).toMatchObject({ requests: 0, budgets: [{}, {}, {}] });
    await ordinaryDay(figures);
    expect(await watcher.next()).toMatchObject({ requests: 4_361, refused: 40 });
  });

  it("are refused to more watchers than fifty, and again taken when one has left", async () => {
    const { url } = await start(await figuresOf(policyWith(0)));
    const watchers = await Promise.all(Array.from({ length: 50 }, () => watch(url)));
    const refused = await fetch(`${url}/events`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
    watchers[7]?.leave();
    await vi.waitFor(async () => {
      const again = await watch(url);
      expect(again.response.status).toBe(200);
    });
  });

  it("end when the server closes", async () => {
    const figures = await figuresOf(policyWith(0));
    const server: HealthServer & { url: string } = await serve(figures);
    const watcher = await watch(server.url);
    await watcher.next();
    await server.close();
    await expect(watcher.next()).rejects.toThrow();
  });
});

describe("the feed", () => {
  /** A server whose snapshots are counted, and come every 20 ms. */
  async function feed(snapshot: () => Promise<object>, most = 50) {
    const errors: unknown[] = [];
    const one = new StatusFeed({ snapshot, intervalMs: 20, most, onError: (error) => errors.push(error) });
    const figures = await figuresOf(policyWith(0));
    const server = await startHealthServer(
      {
        health: () => figures.health,
        metrics: { contentType: "text/plain", scrape: async () => "" },
        status: {
          serve(_path, _request, response) {
            one.add(response.writeHead(200, { "content-type": "text/event-stream" }));
            return true;
          },
        },
        onError() {},
      },
      { port: 0, host: "127.0.0.1" },
    );
    closers.push(() => server.close());
    return { one, errors, port: server.port, url: `http://127.0.0.1:${server.port}/status` };
  }

  it("takes no snapshot while nobody watches, and one for all who do", async () => {
    let taken = 0;
    const { one, url } = await feed(async () => {
      taken += 1;
      return { taken };
    });
    await new Promise((done) => setTimeout(done, 100));
    expect(taken).toBe(0);
    const watchers = await Promise.all(Array.from({ length: 10 }, () => watch(url)));
    const seen = await Promise.all(
      watchers.map(async (watcher) => {
        const first = Number((await watcher.next())["taken"]);
        return Number((await watcher.next())["taken"]) - first;
      }),
    );
    // Each sees every snapshot: nobody causes one of his own.
    expect(seen).toEqual(Array(10).fill(1));
    for (const watcher of watchers) {
      watcher.leave();
    }
    await vi.waitFor(() => expect(one.watchers).toBe(0));
    const before = taken;
    await new Promise((done) => setTimeout(done, 100));
    expect(taken).toBe(before);
  });

  it("never takes two snapshots at a time", async () => {
    let [running, most] = [0, 0];
    const { url } = await feed(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, 70));
      running -= 1;
      return {};
    });
    const watcher = await watch(url);
    await watcher.next();
    await watcher.next();
    expect(most).toBe(1);
  });

  it("goes on after a snapshot that failed", async () => {
    let taken = 0;
    const { url, errors } = await feed(async () => {
      taken += 1;
      if (taken === 2) {
        throw new Error("once");
      }
      return { taken };
    });
    const watcher = await watch(url);
    expect([await watcher.next(), await watcher.next()]).toEqual([{ taken: 1 }, { taken: 3 }]);
    expect(errors).toMatchObject([{ message: "once" }]);
  });

  it("keeps nothing for a watcher that does not read, and lets it go", async () => {
    const text = "x".repeat(4_000_000);
    const { one, port, url } = await feed(async () => ({ text }));
    const socket: Socket = connect(port, "127.0.0.1");
    closers.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.pause();
    socket.write("GET /status HTTP/1.1\r\nHost: a\r\n\r\n");
    await vi.waitFor(() => expect(one.watchers).toBe(1));
    const other = await watch(url);
    await vi.waitFor(() => expect(one.watchers).toBe(2));
    const before = process.memoryUsage().external + process.memoryUsage().arrayBuffers;
    // The other one reads meanwhile.
    await vi.waitFor(
      async () => {
        await other.next();
        expect(one.watchers).toBe(1);
      },
      { timeout: 60_000, interval: 0 },
    );
    const after = process.memoryUsage().external + process.memoryUsage().arrayBuffers;
    expect(after - before).toBeLessThan(20 * text.length);
  });
});

describe("the page's file", () => {
  it("is small", async () => {
    const { url } = await start(await figuresOf(policyWith(0)));
    expect((await (await fetch(url)).text()).length).toBeLessThan(20_000);
  });

  it("is read when the page is made, so that a missing one is not found at night", async () => {
    const { sources } = await figuresOf(policyWith(0));
    expect(statusPage(sources).serve("/elsewhere", {} as never, {} as never)).toBe(false);
  });
});

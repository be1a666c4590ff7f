import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { UsageError } from "../../cli/errors";
import { freePort } from "../../cli/local/ports";
import { checkRedisAnswers, readRedis, redisAddress } from "../../cli/local/redisOption";

function read(url: string, env: NodeJS.ProcessEnv = {}) {
  const problems: string[] = [];
  return { connection: readRedis(url, env, problems), problems };
}

describe("readRedis", () => {
  it("takes user and password from the address, or from the environment", () => {
    expect(read("redis://me:hush@h:1").connection?.url).toBe("redis://me:hush@h:1");
    const env = { REDIS_USERNAME: "me", REDIS_PASSWORD: "p@ss/%" };
    expect(read("redis://h:1", env).connection?.url).toBe("redis://me:p%40ss%2F%25@h:1");
  });

  it("passes over what the shell has for other programs", () => {
    const env = {
      ...{ REDIS_PASSWORD: "other", REDIS_CLUSTER: "redis://elsewhere", STORE: "memory" },
      ...{ REDIS_CA_FILE: "/nowhere/ca.pem", REDIS_URL: "redis://elsewhere" },
    };
    expect(read("redis://:hush@h:1", env)).toMatchObject({
      connection: { url: "redis://:hush@h:1" },
      problems: [],
    });
  });

  it("reads certificates where there is TLS", () => {
    const { problems } = read("rediss://h:1", { REDIS_CA_FILE: "/nowhere/ca.pem" });
    expect(problems).toEqual([
      expect.stringMatching(/^--redis: REDIS_CA_FILE: "\/nowhere\/ca.pem" cannot be read/),
    ]);
  });

  it.each([
    ["localhost", "not a URL"],
    ["http://:hush@h:1", 'protocol "http:" is neither redis: nor rediss:'],
    ["redis://:hush@h:1/one", "write redis://host:port or redis://host:port/DATABASE-NUMBER"],
    ["", "none is given"],
  ])("refuses %j without repeating a password", (url, said) => {
    const { connection, problems } = read(url);
    expect(connection).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^--redis: /);
    expect(problems[0]).toContain(said);
    expect(problems[0]).not.toContain("hush");
  });

  it("shows an address without who asks", () => {
    expect(redisAddress({ url: "rediss://me:hush@h:6390/2" })).toBe("rediss://h:6390/2");
  });
});

describe("checkRedisAnswers", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server = undefined;
  });

  async function failure(port: number): Promise<string> {
    const error = await checkRedisAnswers({ url: `redis://:hush@127.0.0.1:${port}` }).catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).not.toContain("hush");
    return (error as Error).message;
  }

  /** A server that answers everything with these words, or says nothing. */
  async function answering(reply: string | undefined): Promise<number> {
    const port = await freePort();
    const started = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => reply === undefined || socket.write(reply));
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(port, "127.0.0.1", resolve));
    return port;
  }

  it("says within two seconds that nothing answers", async () => {
    const port = await freePort();
    const started = performance.now();
    expect(await failure(port)).toBe(
      `--redis redis://127.0.0.1:${port}: nothing answers there within 2 s (ECONNREFUSED); start a Redis or Valkey, or leave --redis out to count in this command's memory`,
    );
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  it("does not wait longer for one that is silent", async () => {
    const port = await answering(undefined);
    const started = performance.now();
    expect(await failure(port)).toContain("nothing answers there within 2 s");
    expect(performance.now() - started).toBeLessThan(3_500);
  });

  it.each([
    ["-NOAUTH Authentication required.\r\n", "asks for a password; set REDIS_PASSWORD"],
    ["-WRONGPASS invalid username-password pair\r\n", "does not take the user and password"],
  ])("explains %j", async (reply, said) => {
    const port = await answering(reply.repeat(8));
    expect(await failure(port)).toContain(said);
  });
});

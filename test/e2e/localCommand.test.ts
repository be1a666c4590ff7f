import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  endCommands,
  leftovers,
  nothingLeft,
  runLocalCommand,
  serving,
  startLocalCommand,
} from "./support/command";

afterEach(endCommands);

describe("ai-gateway local --check", () => {
  it("ends with 0 when every model answered, and leaves nothing behind", async () => {
    const { code, output, temporary } = await runLocalCommand(["--check", "--port", "0"]);
    expect(output).toContain("All 4 models answered.");
    expect(output).toMatch(/^assistant +chat +gpt-oss-20b +200 +\d+ +16 +\d+ ms$/m);
    expect(output).toMatch(/^claude +messages +claude +200 +\d+ +16 +\d+ ms$/m);
    expect(code).toBe(0);
    // No terminal, no control characters.
    expect(output).not.toMatch(/[^\n\P{Cc}]/u);
    expect(await leftovers([], temporary, 0)).toEqual(nothingLeft);
  });

  it("ends with 1 when a model does not answer, and says which and why", async () => {
    const { code, output } = await runLocalCommand([
      "--check",
      "--port",
      "0",
      "--simulate",
      "claude=fail=500",
    ]);
    expect(code).toBe(1);
    expect(output).toMatch(/^claude +messages +\S+ +500 /m);
    expect(output).toMatch(/^claude: .*was told to answer 500/m);
    expect(output).toContain("1 of 4 models did not answer.");
  });

  it.each(["envoy", "aigw"])("ends with 1 when %s is killed meanwhile", async (victim) => {
    const command = startLocalCommand(["--check", "--port", "0", "--simulate", "claude=ttft=30s"]);
    await command.seen(/the gateway answers after/);
    const below = command.descendants();
    process.kill(below.find(({ name }) => name === victim)?.pid ?? 0, "SIGKILL");
    expect(await command.ended).toBe(1);
    expect(
      await leftovers(
        below.map(({ pid }) => pid),
        command.temporary,
        0,
      ),
    ).toEqual(nothingLeft);
  });
});

describe("ai-gateway local", () => {
  it("shows how to call it, a line for each request, and ends with 0 at Ctrl-C", async () => {
    const { command, baseUrl, left } = await serving();
    const curls = command.output().match(/^ {2}curl .*$/gm) ?? [];
    expect(curls).toHaveLength(4);
    const answer = await fetch(`${baseUrl}/anthropic/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude",
        max_tokens: 10,
        messages: [{ role: "user", content: "Hello" }],
      }),
    });
    expect(answer.status).toBe(200);
    // 2 tokens at $3 and 10 at $15 for a million.
    await command.seen(/claude {2}-> claude {2}200 {2}2 in, 10 out {2}\d+ ms {2}\$0\.000156/);
    command.child.kill("SIGINT");
    expect(await command.ended).toBe(0);
    expect(await left()).toEqual(nothingLeft);
  });

  it("ends everything at SIGTERM", async () => {
    const { command, left } = await serving();
    command.child.kill("SIGTERM");
    expect(await command.ended).toBe(0);
    expect(await left()).toEqual(nothingLeft);
  });

  it("ends everything when it is killed itself", async () => {
    const { command, left } = await serving();
    command.child.kill("SIGKILL");
    expect(await command.ended).toBe("SIGKILL");
    expect(await left()).toEqual(nothingLeft);
  });

  it("ends everything when it is stopped while it starts", async () => {
    const command = startLocalCommand(["--port", "0"]);
    await command.seen(/starting the gateway/);
    const below = command.descendants();
    command.child.kill("SIGTERM");
    expect(await command.ended).toBe(0);
    expect(
      await leftovers(
        below.map(({ pid }) => pid),
        command.temporary,
        0,
      ),
    ).toEqual(nothingLeft);
  });

  it.each([
    { victim: "envoy", said: /Envoy was killed/ },
    { victim: "aigw", said: /\(aigw\) was ended by signal 9/ },
  ])("ends with 1 when $victim is killed, and says so", async ({ victim, said }) => {
    const { command, pidOf, left } = await serving();
    process.kill(pidOf(victim), "SIGKILL");
    expect(await command.ended).toBe(1);
    expect(command.output()).toMatch(said);
    expect(await left()).toEqual(nothingLeft);
  });
});

describe("what cannot be carried out", () => {
  it("names the program that has a port", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, output } = await runLocalCommand(["--port", String(port)]);
    server.close();
    expect(code).toBe(2);
    expect(output).toContain(`${port} (the gateway's listener): `);
    expect(output).toContain(`(process ${process.pid})`);
    expect(output).toContain("--port");
  });

  it("explains that another gateway runs", async () => {
    const { command } = await serving();
    const second = await runLocalCommand(["--port", "0"]);
    expect(second.code).toBe(2);
    expect(second.output).toMatch(/1061 \(.*\): aigw \(process \d+\)/);
    expect(second.output).toContain("only one can run");
    expect(command.child.exitCode).toBeNull();
  });

  it("says that a port of the gateway's own cannot be its listener's", async () => {
    const { code, output } = await runLocalCommand(["--check", "--port", "18000"]);
    expect(code).toBe(2);
    expect(output).toContain("--port 18000: that port is Envoy Gateway's xDS server, which cannot move");
  });

  it("lists every wrong option at once and starts nothing", async () => {
    const { code, output } = await runLocalCommand(
      [
        ...["--port", "80", "--host", "example.com"],
        ...[
          "--upstream",
          "nope=http://localhost:1",
          "--upstream",
          "qwen3-1.7b=ftp://x",
          "--upstream",
          "claude",
        ],
        ...["--real", "claude", "--real", "qwen3-1.7b", "--real", "assistant"],
        ...["--simulate", "gpt-oss-20b=speed=3"],
      ],
      { ANTHROPIC_API_KEY: "" },
    );
    expect(code).toBe(2);
    for (const said of [
      "--port 80: give a port from 1024",
      "--host example.com: give 127.0.0.1",
      "--upstream nope=http://localhost:1: there is no such model",
      '--upstream qwen3-1.7b=ftp://x: "ftp://x" is not an http',
      "--upstream claude: write NAME=URL",
      "--real claude: the variable ANTHROPIC_API_KEY is not set",
      "--real qwen3-1.7b: vLLM does not run here",
      "--real assistant: it is an alias",
      '--simulate gpt-oss-20b=speed=3: "speed=3" is no setting',
    ]) {
      expect(output).toContain(said);
    }
    expect(output).not.toContain("starting");
    expect(output).not.toMatch(/^ +at /m);
  });

  it("says what to do about a missing program", async () => {
    const { code, output } = await runLocalCommand(["--port", "0"], { AIGW_BIN: "/nowhere/aigw" });
    expect(code).toBe(2);
    expect(output).toContain("AIGW_BIN");
    expect(output).not.toMatch(/^ +at /m);
  });

  it("says that there is no such stack", async () => {
    const { code, output } = await runLocalCommand(["--stack", "nope"]);
    expect(code).toBe(2);
    expect(output).toContain("nope");
    expect(output).not.toMatch(/^ +at /m);
  });
});

import { describe, expect, it } from "vitest";
import type { LocalFlags } from "../../cli/local/flags";
import { readFlags } from "../../cli/local/flags";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";

const { models } = resolveModelGateway("test", {
  target: "local",
  models: {
    qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } },
    gpt: { openai: { secretName: "key" } },
    nova: { bedrock: { modelId: "m", region: "us-west-2" } },
    alias: { route: { targets: { qwen: {} } } },
  },
});

function read(flags: LocalFlags, env: NodeJS.ProcessEnv = {}, declared = {}, hasBudgets = true) {
  const problems: string[] = [];
  const context = { models, aliases: ["alias"], hasBudgets, declared, env, problems };
  const settings = readFlags(flags, context);
  return { settings, problems };
}

describe("readFlags", () => {
  it("has defaults", () => {
    expect(read({})).toEqual({
      settings: { port: 1975, host: "127.0.0.1", upstreams: {}, real: [], behaviours: {} },
      problems: [],
    });
  });

  it("takes what the stack says, and options before it", () => {
    const declared = { port: 2000, host: "0.0.0.0", upstreams: { qwen: "http://a/v1" } };
    expect(read({}, {}, declared).settings).toMatchObject(declared);
    const { settings } = read({ port: "3000", upstream: ["qwen=http://b/v1"] }, {}, declared);
    expect(settings).toMatchObject({ port: 3000, upstreams: { qwen: "http://b/v1" } });
  });

  it("reads everything", () => {
    const flags = {
      port: "0",
      host: "localhost",
      upstream: ["qwen=http://localhost:11434/v1?"],
      real: ["gpt", "gpt"],
      simulate: ["nova=ttft=1s", "nova=rate=5"],
    };
    const { settings, problems } = read(flags, { OPENAI_API_KEY: "k" });
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      port: 0,
      host: "127.0.0.1",
      upstreams: { qwen: "http://localhost:11434/v1?" },
      real: ["gpt"],
      behaviours: { nova: { ttftMs: 1000, tokensPerSecond: 5 } },
    });
  });

  it.each<[LocalFlags, string]>([
    [{ port: "80" }, "--port 80: give a port from 1024 to 65535"],
    [{ port: "65536" }, "--port 65536"],
    [{ port: "1975x" }, "--port 1975x"],
    [{ port: "" }, "--port "],
    [{ host: "::" }, "--host ::"],
    [{ upstream: ["qwen"] }, "write NAME=URL"],
    [{ upstream: ["=http://a"] }, "write NAME=URL"],
    [{ upstream: ["qwen="] }, "write NAME=URL"],
    [{ upstream: ["qwen=localhost:1"] }, "is not an http or https URL"],
    [{ upstream: ["qwen=http://u:p@localhost"] }, "leave user, password"],
    [{ upstream: ["nova=http://localhost:1"] }, "the model speaks AWSBedrock"],
    [{ upstream: ["alias=http://localhost:1"] }, "it is an alias"],
    [{ real: ["nope"] }, "there is no such model; the models are qwen, gpt, nova"],
    [{ real: ["qwen"] }, "vLLM does not run here"],
    [{ real: ["gpt"] }, "the variable OPENAI_API_KEY is not set"],
    [{ simulate: ["qwen"] }, "write NAME=ttft"],
    [{ simulate: ["alias=hang"] }, "it is an alias"],
    [{ simulate: ["qwen=hang=1"] }, "hang takes no value"],
    [{ simulate: ["qwen=hang"], upstream: ["qwen=http://localhost:1"] }, "this model is not simulated"],
  ])("refuses %j", (flags, said) => {
    const { problems } = read(flags);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
  });

  it("reads where budgets are counted", () => {
    const { settings, problems } = read({ redis: "redis://localhost:6390/2" });
    expect(problems).toEqual([]);
    expect(settings.redis).toMatchObject({ url: "redis://localhost:6390/2" });
  });

  it("takes no store for budgets that are not there", () => {
    const { settings, problems } = read({ redis: "redis://:hush@localhost" }, {}, {}, false);
    expect(settings.redis).toBeUndefined();
    expect(problems).toEqual([
      "--redis: the stack declares no budget that could be counted there; leave it out",
    ]);
  });

  it("never repeats the value of a key", () => {
    const { problems } = read(
      { real: ["gpt"], upstream: ["gpt=http://localhost:1"] },
      { OPENAI_API_KEY: "sk-1" },
    );
    expect(problems).toEqual(["--real gpt and --upstream gpt: give one of them"]);
  });
});

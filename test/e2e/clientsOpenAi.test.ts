import * as pulumi from "@pulumi/pulumi";
import type OpenAI from "openai";
import { BadRequestError, NotFoundError, RateLimitError } from "openai";
import { describe, expect, it } from "vitest";
import { embeddingVector } from "../../cli/local/engine/embeddingVector";
import { countTokens } from "../../cli/local/engine/tokens";
import { localApiKey } from "../../components/budgets/localAccess";
import { until, useBudgetGateway } from "./support/budgetGateway";
import { definitionTokens, textOf } from "./support/cachedPrompts";

const price = {
  usdPerMillionInputTokens: 2,
  usdPerMillionCachedInputTokens: 0.5,
  usdPerMillionOutputTokens: 8,
};
/** Nanodollars for a token at that price; of what is written to a cache where that has a price. */
const [perInput, perRead, perOutput, perWritten] = [2_000, 500, 8_000, 2_500];
const gpt = { openai: { secretName: "key" }, upstreamName: "gpt-upstream", maxOutputTokens: 4_096 };
const teams = [
  "tools",
  "cache",
  "written",
  "schema",
  "before",
  "moved",
  "embed",
  "spender",
  "bad",
  "cut",
] as const;
type Team = (typeof teams)[number];
const perTeam = { per: "team", period: "year", limit: { usd: 100 } } as const;

const gateway = useBudgetGateway(
  {
    access: {
      apiKeys: Object.fromEntries(teams.map((team) => [team, { key: pulumi.secret(team), team }])),
    },
    models: {
      "gpt-log": { ...gpt, price },
      "gpt-stream": { ...gpt, price: { ...price, usdPerMillionCacheWrite5mTokens: 2.5 } },
      "gpt-little": { ...gpt, price },
      "gpt-first": { ...gpt, price, fallback: ["gpt-second"], retries: { backoff: "20ms" } },
      "gpt-second": { ...gpt, price, public: false },
    },
    budgets: {
      log: { ...perTeam, models: ["gpt-log"], settle: "log" },
      stream: { ...perTeam, models: ["gpt-stream", "gpt-first"] },
      little: { ...perTeam, models: ["gpt-little"], limit: { usd: 0.01 }, hold: "strict" },
    },
  },
  { behaviours: { "gpt-log": { tokensPerSecond: 200 }, "gpt-stream": { tokensPerSecond: 200 } } },
);

const clientOf = (team: Team) => gateway.openai({ apiKey: localApiKey(team) });
const ways = [
  { budget: "log", model: "gpt-log" },
  { budget: "stream", model: "gpt-stream" },
] as const;
type Way = (typeof ways)[number];

/** Nanodollars that calls cost a team. */
async function costing(
  { budget, model }: { budget: string; model: string },
  team: Team,
  run: () => Promise<unknown>,
) {
  const asked = { model, attributes: { team, key: team } };
  const before = (await gateway.settled(budget, asked)).used;
  await run();
  return (await gateway.settled(budget, asked)).used - before;
}

const parameters = {
  type: "object",
  properties: { city: { enum: ["Paris"] } },
  required: ["city"],
  additionalProperties: false,
};
const cityArguments = '{"city":"Paris"}';
const weather = { name: "get_weather", description: "Tells the weather.", parameters };
const clock = { ...weather, name: "get_time" };
const chatTools = [weather, clock].map((definition) => ({ type: "function" as const, function: definition }));
const responsesTools = [weather, clock].map((definition) => ({
  type: "function" as const,
  strict: true,
  ...definition,
}));
const question = "Use get_weather and get_time.";
const outputOfCalls = 2 * countTokens(cityArguments);

describe.each(ways)("chat with tools, settled by $budget", (way: Way) => {
  const { model } = way;
  const input = definitionTokens([weather, clock]) + countTokens(question);
  const request = { model, tools: chatTools, messages: [{ role: "user" as const, content: question }] };
  const called = (message: OpenAI.ChatCompletionMessage | undefined) =>
    (message?.tool_calls ?? []).map((call) =>
      call.type === "function" ? [call.function.name, call.function.arguments] : [],
    );
  const expected = [
    ["get_weather", cityArguments],
    ["get_time", cityArguments],
  ];

  it("calls them, takes their results, and is charged to the token", async () => {
    const client = clientOf("tools");
    const cost = await costing(way, "tools", async () => {
      const first = await client.chat.completions.create(request);
      const message = first.choices[0]?.message;
      expect(called(message)).toEqual(expected);
      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      expect(first.usage).toMatchObject({ prompt_tokens: input, completion_tokens: outputOfCalls });
      const results = (message?.tool_calls ?? []).map(({ id }) => ({
        role: "tool" as const,
        tool_call_id: id,
        content: "sunny",
      }));
      const second = await client.chat.completions.create({
        ...request,
        messages: [...request.messages, ...(message === undefined ? [] : [message]), ...results],
      });
      expect(second.choices[0]?.message.content).toMatch(/^Simulated answer/);
      expect(second.choices[0]?.finish_reason).toBe("stop");
    });
    const calls = countTokens(expected.map((call) => call.join(" ")).join("\n"));
    const all = 2 * input + calls + 2 * countTokens("sunny");
    expect(cost).toBe(all * perInput + (outputOfCalls + 16) * perOutput);
  });

  it.each<[string, OpenAI.ChatCompletionStreamOptions | undefined]>([
    ["does not say whether it wants usage", undefined],
    ["wants usage", { include_usage: true }],
    ["wants none, and is told all the same", { include_usage: false }],
  ])("streams calls to a client that %s", async (_, stream_options) => {
    const client = clientOf("tools");
    const cost = await costing(way, "tools", async () => {
      const stream = await client.chat.completions.create({
        ...request,
        stream: true,
        ...(stream_options === undefined ? {} : { stream_options }),
      });
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of stream) {
        chunks.push(chunk);
      }
      const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
      for (const [index, [name]] of expected.entries()) {
        const own = deltas.filter((delta) => delta.index === index);
        expect(own[0]).toMatchObject({
          id: expect.stringMatching(/^call_/),
          type: "function",
          function: { name },
        });
        expect(own.map((delta) => delta.function?.arguments ?? "").join("")).toBe(cityArguments);
      }
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("tool_calls");
      // The gateway asks for usage in every stream, or nothing could be counted.
      expect(chunks.at(-1)).toMatchObject({
        choices: [],
        usage: { prompt_tokens: input, completion_tokens: outputOfCalls },
      });
    });
    expect(cost).toBe(input * perInput + outputOfCalls * perOutput);
    const helper = await clientOf("tools").chat.completions.stream(request).finalChatCompletion();
    expect(called(helper.choices[0]?.message)).toEqual(expected);
  });

  it("hands everything on as it came, but for the model's name and the key", async () => {
    const more = {
      parallel_tool_calls: false,
      tool_choice: { type: "function" as const, function: { name: "get_time" } },
      metadata: { ticket: "7" },
      prompt_cache_key: "session-7",
      reasoning_effort: "low" as const,
      service_tier: "default" as const,
      store: false,
      user: "ann",
    };
    const answer = await clientOf("tools").chat.completions.create({ ...request, ...more });
    expect(called(answer.choices[0]?.message)).toEqual([["get_time", cityArguments]]);
    const seen = gateway.engine(model).requests.at(-1);
    expect(seen?.body).toEqual({ ...request, ...more, model: "gpt-upstream" });
    expect(seen?.headers.authorization).toBe("Bearer simulated-key");
    expect(JSON.stringify(seen?.headers)).not.toContain(localApiKey("tools"));
  });
});

describe.each(ways)("responses with tools, settled by $budget", (way: Way) => {
  const { model } = way;
  const input = definitionTokens(responsesTools) + countTokens(question);
  const request = { model, tools: responsesTools, input: question };
  const called = ({ output }: OpenAI.Responses.Response) =>
    output.flatMap((item) => (item.type === "function_call" ? [[item.name, item.arguments]] : []));
  const expected = [
    ["get_weather", cityArguments],
    ["get_time", cityArguments],
  ];

  it("call them, take their results, and are charged to the token", async () => {
    const client = clientOf("tools");
    const cost = await costing(way, "tools", async () => {
      const first = await client.responses.create({ ...request, store: false });
      expect(called(first)).toEqual(expected);
      expect(first.usage).toMatchObject({ input_tokens: input, output_tokens: outputOfCalls });
      const calls = first.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
      const second = await client.responses.create({
        ...request,
        store: false,
        input: [
          { role: "user", content: question },
          ...calls,
          ...calls.map(({ call_id }) => ({
            type: "function_call_output" as const,
            call_id,
            output: "sunny",
          })),
        ],
      });
      expect(second.output_text).toMatch(/^Simulated answer/);
    });
    const calls = expected.reduce((sum, call) => sum + countTokens(call.join(" ")), 0);
    const all = 2 * input + calls + 2 * countTokens("sunny");
    expect(cost).toBe(all * perInput + (outputOfCalls + 16) * perOutput);
  });

  it("stream calls", async () => {
    const client = clientOf("tools");
    const cost = await costing(way, "tools", async () => {
      const stream = await client.responses.create({ ...request, stream: true });
      const events: OpenAI.Responses.ResponseStreamEvent[] = [];
      for await (const event of stream) {
        events.push(event);
      }
      expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
      const pieces = events.filter(({ type }) => type === "response.function_call_arguments.delta");
      expect(pieces).toHaveLength(outputOfCalls);
      const last = events.at(-1);
      expect(last?.type).toBe("response.completed");
      expect(last?.type === "response.completed" ? called(last.response) : []).toEqual(expected);
    });
    expect(cost).toBe(input * perInput + outputOfCalls * perOutput);
    expect(called(await client.responses.stream(request).finalResponse())).toEqual(expected);
  });

  it("that were cut say so, and are charged what they said", async () => {
    const cost = await costing(way, "tools", async () => {
      const stream = clientOf("tools").responses.stream({ model, input: "aaaa bbbb", max_output_tokens: 3 });
      const answer = await stream.finalResponse();
      expect(answer).toMatchObject({
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
      });
    });
    expect(cost).toBe(2 * perInput + 3 * perOutput);
  });
});

describe.each(ways)("a response that goes on with another, settled by $budget", (way: Way) => {
  const { model } = way;

  it("is counted as the provider counts it: all that was said before", async () => {
    const client = clientOf("before");
    const first = await client.responses.create({ model, input: "aaaa bbbb" });
    const cost = await costing(way, "before", async () => {
      const second = await client.responses.create({ model, input: "cccc", previous_response_id: first.id });
      expect(second.usage?.input_tokens).toBe(2 + 16 + 1);
      expect(gateway.engine(model).requests.at(-1)?.body?.["previous_response_id"]).toBe(first.id);
    });
    expect(cost).toBe(19 * perInput + 16 * perOutput);
  });

  it("is refused by a provider that does not know it, and costs nothing", async () => {
    const cost = await costing(way, "before", async () => {
      const call = clientOf("before").responses.create({ model, input: "a", previous_response_id: "resp_0" });
      await expect(call).rejects.toThrow(BadRequestError);
      await expect(call).rejects.toMatchObject({ code: "previous_response_not_found" });
    });
    expect(cost).toBe(0);
  });
});

describe("responses that a provider keeps", () => {
  it("are not known to the next backend of the same model", async () => {
    const model = "gpt-first";
    const client = clientOf("moved");
    const first = await client.responses.create({ model, input: "aaaa bbbb" });
    const next = { model, input: "cccc", previous_response_id: first.id };
    expect((await client.responses.create(next)).usage?.input_tokens).toBe(19);
    await gateway.engine(model).behave({ failStatus: 500 });
    try {
      await expect(client.responses.create(next)).rejects.toMatchObject({
        code: "previous_response_not_found",
      });
      // With the whole conversation in the request any backend can answer.
      const whole = await client.responses.create({
        model,
        store: false,
        input: [
          { role: "user", content: "aaaa bbbb" },
          ...first.output.filter((item) => item.type === "message"),
          { role: "user", content: "cccc" },
        ],
      });
      expect(whole.usage?.input_tokens).toBe(19);
    } finally {
      await gateway.engine(model).behave({ failStatus: 0 });
    }
  });

  it("cannot be fetched or deleted: the gateway has no such path", async () => {
    const client = clientOf("moved");
    await expect(client.responses.retrieve("resp_1")).rejects.toThrow(NotFoundError);
    await expect(client.responses.delete("resp_1")).rejects.toThrow(NotFoundError);
  });
});

describe("prompts that come from the provider's cache", () => {
  const prompt = textOf("a", 1_200);

  it.each(ways)("cost what cached input costs, settled by $budget", async (way: Way) => {
    const client = clientOf("cache");
    const { model } = way;
    const chat = (stream: boolean) => async () => {
      const request = { model, max_tokens: 3, messages: [{ role: "user" as const, content: prompt }] };
      if (stream) {
        await client.chat.completions.stream(request).finalChatCompletion();
      } else {
        await client.chat.completions.create(request);
      }
    };
    const responses = async () => {
      await client.responses.create({ model, max_output_tokens: 3, input: prompt });
    };
    await chat(false)();
    const cached = 1_152 * perRead + 48 * perInput + 3 * perOutput;
    expect(await costing(way, "cache", chat(false))).toBe(cached);
    expect(await costing(way, "cache", chat(true))).toBe(cached);
    expect(await costing(way, "cache", responses)).toBe(cached);
  });

  it("that are written cost that where it has a price, which only the answer itself tells", async () => {
    const client = clientOf("written");
    const written = 1_152 * perWritten + 48 * perInput + 3 * perOutput;
    const way = { budget: "stream", model: "gpt-stream" };
    for (const [letter, stream] of [
      ["b", false],
      ["c", true],
    ] as const) {
      const request = {
        model: way.model,
        max_tokens: 3,
        messages: [{ role: "user" as const, content: textOf(letter, 1_200) }],
      };
      const cost = await costing(way, "written", async () =>
        stream
          ? client.chat.completions.stream(request).finalChatCompletion()
          : client.chat.completions.create(request),
      );
      expect(cost).toBe(written);
    }
    const cost = await costing(way, "written", () =>
      client.responses.create({ model: way.model, max_output_tokens: 3, input: textOf("d", 1_200) }),
    );
    expect(cost).toBe(written);
  });
});

describe.each(ways)("what else official clients ask for, settled by $budget", (way: Way) => {
  const { model } = way;

  it("answers that fit a schema", async () => {
    const client = clientOf("schema");
    const schema = { name: "place", strict: true, schema: parameters };
    const cost = await costing(way, "schema", async () => {
      const chat = await client.chat.completions.parse({
        model,
        messages: [{ role: "user", content: "Where?" }],
        response_format: { type: "json_schema", json_schema: schema },
      });
      expect(chat.choices[0]?.message.content).toBe(cityArguments);
      const response = await client.responses.create({
        model,
        input: "Where?",
        text: { format: { type: "json_schema", ...schema } },
      });
      expect(JSON.parse(response.output_text)).toEqual({ city: "Paris" });
    });
    expect(cost).toBe(2 * (countTokens("Where?") * perInput + countTokens(cityArguments) * perOutput));
  });

  it("embeddings", async () => {
    const cost = await costing(way, "embed", async () => {
      const answer = await clientOf("embed").embeddings.create({
        model,
        input: ["Hello, world", "other"],
        dimensions: 8,
      });
      expect(answer.data.map(({ embedding }) => embedding)).toEqual([
        embeddingVector("Hello, world", 8),
        embeddingVector("other", 8),
      ]);
    });
    expect(cost).toBe(7 * perInput);
  });
});

describe("at the limit of a budget of dollars", () => {
  it("the SDK gets its rate limit error, does not try again, and other teams go on", async () => {
    const model = "gpt-little";
    const call = (team: Team) =>
      gateway
        .openai({ apiKey: localApiKey(team), maxRetries: 2 })
        .responses.stream({ model, max_output_tokens: 100, tools: responsesTools, input: textOf("l", 1_100) })
        .finalResponse();
    let spent = 0;
    let error: unknown;
    for (let calls = 0; error === undefined && calls < 100; calls += 1) {
      await call("spender").then(
        ({ usage }) => {
          const { input_tokens = 0, output_tokens = 0, input_tokens_details } = usage ?? {};
          const read = input_tokens_details?.cached_tokens ?? 0;
          spent += (input_tokens - read) * perInput + read * perRead + output_tokens * perOutput;
        },
        (reason: unknown) => {
          error = reason;
        },
      );
    }
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({
      type: "insufficient_quota",
      message: expect.stringMatching(/Budget "little" allows \$0\.01 per year: /),
    });
    expect(Object.fromEntries((error as RateLimitError).headers ?? [])).toMatchObject({
      "x-should-retry": "false",
      "x-budget-name": "little",
    });
    const asked = { model, attributes: { team: "spender", key: "spender" } };
    expect(spent).toBeGreaterThan(0);
    expect((await gateway.settled("little", asked)).used).toBe(spent);
    const before = gateway.engine(model).requestCount;
    await expect(call("spender")).rejects.toThrow(RateLimitError);
    expect(gateway.engine(model).requestCount).toBe(before);
    expect((await call("cache")).status).toBe("completed");
  });
});

describe("a stream that the client gives up", () => {
  it.each(["chat", "responses"] as const)("is charged what came (%s)", async (api) => {
    const model = "gpt-stream";
    await gateway.engine(model).behave({ tokensPerSecond: 20, answerTokens: 400 });
    try {
      const client = clientOf("cut");
      const cost = await costing({ budget: "stream", model }, "cut", async () => {
        const stream =
          api === "chat"
            ? await client.chat.completions.create({
                model,
                messages: [{ role: "user", content: "Hello" }],
                stream: true,
              })
            : await client.responses.create({ model, input: "Hello", stream: true });
        let pieces = 0;
        for await (const _ of stream) {
          pieces += 1;
          if (pieces === 25) {
            break;
          }
        }
      });
      expect(cost).toBeGreaterThan(10 * perOutput);
      expect(cost).toBeLessThan(100 * perInput + 60 * perOutput);
    } finally {
      await gateway.engine(model).behave({ tokensPerSecond: 200, answerTokens: 16 });
    }
  });
});

describe("what AI Gateway does not take, though providers do", () => {
  const model = "gpt-stream";
  const input = [{ role: "user" as const, content: "aaaa" }];

  it.each<[string, object]>([
    [
      "a tool of a kind that it does not know",
      { model, input, tools: [{ type: "tool_of_tomorrow", name: "x" }] },
    ],
    [
      "an item of a kind that it does not know",
      { model, input: [...input, { type: "item_of_tomorrow", text: "x" }] },
    ],
  ])("is refused with 400, reaches nobody and costs nothing: %s", async (_, body) => {
    const before = gateway.engine(model).requestCount;
    const cost = await costing({ budget: "stream", model }, "bad", async () => {
      const call = clientOf("bad").responses.create(
        body as OpenAI.Responses.ResponseCreateParamsNonStreaming,
      );
      await expect(call).rejects.toThrow(BadRequestError);
    });
    expect(cost).toBe(0);
    expect(gateway.engine(model).requestCount).toBe(before);
  });

  it("what an assistant said is taken in all its forms", async () => {
    const said = { role: "assistant" as const, content: "bbbb" };
    const parts = [{ type: "output_text" as const, text: "bbbb", annotations: [] }];
    const forms: OpenAI.Responses.ResponseInputItem[] = [
      said,
      { type: "message", ...said },
      { type: "message", id: "msg_1", role: "assistant", status: "completed", content: parts },
    ];
    for (const form of forms) {
      const answer = await clientOf("bad").responses.create({ model, input: [...input, form, ...input] });
      expect(answer.usage?.input_tokens).toBe(3);
    }
  });
});

it("nothing is held for anybody in the end", async () => {
  await until(
    async () =>
      (await gateway.standing("stream", { model: "gpt-stream", attributes: { team: "bad", key: "bad" } }))
        .liveHolds === 0,
  );
});

import { request } from "node:http";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { PermissionDeniedError } from "openai";
import { afterAll, describe, expect, it } from "vitest";
import type { PolicyDocument, RuleDocument } from "../../extproc/contract";
import { randomFrom } from "../support/randomFrom";
import { ApiCalls, anthropicError, bearer, type Headers, openAiError } from "./support/apiCalls";
import { helloWorld, useGateway } from "./support/gateway";
import { jwt, tokenOf } from "./support/tokens";

const model = { vllm: { source: "Qwen/Qwen3-1.7B" } };
const gateway = useGateway({
  models: { qwen: { ...model, fallback: ["spare"] }, large: model, spare: { ...model, public: false } },
  access: {
    jwt,
    apiKeys: {
      batch: { generated: true, team: "search" },
      chat: { generated: true, team: "support" },
    },
    rules: { all: { models: ["qwen"] }, search: { teams: ["search"], models: ["large"] } },
  },
});
const calls = new ApiCalls(() => gateway.local.baseUrl, "qwen");
const models = ["large", "qwen", "spare"];
const requests = () => models.reduce((sum, name) => sum + gateway.engine(name).requestCount, 0);

describe("what callers may call", () => {
  it.each<[string, Headers, string, number]>([
    ["what everybody may", bearer("local-chat"), "qwen", 200],
    ["what their team may", bearer("local-batch"), "large", 200],
    ["what a team of their token may", bearer(tokenOf({ teams: "search" })), "large", 200],
    [
      "what one of the teams of their token may",
      bearer(tokenOf({ teams: ["sales", "search"] })),
      "large",
      200,
    ],
    ["not what another team may", bearer("local-chat"), "large", 403],
    ["nor with a token of no team", bearer(tokenOf()), "large", 403],
    ["nor with one of another team", bearer(tokenOf({ teams: ["sales", "support"] })), "large", 403],
    ["nor with a team that begins so", bearer(tokenOf({ teams: "search-interns" })), "large", 403],
    ["nor with a list in one text", bearer(tokenOf({ teams: "sales,search" })), "large", 403],
    [
      "nor with a claim in other letters",
      bearer(tokenOf({ Teams: "search", TEAMS: ["search"] })),
      "large",
      403,
    ],
    ["nor with a team that is no text", bearer(tokenOf({ teams: { search: true } })), "large", 403],
    ["nor a model that nobody sees, whose name they know", bearer("local-batch"), "spare", 404],
  ])("is %s", async (_, headers, name, status) => {
    const before = requests();
    expect((await calls.chat(headers, name)).status).toBe(status);
    expect((await calls.message(headers, name)).status).toBe(status);
    expect(requests() - before).toBe(status === 200 ? 2 : 0);
  });

  it("is told in the words of the API", async () => {
    const message = 'You may not use the model "large".';
    const openai = await calls.chat(bearer("local-chat"), "large");
    expect([openai.status, openai.body]).toEqual([403, openAiError(message, "permission_denied", "model")]);
    const { status, body, requestId } = await calls.message(bearer("local-chat"), "large");
    expect([status, body]).toEqual([403, anthropicError(message, "permission_error", requestId)]);
    const client = new OpenAI({
      baseURL: `${gateway.local.baseUrl}/v1`,
      apiKey: "local-chat",
      maxRetries: 0,
    });
    const asked = client.chat.completions.create({ model: "large", messages: helloWorld });
    await expect(asked).rejects.toThrow(PermissionDeniedError);
  });

  it.each([
    ["local-batch", 'The model "larg" does not exist. Did you mean "large"?'],
    ["local-chat", 'The model "larg" does not exist.'],
  ])("is what an unknown model may have meant: %s", async (key, message) => {
    const openai = await calls.chat(bearer(key), "larg");
    expect([openai.status, openai.body]).toEqual([404, openAiError(message, "model_not_found", "model")]);
    const { status, body, requestId } = await calls.message(bearer(key), "larg");
    expect([status, body]).toEqual([404, anthropicError(message, "not_found_error", requestId)]);
  });
});

it("a WebSocket is no matter of who asks: nobody is told that its credentials are wrong", async () => {
  const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const upgrade = { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const headers = { ...upgrade, "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", ...bearer("local-batch") };
    const asked = request(`${gateway.local.baseUrl}/v1/realtime?model=large`, { headers }, (response) => {
      let text = "";
      response.on("data", (piece: Buffer) => {
        text += piece.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    asked.on("upgrade", (_, socket) => {
      socket.destroy();
      reject(new Error("it was let through"));
    });
    asked.on("error", reject);
    asked.end();
  });
  expect(answer).toEqual({ status: 403, text: "" });
});

describe("the list of models", () => {
  it("is read by the official clients", async () => {
    const client = new OpenAI({ baseURL: `${gateway.local.baseUrl}/v1`, apiKey: "local-chat" });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["qwen"]);
    const anthropic = new Anthropic({
      baseURL: `${gateway.local.baseUrl}/anthropic`,
      apiKey: "local-batch",
    });
    expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(["large", "qwen"]);
  });

  /** Whom rules may name; each is in several ways. */
  const callers: readonly Headers[] = [
    bearer("local-batch"),
    bearer("local-chat"),
    bearer(tokenOf()),
    bearer(tokenOf({ sub: "bob", teams: ["search", "sales"] })),
  ];
  const random = randomFrom(20_261_121);
  const someOf = <Name>(names: readonly Name[]) => {
    const some = names.filter(() => random() < 0.5);
    return some.length === 0 ? names.slice(0, 1) : some;
  };
  const randomRule = (): RuleDocument => ({
    ...(random() < 0.2 ? {} : { models: [...someOf(["large", "qwen"])] }),
    ...(random() < 0.2
      ? {}
      : {
          callers: Object.fromEntries(
            someOf(["team", "user"]).map((attribute) => [
              attribute,
              [...someOf(attribute === "team" ? ["search", "support", "sales"] : ["ann", "bob"])],
            ]),
          ),
        }),
  });
  const documents = Array.from({ length: 12 }, (_, count) =>
    Object.fromEntries(Array.from({ length: count % 4 }, (_unused, index) => [`r${index}`, randomRule()])),
  );
  const listed = new Set<string>();

  it.each(documents)("is what each caller may call, by the rules %j", async (rules) => {
    const { processor, resolved } = gateway.local;
    const { access, ...others } = JSON.parse(resolved.policy ?? "{}") as PolicyDocument;
    processor?.use(JSON.stringify({ ...others, access: { ...access, rules } }));
    for (const headers of callers) {
      const callable: string[] = [];
      for (const name of models) {
        const before = requests();
        const { status } = await calls.chat(headers, name);
        expect((await calls.message(headers, name)).status).toBe(status);
        expect(requests() - before).toBe(status === 200 ? 2 : 0);
        expect(status === 200 || status === (name === "spare" ? 404 : 403), `${name}: ${status}`).toBe(true);
        callable.push(...(status === 200 ? [name] : []));
      }
      expect(await calls.models(headers)).toEqual(callable);
      expect(await calls.models(headers, "/anthropic/v1/models")).toEqual(callable);
      listed.add(callable.join());
    }
  });

  it("was another one for one caller and the next", () => {
    expect([...listed].sort()).toEqual(["", "large", "large,qwen", "qwen"]);
  });

  afterAll(() => {
    const { processor, resolved } = gateway.local;
    processor?.use(resolved.policy ?? "");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelPolicy } from "../../extproc/policy/policy";
import { worstCostOf } from "../../extproc/policy/worstCase";
import { dialectOf, Endpoint, endpointOf } from "../../extproc/usage/endpoint";
import {
  affordableOutput,
  estimateRequest,
  type Learned,
  nothingLearned,
} from "../../extproc/usage/estimate";
import { capOf, type ModelRequest } from "../../extproc/usage/modelRequest";
import { readRequest } from "../../extproc/usage/readRequest";
import { scanJson } from "../../extproc/usage/scanJson";
import { leastCap, shrinkRequest } from "../../extproc/usage/shrinkRequest";

const json = "application/json";
const read = (body: unknown, endpoint: Endpoint = Endpoint.Chat, contentType = json) =>
  readRequest(endpoint, contentType, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
const good = (body: unknown, endpoint: Endpoint = Endpoint.Chat): ModelRequest => {
  const { request, problem } = read(body, endpoint);
  if (request === undefined) {
    throw new Error(problem?.message);
  }
  return request;
};
const message = (body: unknown, endpoint: Endpoint = Endpoint.Chat) => read(body, endpoint).problem?.message;

describe("endpoints", () => {
  it.each([
    ["/v1/chat/completions", "chat"],
    ["/v1/chat/completions?api-version=1", "chat"],
    ["/anthropic/v1/messages", "messages"],
    ["/v1/images/generations", "images"],
    ["/v1/models", undefined],
    ["/v1/chat/completions/", undefined],
    ["/V1/chat/completions", undefined],
  ])("%s is %s", (path, endpoint) => {
    expect(endpointOf(path)).toBe(endpoint);
  });

  it("have a dialect even when they are none", () => {
    expect([dialectOf("/anthropic/v1/models"), dialectOf("/v1/models")]).toEqual(["anthropic", "openai"]);
  });
});

describe("what a request says", () => {
  it("is read from the body", () => {
    const body = { messages: [], model: "m", stream: true, max_tokens: 5, max_completion_tokens: 9, n: 3 };
    const request = good(body);
    expect(request).toMatchObject({ model: "m", stream: true, choices: 3, images: 0, hasStoredInput: false });
    expect(capOf(request)).toBe(9);
    expect(request.textBytes).toBe(JSON.stringify(body).length);
  });

  it.each<[string, object, number | undefined, Endpoint?]>([
    ["no cap", {}, undefined],
    ["the largest of two caps", { max_tokens: 4000, max_completion_tokens: 1 }, 4000],
    ["null is no cap", { max_tokens: null }, undefined],
    ["null beside a cap", { max_tokens: null, max_completion_tokens: 7 }, 7],
    ["below 0 is endless", { max_tokens: -1, max_completion_tokens: 7 }, undefined],
    ["parts of a token", { max_tokens: 7.2 }, 8],
    ["responses", { max_output_tokens: 64 }, 64, Endpoint.Responses],
    ["messages", { max_tokens: 64 }, 64, Endpoint.Messages],
  ])("%s", (_, members, cap, endpoint = Endpoint.Chat) => {
    expect(capOf(good({ model: "m", ...members }, endpoint))).toBe(cap);
  });

  it.each<[string, object, number, Endpoint?]>([
    ["one", {}, 1],
    ["n", { n: 4 }, 4],
    ["best_of", { n: 2, best_of: 5 }, 5, Endpoint.Completions],
    ["prompts", { prompt: ["a", 'b"', "c"], n: 2 }, 6, Endpoint.Completions],
    ["one prompt", { prompt: "a" }, 1, Endpoint.Completions],
    ["a prompt of tokens", { prompt: [1, 2, 3] }, 1, Endpoint.Completions],
    ["prompts of tokens", { prompt: [[1, 2, 3], [4]] }, 2, Endpoint.Completions],
    ["null", { n: null }, 1],
    ["nothing", { n: 0 }, 1],
  ])("choices: %s", (_, members, choices, endpoint = Endpoint.Chat) => {
    expect(good({ model: "m", ...members }, endpoint).choices).toBe(choices);
  });

  it("counts tokens that are given as numbers", () => {
    expect(good({ model: "m", input: [[1, 22, 333], [4444]] }, Endpoint.Embeddings).tokenInputs).toBe(4);
    const plain = good({ model: "m", input: ["some text"] }, Endpoint.Embeddings);
    expect(plain).toMatchObject({
      tokenInputs: 0,
      textBytes: JSON.stringify({ model: "m", input: ["some text"] }).length,
    });
  });

  const data = Buffer.alloc(30_000, "image").toString("base64");
  it.each<[string, object, object]>([
    [
      "OpenAI image",
      { type: "image_url", image_url: { url: `data:image/png;base64,${data}` } },
      { imageParts: 1 },
    ],
    [
      "image by address",
      { type: "image_url", image_url: { url: "https://example.com/a.png" } },
      { imageParts: 1 },
    ],
    [
      "Responses image",
      { type: "input_image", image_url: `data:image/png;base64,${data}` },
      { imageParts: 1 },
    ],
    ["audio", { type: "input_audio", input_audio: { data, format: "wav" } }, { audioParts: 1 }],
    ["file", { type: "file", file: { file_data: `data:application/pdf;base64,${data}` } }, { fileParts: 1 }],
    [
      "Anthropic image",
      { type: "image", source: { type: "base64", media_type: "image/png", data } },
      { imageParts: 1 },
    ],
    ["Anthropic document", { type: "document", source: { type: "base64", data } }, { fileParts: 1 }],
  ])("%s counts as such and not as text", (_, part, counts) => {
    const request = good({
      model: "m",
      messages: [{ role: "user", content: [{ type: "text", text: "Look" }, part] }],
    });
    expect(request).toMatchObject({ imageParts: 0, fileParts: 0, audioParts: 0, ...counts });
    expect(request.textBytes).toBeLessThan(300);
  });

  it("is not fooled by text that is called data", () => {
    const data = "These are words, and not encoded bytes at all. ".repeat(100);
    const body = { model: "m", messages: [{ role: "user", content: [{ type: "x", data }] }] };
    expect(good(body).textBytes).toBe(JSON.stringify(body).length);
  });

  it("knows what else makes a call larger", () => {
    expect(good({ model: "m", n: 3 }, Endpoint.Images)).toMatchObject({ images: 3, choices: 3 });
    expect(good({ model: "m", previous_response_id: "r" }, Endpoint.Responses).hasStoredInput).toBe(true);
    expect(good({ model: "m", conversation: null }, Endpoint.Responses).hasStoredInput).toBe(false);
    expect(good({ model: "m", prediction: { content: "0123456789" } }).predictionBytes).toBe(24);
    expect(good({ model: "m", system: [{ cache_control: {} }] }, Endpoint.Messages).writesCache).toBe(true);
    const kept = (ttl?: string) =>
      good({ model: "m", system: [{ cache_control: { type: "ephemeral", ttl } }] }, Endpoint.Messages)
        .keepsForHour;
    expect([kept(), kept("5m"), kept("1h")]).toEqual([false, false, true]);
    expect(good({ model: "m", stop: ["1h"] }).keepsForHour).toBe(false);
    expect(good({ model: "m", modalities: ["text", "audio"] }).mayAnswerAudio).toBe(true);
    expect(good({ model: "m", input: "x", stream_format: "sse" }, Endpoint.Speech).stream).toBe(true);
  });
});

describe("what could be read in two ways is refused", () => {
  it.each<[string, string, string]>([
    ["two models", '{"model":"cheap","model":"dear"}', '"model" is given twice.'],
    ["an escaped second model", '{"model":"cheap","mo\\u0064el":"dear"}', '"model" is given twice.'],
    ["a second model of nothing", '{"model":"cheap","model":null}', '"model" is given twice.'],
    ["two caps of one name", '{"model":"m","max_tokens":1,"max_tokens":99}', '"max_tokens" is given twice.'],
    ["two streams", '{"model":"m","stream":false,"stream":true}', '"stream" is given twice.'],
    [
      "another case",
      '{"model":"m","Max_Tokens":9}',
      '"Max_Tokens" differs from a known member in letter case only.',
    ],
    ["a letter that folds", '{"model":"m","\u017ftream":true}', "letter case only"],
    ["a cap as text", '{"model":"m","max_tokens":"99"}', '"max_tokens" is not a number.'],
    ["a stream as text", '{"model":"m","stream":"true"}', '"stream" is neither true nor false.'],
    ["a model that is no name", '{"model":["m"]}', '"model" is not a name.'],
    ["no model", '{"messages":[]}', '"model" is not a name.'],
    ["an empty model", '{"model":""}', '"model" is not a name.'],
    ["a model without end", `{"model":"${"m".repeat(2000)}"}`, '"model" is too long.'],
    ["a bad number", '{"model":"m","n":1-1}', '"n" is not valid JSON.'],
    ["too many choices", '{"model":"m","n":1e300}', '"n" is not a number up to'],
    ["nothing", "", "not a JSON object"],
    ["a list", '[{"model":"m"}]', "not a JSON object"],
    ["two objects", '{"model":"m"}{"model":"n"}', "not a JSON object"],
    ["a mark in front", '\ufeff{"model":"m"}', "not a JSON object"],
    ["brackets that do not match", '{"model":"m","a":[}', "not a JSON object"],
    ["an open string", '{"model":"m","a":"\\"}', "not a JSON object"],
    ["an open object", '{"model":"m"', "not a JSON object"],
    ["a comma too many", '{"model":"m",}', "not a JSON object"],
    ["deep nesting", `{"model":"m","a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "not a JSON object"],
    ["bytes of gzip", "\u001f\u008b\u0008\u0000", "not a JSON object"],
  ])("%s", (_, body, reason) => {
    expect(message(body)).toContain(reason);
  });

  it("whatever the content type says, as the gateway does", () => {
    expect(read('{"model":"m"}', Endpoint.Chat, "text/plain").request?.model).toBe("m");
    expect(readRequest(Endpoint.Chat, undefined, Buffer.from('{"model":"m"}')).request?.model).toBe("m");
  });

  it("does not stumble over bad UTF-8", () => {
    const body = Buffer.concat([Buffer.from('{"model":"m'), Buffer.from([0xff, 0xc3]), Buffer.from('"}')]);
    expect(readRequest(Endpoint.Chat, json, body).request?.model).toBe("m\ufffd\ufffd");
  });
});

describe("forms", () => {
  const type = 'multipart/form-data; boundary="x-1"';
  const part = (name: string, value: string, more = "") =>
    `--x-1\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const form = (body: string, contentType = type) =>
    readRequest(Endpoint.Transcriptions, contentType, Buffer.from(body, "latin1"));
  const file = part("file", "\u0000\u00ffRIFF\r\n--x-\r\n", '; filename="a.wav"');

  it("are read", () => {
    const { request } = form(`${file}${part("model", "whisper")}${part("stream", "true")}--x-1--\r\n`);
    expect(request).toMatchObject({ model: "whisper", stream: true, audioParts: 1 });
    const bare = form(`${part("model", "m")}--x-1--`, "Multipart/Form-Data; boundary=x-1");
    expect(bare.request).toMatchObject({ model: "m", stream: false });
  });

  it.each([
    ["two models", `${part("model", "a")}${part("model", "b")}--x-1--\r\n`],
    ["another case", `${part("model", "a")}${part("Model", "b")}--x-1--\r\n`],
    ["an escaped name", `${part("model", "a")}${part('mod\\"el', "b")}--x-1--\r\n`],
    [
      "an encoded name",
      `--x-1\r\nContent-Disposition: form-data; name*=UTF-8''model\r\n\r\na\r\n--x-1--\r\n`,
    ],
    [
      "two dispositions",
      part("model", "a").replace("\r\n\r\n", "\r\nContent-Disposition: form-data\r\n\r\n"),
    ],
    [
      "an encoded part",
      part("model", "a").replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
    ],
    ["a preamble", `hello\r\n${part("model", "a")}--x-1--\r\n`],
    ["an epilogue", `${part("model", "a")}--x-1--\r\n${part("model", "b")}`],
    ["no end", part("model", "a")],
    ["no model", `${file}--x-1--\r\n`],
    ["a model without end", `${part("model", "a".repeat(5000))}--x-1--\r\n`],
  ])("with %s are refused", (_, body) => {
    expect(form(body).problem?.status).toBe(400);
  });

  it("never make the reader throw", () => {
    const whole = `${file}${part("model", "whisper")}--x-1--\r\n`;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(whole.length), fc.nat(255)), { maxLength: 5 }), (changes) => {
        const bytes = Buffer.from(whole, "latin1");
        for (const [at, byte] of changes) {
          bytes[at] = byte;
        }
        form(bytes.toString("latin1"));
        form(bytes.subarray(0, changes[0]?.[0] ?? 0).toString("latin1"));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("any body", () => {
  const members = (body: Buffer) => {
    const found: [unknown, unknown][] = [];
    const complete = scanJson(body, {
      member: (keyStart, keyEnd, start, end) => {
        const key = JSON.parse(body.toString("utf8", keyStart - 1, keyEnd + 1));
        found.push([key, JSON.parse(body.toString("utf8", start, end))]);
        return true;
      },
      inner: () => undefined,
    });
    return complete ? found : undefined;
  };

  it("that is a JSON object is walked over as JSON.parse would", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 4 })),
        fc.constantFrom(undefined, 1, "\t"),
        (object, space) => {
          const plain = JSON.parse(JSON.stringify(object));
          expect(members(Buffer.from(JSON.stringify(plain, null, space)))).toEqual(Object.entries(plain));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("finds the end of strings with any number of backslashes, near and far", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.array(fc.constantFrom('"', "\\", "a"), { maxLength: 40 }), (pad, parts) => {
        const value = `${"x".repeat(pad)}${parts.join("")}`;
        expect(members(Buffer.from(JSON.stringify({ a: value, b: [value] })))).toEqual([
          ["a", value],
          ["b", [value]],
        ]);
      }),
      { numRuns: 5000 },
    );
  });

  it("that was damaged is refused or read, and never throws", () => {
    const whole = Buffer.from(
      JSON.stringify({
        model: "m",
        stream: true,
        max_tokens: 100,
        n: 2,
        thinking: { type: "enabled", budget_tokens: 50 },
        prompt: ["a", [1, 2]],
        messages: [
          { role: "user", content: [{ type: "image_url", image_url: { url: "data:;base64,AAAA" } }] },
        ],
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...Object.values(Endpoint)),
        fc.nat(whole.length),
        (changes, endpoint, length) => {
          const body = Buffer.from(whole);
          for (const [at, byte] of changes) {
            body[at] = byte;
          }
          for (const piece of [body, body.subarray(0, length)]) {
            const { request } = readRequest(endpoint, json, piece);
            if (request !== undefined) {
              expect(Number.isSafeInteger(request.choices * request.textBytes)).toBe(true);
              shrinkRequest(piece, request, 10);
            }
          }
        },
      ),
      { numRuns: 10_000 },
    );
  });
});

describe("shrinking", () => {
  const shrunk = (body: string, cap: number, endpoint: Endpoint = Endpoint.Chat) =>
    shrinkRequest(Buffer.from(body), good(body, endpoint), cap)?.toString();

  it.each<[string, string, number, string | undefined, Endpoint?]>([
    ["replaces a cap", '{ "model":"m", "max_tokens" : 500 }', 20, '{ "model":"m", "max_tokens" : 20 }'],
    [
      "replaces only what is above",
      '{"max_tokens":500,"model":"m","max_completion_tokens":10}',
      20,
      '{"max_tokens":20,"model":"m","max_completion_tokens":10}',
    ],
    ["leaves a lower cap alone", '{"model":"m","max_tokens":5}', 20, '{"model":"m","max_tokens":5}'],
    ["replaces null", '{"model":"m","max_tokens":null}', 20, '{"model":"m","max_tokens":20}'],
    [
      "leaves null beside a cap",
      '{"model":"m","max_tokens":null,"max_completion_tokens":90}',
      20,
      '{"model":"m","max_tokens":null,"max_completion_tokens":20}',
    ],
    ["replaces endless", '{"model":"m","max_tokens":-1}', 20, '{"model":"m","max_tokens":20}'],
    ["puts one where there is none", ' {"model":"m"}', 20, ' {"max_completion_tokens":20,"model":"m"}'],
    ["knows completions", '{"model":"m"}', 20, '{"max_tokens":20,"model":"m"}', Endpoint.Completions],
    ["knows responses", '{"model":"m"}', 20, '{"max_output_tokens":20,"model":"m"}', Endpoint.Responses],
    ["goes not below what a provider takes", '{"model":"m"}', 15, undefined, Endpoint.Responses],
    ["goes not to 0", '{"model":"m"}', 0, undefined],
    [
      "goes not into thinking",
      '{"model":"m","max_tokens":9000,"thinking":{"budget_tokens":2000}}',
      2000,
      undefined,
    ],
    ["has no meaning for embeddings", '{"model":"m","input":"x"}', 20, undefined, Endpoint.Embeddings],
  ])("%s", (_, body, cap, result, endpoint = Endpoint.Chat) => {
    expect(shrunk(body, cap, endpoint)).toBe(result);
  });

  it("keeps every other byte, bad UTF-8 too, and the result asks for no more than the cap", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.constantFrom("max_tokens", "max_completion_tokens"), { maxLength: 2 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 1000 }),
        (bytes, names, value, cap) => {
          const text = Buffer.from(bytes.filter((byte) => byte !== 0x22 && byte !== 0x5c));
          const fields = [...new Set(names)].map((name) => `"${name}":${value},`).join("");
          const tail = Buffer.concat([Buffer.from('"model":"m","messages":"'), text, Buffer.from('"}')]);
          const body = Buffer.concat([Buffer.from(`{${fields}`), tail]);
          const request = readRequest(Endpoint.Chat, json, body).request;
          const result = request === undefined ? undefined : shrinkRequest(body, request, cap);
          expect(result?.subarray(-tail.length).equals(tail)).toBe(true);
          const again = readRequest(Endpoint.Chat, json, result ?? body).request;
          expect(again === undefined ? undefined : capOf(again)).toBe(
            fields === "" ? cap : Math.min(value, cap),
          );
        },
      ),
    );
  });

  it("says how low it can go", () => {
    expect(leastCap(good({ model: "m" }))).toBe(1);
    expect(leastCap(good({ model: "m", thinking: { budget_tokens: 1024 } }, Endpoint.Messages))).toBe(1025);
  });
});

describe("estimates", () => {
  const model: ModelPolicy = {
    name: "m",
    pools: [{ tier: "", backends: new Map(), prices: [] }],
    listed: { ownedBy: "", createdMs: 0, hostnames: undefined },
    maxInputTokens: undefined,
    maxOutputTokens: 1000,
    bytesPerToken: 3,
    imageTokens: 500,
    fileTokens: 9000,
    audioTokens: 700,
  };
  const learned: Learned = { bytesPerToken: 4, outputTokens: 120 };
  const estimate = (body: object, endpoint: Endpoint, from: Learned, hold: "strict" | "adaptive") => {
    const { inputTokens, outputTokens } = estimateRequest(
      good({ model: "m", ...body }, endpoint),
      model,
      from,
      hold,
    );
    return [inputTokens, outputTokens];
  };

  it("hold the caps when strict, and what was learned when adaptive", () => {
    const body = { messages: "x".repeat(560), max_tokens: 300, n: 2 };
    const bytes = JSON.stringify({ model: "m", ...body }).length;
    expect(estimate(body, Endpoint.Chat, nothingLearned, "strict")).toEqual([16 + Math.ceil(bytes / 3), 600]);
    expect(estimate(body, Endpoint.Chat, learned, "strict")).toEqual([16 + Math.ceil(bytes / 4), 600]);
    expect(estimate(body, Endpoint.Chat, learned, "adaptive")[1]).toBe(240);
    expect(estimate({ max_tokens: 50 }, Endpoint.Chat, learned, "adaptive")[1]).toBe(50);
    expect(estimate({}, Endpoint.Chat, learned, "strict")[1]).toBe(1000);
    expect(estimate({ input: "x" }, Endpoint.Embeddings, learned, "strict")[1]).toBe(0);
    expect(estimate({ prediction: "x".repeat(398) }, Endpoint.Chat, learned, "strict")[1]).toBe(1100);
  });

  it("take stored input for as long as the model allows", () => {
    const request = good({ model: "m", previous_response_id: "r" }, Endpoint.Responses);
    const long = { ...model, maxInputTokens: 128_000 };
    expect(estimateRequest(request, long, learned, "strict").inputTokens).toBe(128_000);
    const short = good({ model: "m", messages: "x".repeat(9000) });
    expect(estimateRequest(short, { ...model, maxInputTokens: 100 }, learned, "strict").inputTokens).toBe(
      100,
    );
  });

  it("find the output that money pays for", () => {
    const tokens = {
      cachedInput: 0,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      reasoning: 0,
      audioIn: 0,
      audioOut: 0,
    };
    const price = {
      ...tokens,
      input: 3_000_000_000,
      output: 15_000_000_000,
      image: 0,
      request: 0,
      tiers: [],
    };
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.nat(100_000),
        fc.nat(2_000_000_000),
        (inputTokens, outputTokens, money) => {
          const worst = {
            ...{ inputTokens, outputTokens, images: 0 },
            ...{ audioIn: false, audioOut: false, cacheWrites: false },
          };
          const affordable = affordableOutput([price], worst, money);
          const cost = (output: number) => worstCostOf([price], { ...worst, outputTokens: output });
          expect(affordable).toBeLessThanOrEqual(outputTokens);
          if (affordable >= 0) {
            expect(cost(affordable)).toBeLessThanOrEqual(money);
          }
          if (affordable < outputTokens) {
            expect(cost(affordable + 1)).toBeGreaterThan(money);
          }
        },
      ),
    );
  });
});

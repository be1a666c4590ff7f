import { type Answer, answerTo, type Prompt } from "./answer";
import { embeddingVector } from "./embeddingVector";
import { asArray, asNumber, asObject, asString, textOf } from "./json";
import { defaultDimensions } from "./openaiEmbeddings";
import type { Exchange } from "./reply";
import { countTokens } from "./tokens";

/** `...:generateContent` of Gemini on Vertex AI. */
export async function vertexGenerate({ body, engine, reply }: Exchange): Promise<void> {
  const answer = answerTo(vertexPrompt(body), engine, reply.behaviour);
  const text = answer.tokens.join("");
  const part = answer.tool
    ? { functionCall: { name: answer.tool.name, args: answer.cut ? {} : JSON.parse(text) } }
    : { text };
  await reply.json(
    { candidates: [candidate([part], answer)], usageMetadata: usageOf(answer) },
    answer.outputTokens,
  );
}

/** `...:streamGenerateContent?alt=sse`. */
export async function vertexStream({ body, engine, reply }: Exchange): Promise<void> {
  const answer = answerTo(vertexPrompt(body), engine, reply.behaviour);
  await reply.stream();
  if (answer.tool === undefined) {
    for await (const token of reply.pace(answer.tokens)) {
      await reply.event({ candidates: [candidate([{ text: token }])] });
    }
  } else {
    const args = answer.cut ? {} : JSON.parse(answer.tokens.join(""));
    await reply.event({ candidates: [candidate([{ functionCall: { name: answer.tool.name, args } }])] });
  }
  await reply.event({ candidates: [candidate([{ text: "" }], answer)], usageMetadata: usageOf(answer) });
  reply.end();
}

/** `...:predict` of an embedding model. */
export async function vertexPredict({ body, reply }: Exchange): Promise<void> {
  const texts = asArray(body["instances"]).map((instance) => asString(asObject(instance)["content"]) ?? "");
  const dimensions = asNumber(asObject(body["parameters"])["outputDimensionality"]) ?? defaultDimensions;
  const predictions = texts.map((text) => {
    const statistics = { token_count: countTokens(text), truncated: false };
    return { embeddings: { values: embeddingVector(text, dimensions), statistics } };
  });
  await reply.json({ predictions });
}

function candidate(parts: readonly object[], finished?: Answer) {
  const content = { role: "model", parts };
  return finished
    ? { index: 0, content, finishReason: finished.cut ? "MAX_TOKENS" : "STOP" }
    : { index: 0, content };
}

function usageOf({ inputTokens, outputTokens }: Answer) {
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens,
    totalTokenCount: inputTokens + outputTokens,
  };
}

function vertexPrompt(body: Exchange["body"]): Prompt {
  const contents = asArray(body["contents"]).map(asObject);
  const last = contents.at(-1);
  const system = textOf(asObject(body["system_instruction"] ?? body["systemInstruction"])["parts"]);
  const texts = contents.map(({ parts }) => textOf(parts));
  const config = asObject(body["generation_config"] ?? body["generationConfig"]);
  return {
    text: [...(system === "" ? [] : [system]), ...texts].join("\n"),
    lastUserText: last?.["role"] === "user" ? textOf(last["parts"]) : "",
    maxTokens: asNumber(config["maxOutputTokens"]),
    tools: asArray(body["tools"])
      .flatMap((tool) => asArray(asObject(tool)["functionDeclarations"]))
      .map(asObject)
      .map((spec) => ({
        name: asString(spec["name"]) ?? "",
        parameters: asObject(spec["parametersJsonSchema"] ?? spec["parameters"]),
      })),
    toolChoice: "auto",
  };
}

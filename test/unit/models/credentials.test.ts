import { secret } from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { DeclarationError } from "../../../components/shared/problems";
import { objectOf, objectsOf, problemsOf, resolvedOf, specOf, type Wrong } from "./support";

const key = secret("key");
const secretsOf = (args: ModelGatewayArgs) =>
  objectsOf(args)
    .filter(({ manifest }) => manifest.kind === "Secret")
    .map(({ key: of, manifest }) => [of, `${manifest.metadata.namespace}/${manifest.metadata.name}`]);

describe("a credential that models share", () => {
  const credentials = { team: { apiKey: key } };
  const model = { openai: { credential: "team" } };

  it("is one Secret, and one policy for each model", () => {
    const objects = objectsOf({ credentials, models: { a: model, b: model } });
    expect(secretsOf({ credentials, models: { a: model, b: model } })).toEqual([
      ["credential/team", "ai-gateway/team.credential"],
    ]);
    for (const name of ["a", "b"]) {
      expect(specOf(objects, "BackendSecurityPolicy", name)).toEqual({
        targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name }],
        type: "APIKey",
        apiKey: { secretRef: { name: "team.credential" } },
      });
    }
  });

  it("is made once in every namespace, since a policy reads its own namespace only", () => {
    const elsewhere = { ...model, namespace: "other" };
    expect(secretsOf({ credentials, models: { a: model, b: elsewhere, c: elsewhere } })).toEqual([
      ["credential/team", "ai-gateway/team.credential"],
      ["credential/team/other", "other/team.credential"],
    ]);
  });

  it("is made nowhere while no model uses it, with a warning", () => {
    const models = { a: { openai: { apiKey: key } } };
    expect(secretsOf({ credentials, models })).toEqual([["a", "ai-gateway/a"]]);
    expect(resolvedOf({ credentials, models }).warnings).toEqual([
      'credentials["team"] is used by no model, so nothing is made for it; take it out',
    ]);
    expect(resolvedOf({ credentials, models: { a: model } }).warnings).toEqual([]);
  });

  it("never meets a model's own Secret, whatever both are called", () => {
    const args = {
      credentials: { a: { apiKey: key }, "b/c": { apiKey: key } },
      models: {
        a: { openai: { apiKey: key } },
        "a.credential": { openai: { apiKey: key } },
        "credential-a": { openai: { apiKey: key } },
        d: { openai: { credential: "a" } },
        e: { openai: { credential: "b/c" } },
      },
    };
    const places = secretsOf(args).map(([, place]) => place);
    expect(places).toHaveLength(5);
    expect(new Set(places).size).toBe(5);
    const clash = { ...args.models, "credential/a": { openai: { apiKey: key } } };
    expect(problemsOf({ ...args, models: clash }).map(({ reason }) => reason)).toEqual([
      'would be made for "credential/a" and for "credential/a" alike; rename one of them',
    ]);
  });

  it("may be of any kind that the model takes", () => {
    const args: ModelGatewayArgs = {
      credentials: { aws: { aws: { accessKeyId: "AKIA", secretAccessKey: key } }, gcp: { google: {} } },
      models: {
        east: { bedrock: { modelId: "m", region: "us-east-1", credential: "aws" } },
        west: { bedrockAnthropic: { modelId: "m", region: "us-west-2", credential: "aws" } },
        g: { vertex: { modelId: "g", project: "p", region: "global", credential: "gcp" } },
      },
    };
    const objects = objectsOf(args);
    expect(specOf(objects, "BackendSecurityPolicy", "east").awsCredentials.region).toBe("us-east-1");
    expect(specOf(objects, "BackendSecurityPolicy", "west").awsCredentials.region).toBe("us-west-2");
    expect(secretsOf(args)).toEqual([["credential/aws", "ai-gateway/aws.credential"]]);
  });
});

it("the Secret of a model in another namespace stands there, under the model's own name", () => {
  const models = {
    "a-other": { openai: { apiKey: key } },
    a: { openai: { apiKey: key }, namespace: "other" },
  };
  expect(secretsOf({ models })).toEqual([
    ["a-other", "ai-gateway/a-other"],
    ["a", "other/a"],
  ]);
});

it("no policy names a namespace for its Secret: the gateway would not read it there", () => {
  const objects = objectsOf({ models: { a: { openai: { apiKey: key }, namespace: "other" } } });
  const { type, apiKey } = specOf(objects, "BackendSecurityPolicy", "a");
  expect([type, apiKey]).toEqual(["APIKey", { secretRef: { name: "a" } }]);
  expect(objectOf(objects, "Secret", "a")).toMatchObject({
    type: "Opaque",
    metadata: { namespace: "other" },
  });
});

describe("secrets never show in a message", () => {
  const bedrock = { modelId: "", region: "" };
  const azure = { url: "", apiVersion: "" };
  /** Wrong declarations that hold a secret in plain text. */
  const leaks: readonly ((marker: string) => Wrong)[] = [
    (marker) => ({ models: { m: { openai: { apiKey: marker, url: "x" } } } }),
    (marker) => ({ models: { m: { anthropic: { apiKey: marker, secretName: "s" } } } }),
    (marker) => ({ models: { m: { cohere: { apiKey: marker } } } }),
    (marker) => ({
      models: { m: { openAICompatible: { url: `https://u:${marker}@x.example.com`, apiKey: marker } } },
    }),
    (marker) => ({ models: { m: { openAICompatible: { url: `https://x.example.com?key=${marker}` } } } }),
    (marker) => ({
      models: { m: { bedrock: { ...bedrock, aws: { secretAccessKey: marker, sessionToken: marker } } } },
    }),
    (marker) => ({ models: { m: { azureOpenAI: { ...azure, apiKey: marker } } } }),
    (marker) => ({ models: { m: { azureOpenAI: { ...azure, entra: { clientSecret: marker } } } } }),
    (marker) => ({ models: { m: { vertex: { google: { serviceAccountKey: marker } } } } }),
    (marker) => ({ models: { m: { vllm: { source: "", hfToken: marker } } } }),
    (marker) => ({
      models: {},
      credentials: { c: { apiKey: marker }, d: { aws: { secretAccessKey: marker } } },
    }),
    (marker) => ({
      models: {},
      credentials: { c: { entra: { clientSecret: marker } }, d: { google: { serviceAccountKey: marker } } },
    }),
    (marker) => ({
      models: { m: { openai: {}, headers: { set: { authorization: marker, "api-key": marker } } } },
    }),
    (marker) => ({ models: { m: { openai: {}, headers: { set: { "x-key": `${marker}\n` } } } } }),
  ];

  it("whatever they are", () => {
    const marker = fc.stringMatching(/^[A-Za-z0-9_-]{8,40}$/).map((text) => `mark${text}`);
    fc.assert(
      fc.property(marker, fc.constantFrom(...leaks), (text, leak) => {
        const problems = problemsOf(leak(text));
        expect(problems.length).toBeGreaterThan(0);
        expect(new DeclarationError("gw", problems).message).not.toContain(text);
      }),
    );
  });
});

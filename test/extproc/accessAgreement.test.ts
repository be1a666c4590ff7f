import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyHash, type PolicyDocument, type RuleDocument } from "../../extproc/contract";
import { type RunningProcessor, startProcessor } from "../../extproc/processor";
import { defaultSettings } from "../../extproc/service/settings";
import { EnvoyClient, refusalBody, refusalOf } from "./support/envoyCalls";
import { LogLines } from "./support/logLines";

const jwt = "envoy.filters.http.jwt_authn";
const claim = (name: string) => ({ metadata: { namespace: jwt, path: ["access", name] } });
const models = ["large-70b", "large-8b", "medium", "small", "tiny"];
const unknown = "large-9b";
const teams = ["red", "blue", "green"];
const attributes = ["team", "user", "role"] as const;
const values = { team: teams, user: ["ann", "bob"], role: ["lead", "admin"] } as const;
const keyNames = ["k0", "k1", "k2", "k3"];
const keyText = (name: string) => `sk-${name}-0123456789abcdef`;

/** Somebody who calls, and what is known of them. */
interface Caller {
  readonly headers: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Each value of each attribute; `undefined`: nobody, who is not let in. */
  readonly known: Readonly<Record<string, readonly string[]>> | undefined;
}
type KeyAttributes = Readonly<Record<string, Readonly<Record<string, string>>>>;

const oneOf = (attribute: (typeof attributes)[number]) => fc.constantFrom(...values[attribute]);
const ruleArb: fc.Arbitrary<RuleDocument> = fc.record(
  {
    models: fc.uniqueArray(fc.constantFrom(...models), { minLength: 1 }),
    callers: fc.record(
      {
        team: fc.uniqueArray(oneOf("team"), { minLength: 1 }),
        user: fc.uniqueArray(oneOf("user"), { minLength: 1 }),
        role: fc.uniqueArray(oneOf("role"), { minLength: 1 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const rulesArb = fc.dictionary(fc.constantFrom("r1", "r2", "r3", "r4", "r5"), ruleArb);
const keysArb = fc.record(
  Object.fromEntries(
    keyNames.map((name) => [
      name,
      fc.record({ team: oneOf("team"), user: oneOf("user"), role: oneOf("role") }, { requiredKeys: [] }),
    ]),
  ),
);
const claimsArb = fc.record(
  {
    sub: oneOf("user"),
    team: fc.oneof(oneOf("team"), fc.uniqueArray(oneOf("team"), { maxLength: 3 })),
    role: fc.oneof(oneOf("role"), fc.uniqueArray(oneOf("role"), { minLength: 2 })),
  },
  { requiredKeys: [] },
);
const whoArb = fc.oneof(
  fc.record({
    key: fc.constantFrom(...keyNames),
    header: fc.constantFrom("authorization", "x-api-key", "api-key"),
  }),
  fc.record({ claims: claimsArb }),
  fc.record({ wrong: fc.constant(true) }),
  fc.record({ nothing: fc.constant(true) }),
);
type Who = typeof whoArb extends fc.Arbitrary<infer One> ? One : never;

function callerOf(who: Who, keys: KeyAttributes, anonymous: boolean): Caller {
  if ("key" in who) {
    const text = keyText(who.key);
    const headers = { [who.header]: who.header === "authorization" ? `Bearer ${text}` : text };
    const own = Object.entries(keys[who.key] ?? {}).map(([name, value]) => [name, [value]]);
    return { headers, claims: undefined, known: Object.fromEntries(own) };
  }
  if ("claims" in who) {
    const { sub, ...others } = who.claims;
    const told = { ...(sub === undefined ? {} : { user: sub }), ...others };
    const known = Object.entries(told).map(([name, value]) => [name, [value].flat()]);
    return { headers: {}, claims: who.claims, known: Object.fromEntries(known) };
  }
  return "wrong" in who
    ? { headers: { "x-api-key": "sk-wrong-0123456789abcdef" }, claims: undefined, known: undefined }
    : { headers: {}, claims: undefined, known: anonymous ? {} : undefined };
}

/** What rules mean, in as few words as it has. */
function mayCall(
  rules: Readonly<Record<string, RuleDocument>>,
  known: NonNullable<Caller["known"]>,
  model: string,
) {
  return Object.values(rules).some(
    ({ models: open, callers = {} }) =>
      (open?.includes(model) ?? true) &&
      Object.entries(callers).every(([attribute, wanted]) =>
        (known[attribute] ?? []).some((one) => wanted.includes(one)),
      ),
  );
}

/** Where models are called, and what is sent there. */
const endpoints: readonly (readonly [path: string, body: object])[] = [
  ["/v1/chat/completions", { messages: [{ role: "user", content: "hi" }], max_tokens: 5 }],
  ["/v1/completions", { prompt: "hi", max_tokens: 5 }],
  ["/v1/responses", { input: "hi", max_output_tokens: 5 }],
  ["/v1/embeddings", { input: "hi" }],
  ["/anthropic/v1/messages", { messages: [{ role: "user", content: "hi" }], max_tokens: 5 }],
];

let running: RunningProcessor;
let envoy: EnvoyClient;
const log = new LogLines();
const documentOf = (
  rules: Readonly<Record<string, RuleDocument>>,
  keys: KeyAttributes,
  anonymous: boolean,
) => ({
  version: 1 as const,
  models: Object.fromEntries(models.map((name) => [name, { backends: { b: {} } }])),
  budgets: { all: { limit: { requests: 1_000_000 }, period: "year" as const } },
  identities: { user: claim("sub"), team: claim("team"), role: claim("role") },
  access: {
    token: { namespace: jwt, path: ["access"] },
    keys: Object.fromEntries(Object.entries(keys).map(([name, own]) => [name, { attributes: { ...own } }])),
    anonymous,
    rules,
  },
});

beforeAll(async () => {
  running = await startProcessor({
    settings: { ...defaultSettings, port: 0, healthPort: 0, host: "127.0.0.1" },
    policy: documentOf(
      {},
      Object.fromEntries(keyNames.map((name) => [name, {}])),
      false,
    ) satisfies PolicyDocument,
    keys: { version: 1, keys: Object.fromEntries(keyNames.map((name) => [name, keyHash(keyText(name))])) },
    log,
  });
  envoy = new EnvoyClient(running.port);
});
afterAll(async () => {
  envoy?.close();
  await running?.close();
});

async function answerTo(caller: Caller, path: string, body: object | undefined) {
  const call = envoy.call();
  const metadata: Record<string, { access: object }> =
    caller.claims === undefined ? {} : { [jwt]: { access: caller.claims } };
  const answer = await call.request(body, { ...caller.headers, ":path": path }, metadata);
  const status = refusalOf(answer);
  await call.end();
  return { status, body: status === undefined ? undefined : refusalBody(answer) };
}

async function listed(caller: Caller, path: string) {
  const { status, body } = await answerTo(caller, path, undefined);
  const { data } = body as { readonly data?: readonly { readonly id: string }[] };
  return { status, ids: data?.map(({ id }) => id) };
}

const messageOf = (body: unknown) => (body as { readonly error: { readonly message: string } }).error.message;

describe("a processor with rules", () => {
  it("lists what it lets be called, and nothing else, whoever calls by whatever rules", async () => {
    const seen = { open: 0, forbidden: 0, nobody: 0 };
    await fc.assert(
      fc.asyncProperty(
        rulesArb,
        keysArb,
        fc.boolean(),
        fc.array(whoArb, { minLength: 3, maxLength: 3 }),
        fc.constantFrom(...endpoints),
        async (rules, keys, anonymous, callers, [path, body]) => {
          expect(running.update(documentOf(rules, keys, anonymous))).toEqual([]);
          for (const caller of callers.map((who) => callerOf(who, keys, anonymous))) {
            const { known } = caller;
            const open = known === undefined ? [] : models.filter((model) => mayCall(rules, known, model));
            for (const list of ["/v1/models", "/anthropic/v1/models"]) {
              const expected =
                known === undefined ? { status: 401, ids: undefined } : { status: 200, ids: open };
              expect(await listed(caller, list)).toEqual(expected);
            }
            for (const model of models) {
              const { status } = await answerTo(caller, path, { model, ...body });
              expect(status).toBe(known === undefined ? 401 : open.includes(model) ? undefined : 403);
            }
            const missing = await answerTo(caller, path, { model: unknown, ...body });
            expect(missing.status).toBe(known === undefined ? 401 : 404);
            if (known !== undefined) {
              const named = models.filter((model) => messageOf(missing.body).includes(`"${model}"`));
              expect(open).toEqual(expect.arrayContaining(named));
            }
            seen.open += open.length;
            seen.forbidden += known === undefined ? 0 : models.length - open.length;
            seen.nobody += known === undefined ? 1 : 0;
          }
        },
      ),
      { numRuns: 60 },
    );
    // The numbers of a run; each kind of caller and answer was there.
    expect(Math.min(seen.open, seen.forbidden, seen.nobody), JSON.stringify(seen)).toBeGreaterThan(10);
    expect(log.of("exchange")).toEqual([]);
  });
});

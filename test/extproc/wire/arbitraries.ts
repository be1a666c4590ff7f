import fc from "fast-check";
import type { ProcessingResponse } from "../../../extproc/wire/messages";

/** A name that a header may have. */
const name = fc.stringMatching(/^:?[a-z][a-z0-9-]{0,20}$/);

/** A header as an `envoy.config.core.v3.HeaderValue`: the value as bytes, or as text where Envoy is old. */
const header = fc
  .record({ key: name, text: fc.string({ unit: "binary", maxLength: 40 }), isRaw: fc.boolean() })
  .map(({ key, text, isRaw }) => ({
    key,
    ...(isRaw ? { rawValue: Buffer.from(text) } : { value: text }),
  }));

/** Several of a name are likely enough to be met. */
export const headers = fc.array(
  fc.oneof(
    header,
    header.map((one) => ({ ...one, key: "twice" })),
  ),
  {
    maxLength: 30,
  },
);

/** A key or a text as protobuf can hold it, with keys that are dangerous in JavaScript. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("__proto__", "constructor", "toString", ""),
);

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3, noNullPrototype: false }),
  ),
})).value;

/** Namespaces, each a JSON object. */
export const namespaces = fc.dictionary(text, fc.dictionary(text, json, { maxKeys: 4 }), { maxKeys: 4 });

/** A body; a long one now and then. */
export const body = fc
  .oneof(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ minLength: 200, maxLength: 70_000 }))
  .map((bytes) => Buffer.from(bytes));

const headerList = fc.array(fc.tuple(name, text), { maxLength: 8 });
const textMetadata = fc.dictionary(text, fc.dictionary(text, text, { maxKeys: 3 }), { maxKeys: 3 });

/** An answer of every kind. */
export const response = fc.oneof(
  fc.record(
    {
      kind: fc.constantFrom("requestHeaders", "requestBody", "responseHeaders", "responseBody"),
      mutation: fc.record(
        {
          setHeaders: headerList,
          removeHeaders: fc.array(name, { maxLength: 4 }),
          body,
          clearRouteCache: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      mode: fc.record(
        {
          requestBody: fc.constantFrom("none", "buffered"),
          responseHeaders: fc.constantFrom("send", "skip"),
          responseBody: fc.constantFrom("none", "streamed"),
          responseTrailers: fc.constantFrom("send", "skip"),
        },
        { requiredKeys: [] },
      ),
      metadata: textMetadata,
    },
    { requiredKeys: ["kind"] },
  ),
  fc.record({ kind: fc.constantFrom("requestTrailers", "responseTrailers") }),
  fc.record(
    {
      kind: fc.constant("immediate"),
      status: fc.integer({ min: 200, max: 599 }),
      headers: headerList,
      body: text,
      details: text,
      metadata: textMetadata,
    },
    { requiredKeys: ["kind", "status", "headers", "body", "details"] },
  ),
) as fc.Arbitrary<ProcessingResponse>;

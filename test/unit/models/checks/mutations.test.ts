import { output } from "@pulumi/pulumi";
import { describe, it } from "vitest";
import { endpoint } from "../support";
import { type Case, expectAlone, model } from "./cases";

const cases: readonly Case[] = [
  [
    "a header of the gateway's own",
    model({ ...endpoint(), headers: { set: { "X-AI-EG-Model": "a" } } }),
    'models["m"].headers.set',
    /belongs to the gateway/,
  ],
  [
    "a pseudo header",
    model({ ...endpoint(), headers: { remove: [":path"] } }),
    'models["m"].headers.remove',
    /belongs to the gateway/,
  ],
  [
    "the original path",
    model({ ...endpoint(), headers: { remove: ["x-envoy-original-path"] } }),
    'models["m"].headers.remove',
    /belongs to the gateway/,
  ],
  [
    "the host header",
    model({ ...endpoint(), headers: { set: { Host: "a" } } }),
    'models["m"].headers.set',
    /rewritten to the backend's host/,
  ],
  [
    "a framing header",
    model({ ...endpoint(), headers: { remove: ["Content-Length"] } }),
    'models["m"].headers.remove',
    /framed/,
  ],
  [
    "a header with a blank",
    model({ ...endpoint(), headers: { set: { "a b": "c" } } }),
    'models["m"].headers.set',
    /not a header name/,
  ],
  [
    "a header with a line break",
    model({ ...endpoint(), headers: { set: { a: "b\r\nc: d" } } }),
    'models["m"].headers.set["a"]',
    /not a header value/,
  ],
  [
    "a header that is an output",
    model({ ...endpoint(), headers: { set: { a: output("b") } } }),
    'models["m"].headers.set["a"]',
    /is an output, not text; give the plain value/,
  ],
  [
    "a credential as a header",
    model({ ...endpoint(), headers: { set: { Authorization: "Bearer 1" } } }),
    'models["m"].headers.set["Authorization"]',
    /credential in the clear/,
  ],
  [
    "a key of Google as a header",
    model({ ...endpoint(), headers: { set: { "X-Goog-Api-Key": "1" } } }),
    'models["m"].headers.set["X-Goog-Api-Key"]',
    /credential in the clear.*give it as apiKey/,
  ],
  [
    "a key in the body",
    model({ ...endpoint(), body: { set: { api_key: "1" } } }),
    'models["m"].body.set["api_key"]',
    /credential in the clear.*give it as apiKey/,
  ],
  [
    "a header set and removed",
    model({ ...endpoint(), headers: { set: { a: "b" }, remove: ["A"] } }),
    'models["m"].headers',
    /both sets and removes "a"/,
  ],
  [
    "17 headers",
    model({
      ...endpoint(),
      headers: { set: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`h${i}`, "v"])) },
    }),
    'models["m"].headers.set',
    /has 17 entries, and the gateway takes 16/,
  ],
  [
    "14 removed headers",
    model({ ...endpoint(), headers: { remove: Array.from({ length: 14 }, (_, i) => `h${i}`) } }),
    'models["m"].headers.remove',
    /has 14 entries, and the gateway takes 13/,
  ],
  [
    "a header removed twice",
    model({ ...endpoint(), headers: { remove: ["a", "A"] } }),
    'models["m"].headers.remove',
    /names "a" twice/,
  ],
  [
    "a path into the body",
    model({ ...endpoint(), body: { set: { "a.b": 1 } } }),
    'models["m"].body.set',
    /only top-level fields/,
  ],
  [
    "the model in the body",
    model({ ...endpoint(), body: { set: { model: "x" } } }),
    'models["m"].body.set',
    /use upstreamName/,
  ],
  [
    "a function in the body",
    model({ ...endpoint(), body: { set: { a: () => 1 } } }),
    'models["m"].body.set["a"]',
    /not plain JSON/,
  ],
  [
    "a large integer in the body",
    model({ ...endpoint(), body: { set: { a: 1n } } }),
    'models["m"].body.set["a"]',
    /not plain JSON/,
  ],
  [
    "an infinite number in the body",
    model({ ...endpoint(), body: { set: { a: { b: [Infinity] } } } }),
    'models["m"].body.set["a"]',
    /not plain JSON/,
  ],
  [
    "an output in the body",
    model({ ...endpoint(), body: { set: { a: output("b") } } }),
    'models["m"].body.set["a"]',
    /no outputs/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});

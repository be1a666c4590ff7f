import { Endpoint } from "./endpoint";
import type { ModelRequest } from "./modelRequest";

/** The member that caps the output of an endpoint when a request has none. */
const capNames: Partial<Record<Endpoint, string>> = {
  [Endpoint.Chat]: "max_completion_tokens",
  [Endpoint.Completions]: "max_tokens",
  [Endpoint.Responses]: "max_output_tokens",
  [Endpoint.Messages]: "max_tokens",
};

/** The provider refuses smaller ones. */
const leastResponsesCap = 16;

/** The smallest cap that a request can be given, or `undefined` when its output cannot be capped. */
export function leastCap(request: ModelRequest): number | undefined {
  if (capNames[request.endpoint] === undefined) {
    return undefined;
  }
  const least = request.endpoint === Endpoint.Responses ? leastResponsesCap : 1;
  return Math.max(least, (request.thinkingTokens ?? 0) + 1);
}

/**
 * The body with no cap above this one, in tokens for each choice: larger caps are replaced where they stand, and
 * where there is none, one is put at the front. All other bytes stay as they are. The body itself when nothing had to
 * change; `undefined` when the request cannot be capped so low.
 */
export function shrinkRequest(body: Buffer, request: ModelRequest, cap: number): Buffer | undefined {
  const least = leastCap(request);
  if (least === undefined || cap < least) {
    return undefined;
  }
  // A null says nothing beside a cap that stands; alone it is where the cap belongs.
  const isCapped = request.caps.some(({ value }) => value !== undefined);
  const changed = request.caps
    .filter(({ value }) => (value === undefined ? !isCapped : value > cap))
    .sort((a, b) => a.start - b.start);
  if (request.caps.length === 0) {
    const open = body.indexOf("{") + 1;
    const field = Buffer.from(`${JSON.stringify(capNames[request.endpoint])}:${cap},`);
    return Buffer.concat([body.subarray(0, open), field, body.subarray(open)]);
  }
  if (changed.length === 0) {
    return body;
  }
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end } of changed) {
    pieces.push(body.subarray(from, start), Buffer.from(String(cap)));
    from = end;
  }
  return Buffer.concat([...pieces, body.subarray(from)]);
}

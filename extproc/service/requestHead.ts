import type { Dialect } from "../answers/dialect";
import { credentialHeaders } from "../policy/access";
import type { Groups } from "../policy/accessRules";
import type { Attributes } from "../policy/match";
import type { Policy } from "../policy/policy";
import { dialectOf, type Endpoint, endpointOf } from "../usage/endpoint";
import type { HeaderReader, Mutation, ProcessingResponse } from "../wire/messages";
import type { ProcessorSettings } from "./processorSettings";
import { replies, strippedReplies } from "./replies";

/** What the headers of a request tell. */
export interface RequestHead {
  readonly policy: Policy;
  readonly endpoint: Endpoint;
  readonly dialect: Dialect;
  readonly contentType: string | undefined;
  readonly requestId: string | undefined;
  readonly caller: Attributes;
  readonly groups: Groups;
}

/** The headers of a request, and how they are answered. */
export interface HeadVerdict {
  /** Absent when no model is called: the request is none of ours. */
  readonly head?: RequestHead;
  /** Why it cannot be taken. */
  readonly problem?: string;
  readonly reply: ProcessingResponse;
}

/** AI Gateway's own: it writes the model of the body there. */
const modelHeader = "x-ai-eg-model";

/**
 * Reads the headers of a request whose caller is known. Whatever has a body and goes where models are called is
 * budgeted, whichever its method: the gateway goes by the path alone.
 */
export function readHead(
  policy: Policy,
  { lifetimeSignal }: Pick<ProcessorSettings, "lifetimeSignal">,
  message: {
    readonly headers: HeaderReader;
    readonly endOfStream: boolean;
  },
  { caller, groups }: { readonly caller: Attributes; readonly groups: Groups },
): HeadVerdict {
  const { headers, endOfStream } = message;
  const path = headers.get(":path") ?? "";
  const endpoint = endpointOf(path);
  const mutation = withoutRouting(policy, headers);
  const usual = policy.access === undefined ? replies : strippedReplies;
  if (endpoint === undefined || (endOfStream && headers.get(":method") !== "POST")) {
    return { reply: mutation === undefined ? usual.skip : { ...usual.skip, mutation } };
  }
  const head = {
    policy,
    endpoint,
    dialect: dialectOf(path),
    contentType: headers.get("content-type"),
    requestId: headers.get("x-request-id"),
    caller,
    groups,
  };
  const plain = policy.watchesAnswers
    ? usual.watched
    : lifetimeSignal
      ? usual.unwatchedUntilEnd
      : usual.unwatched;
  const reply = mutation === undefined ? plain : { ...plain, mutation };
  if (endOfStream) {
    return { head, problem: "The request has no body.", reply };
  }
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  return encoding === "" || encoding === "identity"
    ? { head, reply }
    : { head, problem: "Compressed request bodies are not supported; send the body as it is.", reply };
}

/** Headers by which a client would choose its route itself are taken away, with those that it proves itself by. */
function withoutRouting({ tierHeader, access }: Policy, headers: HeaderReader): Mutation | undefined {
  const isModel = headers.get(modelHeader) !== undefined;
  const isTier = tierHeader !== undefined && headers.get(tierHeader) !== undefined;
  if (!isModel && !isTier) {
    return undefined;
  }
  const removeHeaders = [
    ...(access === undefined ? [] : credentialHeaders),
    ...(isModel ? [modelHeader] : []),
    ...(isTier ? [tierHeader] : []),
  ];
  return { removeHeaders, clearRouteCache: true };
}

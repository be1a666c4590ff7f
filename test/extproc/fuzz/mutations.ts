import { mutateBytes } from "../support/mutateBytes";
import { type Course, encode, type Message } from "./courses";
import type { Dice } from "./dice";

/** What JSON, UTF-8, forms and streams of events have trouble with. */
const pieces = [
  ...['"', "{", "}", "[", "]", ",", ":", "\\", "\\u0000", "\\ud800", "null", "true", "1e999", "-1", "0.5"],
  ...["9007199254740993", '"model":"n",', '"model":null,', '"stream":true,', '"n":1e9,', '"max_tokens":-1,'],
  ...['"usage":{"prompt_tokens":1e300,"completion_tokens":-5},', '"usage":null,', '"__proto__":{},'],
  ...[
    '"error":{},',
    "data: ",
    "data:[DONE]\n\n",
    "\n\n",
    "\r\n\r\n",
    "\r",
    ": ping\n",
    "event: message_stop\n",
  ],
  ...[
    "--bound--",
    "--bound\r\n",
    'content-disposition: form-data; name="model"\r\n\r\n',
    "\ufeff",
    "[".repeat(3_000),
  ],
]
  .map((text) => Buffer.from(text))
  .concat(
    [[0xc3, 0x28], [0xff], [0xed, 0xa0, 0x80], [0xf0, 0x9f], [0x00], [0x1f, 0x8b, 0x08]].map((bytes) =>
      Buffer.from(bytes),
    ),
  );

/** Changes a body where its parser would notice. */
function mutateBody(body: Buffer, dice: Dice): Buffer {
  let bytes = body;
  for (let left = 1 + dice.below(3); left > 0; left -= 1) {
    const at = dice.below(bytes.length + 1);
    const to = Math.min(bytes.length, at + dice.below(40));
    const piece = dice.pick(pieces) ?? body;
    const between = dice.pick([piece, bytes.subarray(at, to), Buffer.alloc(0)]);
    const rest = dice.chance(0.5) ? at : to;
    bytes = Buffer.concat([bytes.subarray(0, at), between, between, bytes.subarray(rest)]);
  }
  return dice.chance(0.2) ? mutateBytes(bytes, [body], dice.random) : bytes;
}

function swapHeaders(headers: Record<string, string>, dice: Dice): Record<string, string> {
  const names = Object.keys(headers);
  const [one, other] = [dice.pick(names), dice.pick(names)];
  const odd = dice.pick(["", "\u0000", "%ff", "a".repeat(2_000), "999", "-1", "text/event-stream", "gzip"]);
  return one === undefined || other === undefined
    ? headers
    : { ...headers, [one]: headers[other] ?? "", [other]: dice.chance(0.5) ? odd : (headers[one] ?? "") };
}

const kinds = [
  "requestHeaders",
  "requestBody",
  "responseHeaders",
  "responseBody",
  "responseTrailers",
] as const;

/** A message with faults, or as it is. */
function mutateMessage(message: Message, dice: Dice): Message {
  switch (dice.below(8)) {
    case 0:
    case 1:
      return { ...message, body: mutateBody(message.body, dice) };
    case 2:
      return { ...message, headers: swapHeaders(message.headers, dice) };
    case 3:
      return { ...message, kind: dice.pick(kinds) };
    case 4:
      return { ...message, endOfStream: !message.endOfStream };
    default:
      return message;
  }
}

/** Messages dropped, repeated, out of their order, or of another request; ends anywhere. */
function mutateOrder(messages: readonly Message[], others: readonly Message[], dice: Dice): Message[] {
  const list = [...messages];
  for (let left = dice.below(3); left > 0; left -= 1) {
    const [at, to] = [dice.below(list.length), dice.below(list.length)];
    const [one, other] = [list[at], list[to]];
    const stranger = dice.pick(others);
    if (one === undefined || other === undefined || stranger === undefined) {
      break;
    }
    switch (dice.below(5)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        list.splice(to, 0, one);
        break;
      case 2:
        [list[at], list[to]] = [other, one];
        break;
      case 3:
        list.splice(at, 0, stranger);
        break;
      default:
        list.length = at + 1;
    }
  }
  return list;
}

/** The messages of a request, encoded, with faults in what they say, how they say it and when. */
export function mutateCourse({ messages }: Course, others: readonly Message[], dice: Dice): Buffer[] {
  return mutateOrder(messages, others, dice).map((message) => {
    const bytes = encode(dice.chance(0.5) ? mutateMessage(message, dice) : message);
    return dice.chance(0.2) ? mutateBytes(bytes, [encode(dice.pick(others) ?? message)], dice.random) : bytes;
  });
}

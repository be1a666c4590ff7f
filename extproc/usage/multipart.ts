import type { Endpoint } from "./endpoint";
import type { ReadRequest } from "./readRequest";

const boundaryPattern =
  /^multipart\/form-data\s*;\s*boundary=(?:"([^"\\]{1,70})"|([^\s"';,()<>@:\\/[\]?=]{1,70}))\s*$/i;
/** Exactly this, so that no two readers find different names: no folded lines, escapes or encodings. */
const dispositionPattern =
  /^content-disposition: form-data; name="([^"\\\r\n]{1,256})"(?:; filename="[^"\r\n]*")?$/i;
const longestHead = 4096;
const longestField = 1024;
const mostParts = 100;
const lineBreak = "\r\n";

interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Reads the form of an audio endpoint. Stricter than the gateway: what is not plain is refused. */
export function readMultipart(endpoint: Endpoint, contentType: string, body: Buffer): ReadRequest {
  const match = boundaryPattern.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  const parts = boundary === undefined ? undefined : partsOf(body, boundary);
  if (parts === undefined) {
    return refuse("The body is not a plain multipart form.");
  }
  const fields = new Map<string, string>();
  let fileBytes = 0;
  for (const { name, start, end } of parts) {
    const field = name.toLowerCase();
    if (name === "file") {
      fileBytes += end - start;
    } else if (field === "model" || field === "stream" || field === "file") {
      if (name !== field || fields.has(name) || end - start > longestField) {
        return refuse(`"${field}" is given twice, in other letter case, or too long.`);
      }
      fields.set(name, body.toString("utf8", start, end));
    }
  }
  const model = fields.get("model");
  if (model === undefined || model === "") {
    return refuse('"model" is not a name.');
  }
  return {
    request: {
      endpoint,
      model,
      stream: fields.get("stream")?.toLowerCase() === "true",
      caps: [],
      choices: 1,
      images: 0,
      textBytes: body.length - fileBytes,
      tokenInputs: 0,
      imageParts: 0,
      fileParts: 0,
      audioParts: 1,
      predictionBytes: 0,
      thinkingTokens: undefined,
      hasStoredInput: false,
      writesCache: false,
      keepsForHour: false,
      mayAnswerAudio: false,
    },
  };
}

function refuse(message: string): ReadRequest {
  return { problem: { status: 400, message } };
}

/** The parts of a form, or `undefined` when anything is out of the ordinary. */
function partsOf(body: Buffer, boundary: string): readonly Part[] | undefined {
  const delimiter = Buffer.from(`${lineBreak}--${boundary}`);
  const parts: Part[] = [];
  // The first delimiter has no line break before it: no preamble.
  if (body.indexOf(delimiter.subarray(2)) !== 0) {
    return undefined;
  }
  let at = delimiter.length - 2;
  while (parts.length < mostParts) {
    const mark = body.toString("latin1", at, at + 2);
    if (mark === "--") {
      const rest = body.toString("latin1", at + 2, at + 6);
      return rest === "" || rest === lineBreak ? parts : undefined;
    }
    const headEnd = body.indexOf("\r\n\r\n", at);
    const name = mark === lineBreak && headEnd !== -1 ? partName(body, at + 2, headEnd) : undefined;
    const end = headEnd === -1 ? -1 : body.indexOf(delimiter, headEnd + 2);
    if (name === undefined || end === -1) {
      return undefined;
    }
    parts.push({ name, start: Math.min(headEnd + 4, end), end });
    at = end + delimiter.length;
  }
  return undefined;
}

/** The name in a part's head; `undefined` when there is none, several, or it is not plain. */
function partName(body: Buffer, start: number, end: number): string | undefined {
  if (end - start > longestHead) {
    return undefined;
  }
  const lines = body.toString("utf8", start, end).split(lineBreak);
  const dispositions = lines.filter((line) => /^\s*content-disposition/i.test(line));
  const folded = lines.some((line) => /^\s|[\r\n]|^content-transfer-encoding/i.test(line));
  return dispositions.length === 1 && !folded
    ? dispositionPattern.exec(dispositions[0] ?? "")?.[1]
    : undefined;
}

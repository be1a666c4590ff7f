const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/** Deeper than any request needs; parsers behind us stop, or worse, somewhere above. */
export const deepestNesting = 500;
/** Strings are walked byte by byte for so long, then searched. */
const shortString = 24;

/** What a scan meets. Positions are offsets into the body; ends are exclusive. */
export interface JsonVisitor {
  /** A member of the outermost object; the quotes of the key are not in it. False stops the scan. */
  member(keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): boolean;
  /** A string value inside of that, with its key; `keyStart` is -1 in an array. Quotes are not in it. */
  inner(keyStart: number, keyEnd: number, start: number, end: number): void;
}

/**
 * Walks over one JSON object without building it: no recursion, no copy, memory that does not depend on the body.
 * Strings and brackets are followed exactly; what is between them is left to the parsers behind. False when it is no
 * complete JSON object.
 */
export function scanJson(body: Buffer, visitor: JsonVisitor): boolean {
  let at = skipSpace(body, 0);
  if (body[at] !== openObject) {
    return false;
  }
  at = skipSpace(body, at + 1);
  if (body[at] === closeObject) {
    return skipSpace(body, at + 1) === body.length;
  }
  for (;;) {
    const keyEnd = body[at] === quote ? endOfString(body, at) : -1;
    if (keyEnd === -1) {
      return false;
    }
    const keyStart = at + 1;
    at = skipSpace(body, keyEnd + 1);
    if (body[at] !== colon) {
      return false;
    }
    const valueStart = skipSpace(body, at + 1);
    const valueEnd = endOfValue(body, valueStart, visitor);
    if (valueEnd <= valueStart || !visitor.member(keyStart, keyEnd, valueStart, valueEnd)) {
      return false;
    }
    at = skipSpace(body, valueEnd);
    if (body[at] === closeObject) {
      return skipSpace(body, at + 1) === body.length;
    }
    if (body[at] !== comma) {
      return false;
    }
    at = skipSpace(body, at + 1);
  }
}

/** Where the string ends that starts at this quote: its closing quote; -1 when there is none. */
export function endOfString(body: Buffer, start: number): number {
  let at = start + 1;
  const near = Math.min(body.length, at + shortString);
  while (at < near) {
    const byte = body[at];
    if (byte === quote) {
      return at;
    }
    at += byte === backslash ? 2 : 1;
  }
  // From here on nothing is escaped that stands before `at`.
  for (;;) {
    const found = body.indexOf(quote, at);
    if (found === -1) {
      return -1;
    }
    let before = found - 1;
    while (before >= at && body[before] === backslash) {
      before -= 1;
    }
    if ((found - before) % 2 === 1) {
      return found;
    }
    at = found + 1;
  }
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  for (
    let byte = body[at];
    byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
    byte = body[at]
  ) {
    at += 1;
  }
  return at;
}

/** Where a value ends; -1 when it does not. */
function endOfValue(body: Buffer, start: number, visitor: JsonVisitor): number {
  const first = body[start];
  if (first === quote) {
    const end = endOfString(body, start);
    return end === -1 ? -1 : end + 1;
  }
  return first === openObject || first === openArray
    ? endOfNested(body, start, visitor)
    : endOfScalar(body, start);
}

function endOfScalar(body: Buffer, start: number): number {
  let at = start;
  for (let byte = body[at]; byte !== undefined && isScalarByte(byte); byte = body[at]) {
    at += 1;
  }
  return at;
}

/** Digits, letters, `+`, `-` and `.`: numbers, true, false and null. */
function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x2b ||
    (byte >= 0x41 && byte <= 0x5a)
  );
}

/** Brackets that are to come, outermost first. One for all scans: none runs within another. */
const closers = new Uint8Array(deepestNesting);

function endOfNested(body: Buffer, start: number, visitor: JsonVisitor): number {
  let depth = 0;
  let keyStart = -1;
  let keyEnd = -1;
  let stringStart = -1;
  let stringEnd = -1;
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === quote) {
      const end = endOfString(body, at);
      if (end === -1) {
        return -1;
      }
      stringStart = at + 1;
      stringEnd = end;
      at = end;
      // A key is shown to the visitor as if it were a value without a key: too seldom of use to look ahead for.
      visitor.inner(keyStart, keyEnd, stringStart, stringEnd);
      keyStart = -1;
    } else if (byte === colon) {
      keyStart = stringStart;
      keyEnd = stringEnd;
    } else if (byte === openObject || byte === openArray) {
      if (depth === deepestNesting) {
        return -1;
      }
      closers[depth] = byte + 2;
      depth += 1;
      keyStart = -1;
    } else if (byte === closeObject || byte === closeArray) {
      depth -= 1;
      if (closers[depth] !== byte) {
        return -1;
      }
      if (depth === 0) {
        return at + 1;
      }
      keyStart = -1;
    } else if (byte === comma) {
      keyStart = -1;
    }
  }
  return -1;
}

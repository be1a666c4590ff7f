/** Types of frames (RFC 9113, section 6). */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Why a stream or a connection ends (RFC 9113, section 7). */
export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
export const headerBytes = 9;
export const defaultFrameSize = 16_384;
export const defaultWindow = 65_535;
export const largestWindow = 2 ** 31 - 1;

/** The connection cannot go on. The message is ours alone: it never holds anything that arrived. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  constructor(
    readonly errorCode: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Writes the header of a frame; returns where its payload begins. */
export function writeFrameHeader(
  into: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  into[at] = length >>> 16;
  into[at + 1] = (length >>> 8) & 0xff;
  into[at + 2] = length & 0xff;
  into[at + 3] = type;
  into[at + 4] = flags;
  return into.writeUInt32BE(streamId, at + 5);
}

/** A whole frame. */
export function frameOf(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  payload.copy(frame, writeFrameHeader(frame, 0, payload.length, type, flags, streamId));
  return frame;
}

/** A frame whose payload is one number of 32 bits, or several. */
export function numbersFrame(type: number, streamId: number, ...numbers: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(4 * numbers.length);
  numbers.forEach((number, index) => {
    payload.writeUInt32BE(number, 4 * index);
  });
  return frameOf(type, 0, streamId, payload);
}

/** A frame of settings: pairs of an identifier and a value. */
export function settingsFrame(settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.allocUnsafe(6 * settings.length);
  settings.forEach(([id, value], index) => {
    payload.writeUInt32BE(value, payload.writeUInt16BE(id, 6 * index));
  });
  return frameOf(FrameType.settings, 0, 0, payload);
}

/** A block of headers in which nothing is compressed but what the static table holds whole. */
export function headerBlock(headers: readonly (readonly [string, string])[]): Buffer {
  const parts = headers.map(([name, value]) =>
    name === ":status" && value === "200"
      ? Buffer.from([0x88])
      : Buffer.concat([Buffer.from([0]), literal(name), literal(value)]),
  );
  return Buffer.concat(parts);
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  const prefix =
    bytes.length < 127
      ? [bytes.length]
      : [127, ((bytes.length - 127) & 0x7f) | 0x80, (bytes.length - 127) >>> 7];
  if (bytes.length - 127 >= 1 << 14) {
    throw new RangeError("a header of more than 16 KiB");
  }
  return Buffer.concat([Buffer.from(prefix), bytes]);
}

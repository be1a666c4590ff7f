import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { Connection } from "../../../extproc/http2/connection";
import {
  defaultFrameSize,
  Flag,
  FrameType,
  frameOf,
  headerBlock,
  headerBytes,
  largestWindow,
  numbersFrame,
  preface,
  settingsFrame,
} from "../../../extproc/http2/frames";
import { exchangeSink, logSink } from "../../../extproc/stream";
import { type CallSink, GrpcCall } from "../../../extproc/wire/grpcCall";
import type { MessageHandler } from "../../../extproc/wire/messages";

/** What the connection sees of a socket; what is written to it is kept until it is read. */
class FakeSocket extends EventEmitter {
  readonly written: Buffer[] = [];
  readonly destroyed = false;
  readonly writable = true;
  readonly writableLength = 0;
  setNoDelay(): void {}
  destroySoon(): void {}
  destroy(): void {}
  write(bytes: Buffer): void {
    this.written.push(bytes);
  }
}

const block = headerBlock([
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/processor"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
  ["user-agent", "envoy"],
]);

/** Envoy's end of a connection without a network: frames go straight to the server's end. */
export class Peer {
  readonly #socket = new FakeSocket();
  #nextId = 1;

  constructor(handler: MessageHandler, kind: "exchange" | "log") {
    const open = (call: GrpcCall): CallSink =>
      kind === "exchange" ? exchangeSink(handler, call) : logSink(handler);
    const failed = (error: Error) => {
      throw error;
    };
    new Connection(this.#socket as unknown as Socket, {
      open(stream) {
        const call = new GrpcCall(stream, failed, () => {});
        call.start(() => open(call));
        return call;
      },
      failed,
    });
    this.send(preface);
    this.send(settingsFrame([]));
    this.send(numbersFrame(FrameType.windowUpdate, 0, largestWindow - 65_535));
  }

  /** A new stream with the first message on it, which travel together, and its id. */
  open(message: Buffer): { readonly id: number; readonly bytes: Buffer } {
    const id = this.#nextId;
    this.#nextId += 2;
    const headers = frameOf(FrameType.headers, Flag.endHeaders, id, block);
    return { id, bytes: Buffer.concat([headers, dataOf(id, message)]) };
  }

  message(id: number, message: Buffer): Buffer {
    return dataOf(id, message);
  }

  end(id: number): Buffer {
    return frameOf(FrameType.data, Flag.endStream, id, Buffer.alloc(0));
  }

  /** Has what was made arrive at the server. */
  send(bytes: Buffer): void {
    this.#socket.emit("data", bytes);
  }

  /** What was answered since the last call: messages by their streams. */
  answers(): Map<number, Buffer[]> {
    const bytes = Buffer.concat(this.#socket.written.splice(0));
    const found = new Map<number, Buffer[]>();
    for (let at = 0; at < bytes.length; ) {
      const end = at + headerBytes + bytes.readUIntBE(at, 3);
      if (bytes[at + 3] === FrameType.data) {
        const id = bytes.readUInt32BE(at + 5);
        found.set(id, [...(found.get(id) ?? []), bytes.subarray(at + headerBytes + 5, end)]);
      }
      at = end;
    }
    return found;
  }
}

/** A message in its gRPC prefix, in as many frames as it needs. */
function dataOf(id: number, message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const bytes = Buffer.concat([prefix, message]);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += defaultFrameSize) {
    frames.push(frameOf(FrameType.data, 0, id, bytes.subarray(at, at + defaultFrameSize)));
  }
  return Buffer.concat(frames);
}

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { processPath } from "./harness";

const FrameType = { data: 0, headers: 1, settings: 4, goaway: 7 } as const;
const endHeaders = 4;

/** A frame of HTTP/2 that came. */
export interface RawFrame {
  readonly type: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A connection that does only what it is told: it answers no ping and leaves no stream because of a GOAWAY. */
export class RawConnection {
  readonly frames: RawFrame[] = [];
  private pending = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on("error", () => {});
    socket.on("data", (chunk) => this.receive(chunk));
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    this.write(FrameType.settings, 0, 0, Buffer.alloc(0));
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  /** Opens a stream; ids are odd and grow. */
  openStream(streamId: number): void {
    const block = Buffer.concat([
      literal(":method", "POST"),
      literal(":scheme", "http"),
      literal(":authority", "processor"),
      literal(":path", processPath),
      literal("content-type", "application/grpc"),
    ]);
    this.write(FrameType.headers, endHeaders, streamId, block);
  }

  sendData(streamId: number, bytes: Buffer): void {
    this.write(FrameType.data, 0, streamId, bytes);
  }

  /** What came as data on a stream. */
  dataOf(streamId: number): Buffer {
    return Buffer.concat(
      this.frames
        .filter((frame) => frame.type === FrameType.data && frame.streamId === streamId)
        .map(({ payload }) => payload),
    );
  }

  /** The last stream that each GOAWAY lets live. */
  get goaways(): number[] {
    return this.frames
      .filter(({ type }) => type === FrameType.goaway)
      .map(({ payload }) => payload.readUInt32BE(0));
  }

  private write(type: number, flags: number, streamId: number, payload: Buffer): void {
    const header = Buffer.alloc(9);
    header.writeUIntBE(payload.length, 0, 3);
    header[3] = type;
    header[4] = flags;
    header.writeUInt32BE(streamId, 5);
    this.socket.write(Buffer.concat([header, payload]));
  }

  private receive(chunk: Buffer): void {
    let bytes = Buffer.concat([this.pending, chunk]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const end = 9 + bytes.readUIntBE(0, 3);
      this.frames.push({
        type: bytes.readUInt8(3),
        streamId: bytes.readUInt32BE(5),
        payload: bytes.subarray(9, end),
      });
      bytes = bytes.subarray(end);
    }
    this.pending = bytes;
  }
}

/** A header that is in no table of HPACK. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

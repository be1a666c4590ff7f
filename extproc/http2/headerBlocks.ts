import { ConnectionError, ErrorCode, Flag } from "./frames";
import { HpackDecoder } from "./hpackDecoder";
import { type RequestHead, RequestHeadReader } from "./requestHead";

/** The longest block of headers that is taken, in bytes. */
export const longestBlock = 64 * 1024;
/** Empty ones have no size, and must not go on for ever either. */
const mostFragments = 64;
/** What an encoder may use before it has seen our settings (RFC 7541, section 4.2). */
const initialTable = 4096;

/** A block of headers, whole, with the flags of the frame that it began with. */
export interface HeaderBlock {
  readonly streamId: number;
  readonly flags: number;
  readonly bytes: Buffer;
}

/** Puts blocks of headers together, and reads them. */
export class HeaderBlocks {
  private readonly decoder = new HpackDecoder(initialTable);
  private last: { readonly bytes: Buffer; readonly head: RequestHead } | undefined;
  private open:
    | { readonly streamId: number; readonly flags: number; readonly parts: Buffer[]; size: number }
    | undefined;

  /** The stream whose block goes on: nothing else may come before its end. */
  get openStream(): number | undefined {
    return this.open?.streamId;
  }

  /** The peer knows that our table holds nothing. */
  dropTable(): void {
    this.decoder.setLimit(0);
  }

  /** Begins a block; it is returned when it ends at once. */
  begin(streamId: number, flags: number, fragment: Buffer): HeaderBlock | undefined {
    if ((flags & Flag.endHeaders) !== 0) {
      return { streamId, flags, bytes: fragment };
    }
    this.open = { streamId, flags, parts: [fragment], size: fragment.length };
    return undefined;
  }

  /** Goes on with a block, and returns it when that was its end. @throws ConnectionError */
  goOn(flags: number, fragment: Buffer): HeaderBlock | undefined {
    const { open } = this;
    if (open === undefined) {
      throw new ConnectionError(ErrorCode.protocolError, "headers that continue nothing");
    }
    open.parts.push(fragment);
    open.size += fragment.length;
    if (open.size > longestBlock || open.parts.length > mostFragments) {
      throw new ConnectionError(ErrorCode.enhanceYourCalm, "headers without end");
    }
    if ((flags & Flag.endHeaders) === 0) {
      return undefined;
    }
    this.open = undefined;
    return { streamId: open.streamId, flags: open.flags, bytes: Buffer.concat(open.parts) };
  }

  /** A request's headers; `undefined` when they are malformed. Blocks of Envoy are all alike. @throws CompressionError */
  requestHead(block: Buffer): RequestHead | undefined {
    if (this.last?.bytes.equals(block) === true) {
      return this.last.head;
    }
    const reader = new RequestHeadReader();
    this.decoder.decode(block, reader.take);
    const head = reader.head();
    const isReusable = this.decoder.isStateless && head !== undefined;
    this.last = isReusable ? { bytes: Buffer.from(block), head } : undefined;
    return head;
  }

  /** Whether a block can stand behind a body; nothing of it is used. @throws CompressionError */
  areTrailers(block: Buffer): boolean {
    const reader = new RequestHeadReader();
    this.decoder.decode(block, reader.take);
    return reader.areTrailers;
  }
}

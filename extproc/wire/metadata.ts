import type { MetadataReader } from "./messages";
import { bytesTag, isAt, ProtobufReader } from "./protobufReader";
import { readEntry, readMembers, readStruct } from "./struct";
import { WireError } from "./wireError";

const filterMetadata = bytesTag(1);

/**
 * Reads `envoy.config.core.v3.Metadata` when it is asked for. What cannot be read counts as absent: other filters
 * write there too, and a request must not fail for what they wrote.
 */
class LazyMetadata implements MetadataReader {
  /** What was read last, whole: claims are asked for one by one, and by issuer. */
  private last: { readonly namespace: string; readonly value: ReturnType<MetadataReader["get"]> } | undefined;

  constructor(
    private readonly bytes: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {}

  get(namespace: string, members?: readonly string[]): Readonly<Record<string, unknown>> | undefined {
    try {
      if (this.last?.namespace === namespace) {
        return this.last.value;
      }
      const found = this.find(namespace);
      if (found !== undefined && members !== undefined) {
        return readMembers(found, members);
      }
      const value = found === undefined ? undefined : readStruct(found);
      this.last = { namespace, value };
      return value;
    } catch (error) {
      if (error instanceof WireError) {
        return undefined;
      }
      throw error;
    }
  }

  /** A reader of what stands in a namespace; of one that is there twice, the last. */
  private find(namespace: string): ProtobufReader | undefined {
    const reader = new ProtobufReader(this.bytes, this.start, this.end);
    const isPlain = Buffer.byteLength(namespace) === namespace.length;
    let start = -1;
    let end = -1;
    for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
      if (tag !== filterMetadata) {
        reader.skip(tag);
        continue;
      }
      const outerEnd = reader.enter();
      const entry = readEntry(reader);
      if (
        isPlain
          ? isAt(this.bytes, entry.keyStart, entry.keyEnd, namespace)
          : this.bytes.toString("utf8", entry.keyStart, entry.keyEnd) === namespace
      ) {
        start = entry.valueStart;
        end = entry.valueEnd;
      }
      reader.leave(outerEnd);
    }
    if (start === -1) {
      return undefined;
    }
    reader.at = start;
    reader.end = end;
    return reader;
  }
}

/** There is none. */
export const noMetadata: MetadataReader = { get: () => undefined };

/** The metadata in the field that `reader` stands before. */
export function lazyMetadata(reader: ProtobufReader): MetadataReader {
  const end = reader.spanEnd();
  const metadata = new LazyMetadata(reader.bytes, reader.at, end);
  reader.at = end;
  return metadata;
}

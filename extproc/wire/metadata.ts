import type { MetadataReader } from "./messages";
import { bytesTag, ProtobufReader } from "./protobufReader";
import { readStruct } from "./struct";
import { WireError } from "./wireError";

const filterMetadata = bytesTag(1);
const entryTag = { key: bytesTag(1), value: bytesTag(2) } as const;

/**
 * Reads `envoy.config.core.v3.Metadata` when it is asked for. What cannot be read counts as absent: other filters
 * write there too, and a request must not fail for what they wrote.
 */
class LazyMetadata implements MetadataReader {
  constructor(
    private readonly bytes: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {}

  get(namespace: string): Readonly<Record<string, unknown>> | undefined {
    try {
      const value = this.find(namespace);
      return value === undefined ? undefined : readStruct(value);
    } catch (error) {
      if (error instanceof WireError) {
        return undefined;
      }
      throw error;
    }
  }

  private find(namespace: string): ProtobufReader | undefined {
    const reader = new ProtobufReader(this.bytes, this.start, this.end);
    let found: ProtobufReader | undefined;
    for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
      if (tag === filterMetadata) {
        found = entryValue(reader.message(), namespace) ?? found;
      } else {
        reader.skip(tag);
      }
    }
    return found;
  }
}

function entryValue(reader: ProtobufReader, namespace: string): ProtobufReader | undefined {
  let key = "";
  let value: ProtobufReader | undefined;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === entryTag.key) {
      key = reader.text();
    } else if (tag === entryTag.value) {
      value = reader.message();
    } else {
      reader.skip(tag);
    }
  }
  return key === namespace ? (value ?? new ProtobufReader(reader.bytes, reader.end, reader.end)) : undefined;
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

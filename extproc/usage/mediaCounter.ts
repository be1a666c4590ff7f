/** `type` of a content part -> what it is. */
const partKinds: ReadonlyMap<string, "images" | "files" | "audio"> = new Map([
  ["image_url", "images"],
  ["input_image", "images"],
  ["image", "images"],
  ["input_audio", "audio"],
  ["audio_url", "audio"],
  ["file", "files"],
  ["input_file", "files"],
  ["document", "files"],
  ["video_url", "files"],
]);
const longestKind = Math.max(...[...partKinds.keys()].map((kind) => kind.length));

/** Members that hold encoded media. */
const mediaKeys: readonly string[] = ["url", "image_url", "data", "file_data"];
const longestKey = 9;
/** Shorter strings are not worth a look. */
const leastMedia = 256;
/** A text of words passes so many looks at single bytes about once in a hundred thousand times. */
const looks = 64;

/** Counts images, files and audio in a body, and the bytes that are not text because of them. */
export class MediaCounter {
  images = 0;
  files = 0;
  audio = 0;
  bytes = 0;

  constructor(private readonly body: Buffer) {}

  /** Takes a string value with its key; see `JsonVisitor.inner`. */
  see(keyStart: number, keyEnd: number, start: number, end: number): void {
    const keyLength = keyEnd - keyStart;
    if (keyStart === -1 || keyLength > longestKey) {
      return;
    }
    if (end - start >= leastMedia) {
      if (mediaKeys.includes(this.body.toString("latin1", keyStart, keyEnd)) && this.isEncoded(start, end)) {
        this.bytes += end - start;
      }
    } else if (
      keyLength === 4 &&
      end - start <= longestKind &&
      this.body.toString("latin1", keyStart, keyEnd) === "type"
    ) {
      const kind = partKinds.get(this.body.toString("latin1", start, end));
      if (kind !== undefined) {
        this[kind] += 1;
      }
    }
  }

  /** Base64, perhaps behind `data:...;base64,`: looked at in places, since media are large. */
  private isEncoded(start: number, end: number): boolean {
    const isData = this.body.toString("latin1", start, start + 5) === "data:";
    const comma = isData ? this.body.indexOf(0x2c, start) : start - 1;
    const from = comma + 1;
    if (comma - start > leastMedia || from >= end) {
      return false;
    }
    const step = Math.max(1, Math.floor((end - from) / looks));
    for (let at = from; at < end; at += step) {
      if (!isBase64(this.body[at] ?? 0)) {
        return false;
      }
    }
    return true;
  }
}

function isBase64(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2b ||
    byte === 0x2f ||
    byte === 0x3d ||
    byte === 0x2d ||
    byte === 0x5f
  );
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CompressionError, HpackDecoder } from "../../extproc/http2/hpackDecoder";
import { staticTable } from "../../extproc/http2/hpackTables";

function decoded(decoder: HpackDecoder, hex: string) {
  const headers: [string, string][] = [];
  decoder.decode(Buffer.from(hex.replaceAll(" ", ""), "hex"), (name, value) => headers.push([name, value]));
  return headers;
}

const once = (hex: string, limit = 4096) => decoded(new HpackDecoder(limit), hex);

describe("the static table", () => {
  it("has the entries of the standard", () => {
    expect(staticTable).toHaveLength(61);
    expect(staticTable[30]).toEqual(["content-type", ""]);
    expect(staticTable[57]).toEqual(["user-agent", ""]);
    expect(staticTable[60]).toEqual(["www-authenticate", ""]);
  });
});

describe("examples of RFC 7541", () => {
  it("C.2: single headers", () => {
    const literal = "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572";
    expect(once(literal)).toEqual([["custom-key", "custom-header"]]);
    expect(once("040c 2f73 616d 706c 652f 7061 7468")).toEqual([[":path", "/sample/path"]]);
    expect(once("1008 7061 7373 776f 7264 0673 6563 7265 74")).toEqual([["password", "secret"]]);
    expect(once("82")).toEqual([[":method", "GET"]]);
  });

  it.each([
    {
      name: "C.3: requests",
      blocks: [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
      ],
    },
    {
      name: "C.4: requests with Huffman codes",
      blocks: [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
      ],
    },
  ])("$name", ({ blocks }) => {
    const decoder = new HpackDecoder(4096);
    expect(blocks.map((block) => decoded(decoder, block))).toEqual([
      [
        [":method", "GET"],
        [":scheme", "http"],
        [":path", "/"],
        [":authority", "www.example.com"],
      ],
      [
        [":method", "GET"],
        [":scheme", "http"],
        [":path", "/"],
        [":authority", "www.example.com"],
        ["cache-control", "no-cache"],
      ],
      [
        [":method", "GET"],
        [":scheme", "https"],
        [":path", "/index.html"],
        [":authority", "www.example.com"],
        ["custom-key", "custom-value"],
      ],
    ]);
  });

  it("C.6: a table of 256 bytes that loses its oldest entries", () => {
    const decoder = new HpackDecoder(256);
    decoded(
      decoder,
      "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e " +
        "919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
    );
    expect(decoded(decoder, "4883 640e ffc1 c0bf")).toEqual([
      [":status", "307"],
      ["cache-control", "private"],
      ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
      ["location", "https://www.example.com"],
    ]);
  });
});

describe("what is no block of headers", () => {
  it.each([
    { name: "an index of no table", hex: "be" },
    { name: "the index 0", hex: "80" },
    { name: "a name that is cut", hex: "400a 6375" },
    { name: "a number without end", hex: "7f ffff ffff ff" },
    { name: "a table that is larger than allowed", hex: "3fe2 1f" },
    { name: "a new size of the table behind a header", hex: "82 20" },
    { name: "the end of a string within a string", hex: "0085 ffff ffff ff 00" },
    { name: "padding of a whole byte", hex: "0001 61 8207 ff" },
    { name: "padding of other bits", hex: "0001 61 8100" },
  ])("$name", ({ hex }) => {
    expect(() => once(hex)).toThrow(CompressionError);
  });

  it("an entry of a table that was given up", () => {
    const decoder = new HpackDecoder(4096);
    decoded(decoder, "4001 6101 62");
    expect(decoded(decoder, "be")).toEqual([["a", "b"]]);
    decoder.setLimit(0);
    expect(decoder.isStateless).toBe(true);
    expect(() => decoded(decoder, "be")).toThrow(CompressionError);
  });

  it("any bytes: they are decoded or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          new HpackDecoder(4096).decode(Buffer.from(bytes), () => {});
        } catch (error) {
          expect(error).toBeInstanceOf(CompressionError);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

/** Upper ends of the classes of word lengths. */
const wordLengths = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15] as const;
const classOfLength: Uint8Array = Uint8Array.from({ length: 17 }, (_, length) => {
  const found = wordLengths.findIndex((end) => length <= end);
  return found === -1 ? wordLengths.length : found;
});
const longWords = wordLengths.length;

/** Where each feature stands after the classes of word lengths. */
const Feature = {
  BeyondLongWord: longWords + 1,
  Accented: longWords + 2,
  Capital: longWords + 3,
  Cyrillic: longWords + 4,
  CyrillicWord: longWords + 5,
  Han: longWords + 6,
  Kana: longWords + 7,
  OtherLetter: longWords + 8,
  Digit: longWords + 9,
  Number: longWords + 10,
  Mark: longWords + 11,
  Marks: longWords + 12,
  Lines: longWords + 13,
  GluedWord: longWords + 14,
  FurtherSpace: longWords + 15,
  Delta: longWords + 16,
} as const;

/** The feature that counts the pieces in which a text came. */
export const deltaFeature = Feature.Delta;

/** Numbers that describe a text. */
export const featureCount = longWords + 17;

/** Kinds of characters; those up to `Accented` make words together. */
const Kind = {
  Small: 1,
  Capital: 2,
  Accented: 3,
  Cyrillic: 4,
  Han: 5,
  Kana: 6,
  Other: 7,
  Digit: 8,
  Mark: 9,
  Space: 10,
  Line: 11,
} as const;

/** Kind of a character outside of words -> the feature that counts each one, or -1. */
const eachOf = new Int8Array(12).fill(-1);
eachOf[Kind.Cyrillic] = Feature.Cyrillic;
eachOf[Kind.Han] = Feature.Han;
eachOf[Kind.Kana] = Feature.Kana;
eachOf[Kind.Other] = Feature.OtherLetter;
eachOf[Kind.Digit] = Feature.Digit;
eachOf[Kind.Mark] = Feature.Mark;

/** The same for the first of several in a row. */
const firstOf = new Int8Array(12).fill(-1);
firstOf[Kind.Cyrillic] = Feature.CyrillicWord;
firstOf[Kind.Digit] = Feature.Number;
firstOf[Kind.Mark] = Feature.Marks;
firstOf[Kind.Line] = Feature.Lines;

/**
 * What can be told of a text while it streams by, in constant memory: how many words of which length, letters of which
 * script, marks, numbers, and pieces in which it came. From these `TokenEstimator` tells how many tokens it has.
 * A delta never breaks a token, so each is counted by itself.
 */
export class TextFeatures {
  readonly counts = new Float64Array(featureCount);
  bytes = 0;

  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  /** Adds a piece of text as it came. */
  add(delta: string): void {
    if (delta === "") {
      return;
    }
    const { counts } = this;
    this.bytes += Buffer.byteLength(delta);
    counts[Feature.Delta] = (counts[Feature.Delta] ?? 0) + 1;
    let word = 0;
    let before = 0;
    for (let at = 0; at < delta.length; at += 1) {
      const kind = kindOf(delta.charCodeAt(at));
      if (kind <= Kind.Accented) {
        if (kind === Kind.Capital && before === Kind.Small) {
          this.endWord(word);
          word = 0;
        }
        this.startOrGoOn(word, kind, before);
        word += 1;
      } else {
        this.endWord(word);
        word = 0;
        this.addOther(kind, before);
      }
      before = kind;
    }
    this.endWord(word);
  }

  /** This text and another one as one. */
  with(other: TextFeatures): TextFeatures {
    const both = new TextFeatures();
    both.counts.set(this.counts.map((count, at) => count + (other.counts[at] ?? 0)));
    both.bytes = this.bytes + other.bytes;
    return both;
  }

  private count(feature: number, by = 1): void {
    this.counts[feature] = (this.counts[feature] ?? 0) + by;
  }

  private startOrGoOn(word: number, kind: number, before: number): void {
    if (word === 0 && before !== Kind.Space) {
      this.count(Feature.GluedWord);
    }
    if (kind === Kind.Accented) {
      this.count(Feature.Accented);
    } else if (kind === Kind.Capital) {
      this.count(Feature.Capital);
    }
  }

  private endWord(length: number): void {
    if (length > 0) {
      this.count(classOfLength[Math.min(length, 16)] ?? longWords);
      if (length > 15) {
        this.count(Feature.BeyondLongWord, length - 15);
      }
    }
  }

  private addOther(kind: number, before: number): void {
    const each = eachOf[kind] ?? -1;
    if (each !== -1) {
      this.count(each);
    }
    const first = firstOf[kind] ?? -1;
    if (first !== -1 && kind !== before) {
      this.count(first);
    } else if (kind === Kind.Space && before >= Kind.Space) {
      this.count(Feature.FurtherSpace);
    }
  }
}

function asciiKind(code: number): number {
  if (code >= 0x61 && code <= 0x7a) {
    return Kind.Small;
  }
  if (code >= 0x41 && code <= 0x5a) {
    return Kind.Capital;
  }
  if (code >= 0x30 && code <= 0x39) {
    return Kind.Digit;
  }
  if (code === 0x20 || code === 0x09) {
    return Kind.Space;
  }
  return code === 0x0a || code === 0x0d ? Kind.Line : Kind.Mark;
}

const asciiKinds: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => asciiKind(code));

function kindOf(code: number): number {
  if (code < 0x80) {
    return asciiKinds[code] ?? Kind.Mark;
  }
  if (code < 0x250) {
    return Kind.Accented;
  }
  if (code >= 0x400 && code < 0x530) {
    return Kind.Cyrillic;
  }
  if (code >= 0x3040 && code < 0x3100) {
    return Kind.Kana;
  }
  return (code >= 0x4e00 && code < 0xa000) || (code >= 0x3400 && code < 0x4dc0) ? Kind.Han : Kind.Other;
}

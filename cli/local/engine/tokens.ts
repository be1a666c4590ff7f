/**
 * The simulated engines' tokenizer. A token is, with the white space in front of it, a run of at most four
 * letters or digits, or one other character; white space at the end is a token of its own. No tokens are added
 * for roles or templates, so a test can state the expected usage by hand: "Hello, world" has five tokens
 * ("Hell", "o", ",", " worl", "d").
 */
const tokenPattern = /\s*(?:[\p{L}\p{N}]{1,4}|[^\s\p{L}\p{N}])|\s+/gu;

/** The tokens of a text; joined, they are the text again. */
export function tokensOf(text: string): string[] {
  return text.match(tokenPattern) ?? [];
}

/** Number of tokens of a text, without keeping them. */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(tokenPattern)) {
    count += 1;
  }
  return count;
}

/** Where each token of a text ends. */
export function* tokenEnds(text: string): Generator<number> {
  for (const { 0: token, index } of text.matchAll(tokenPattern)) {
    yield index + token.length;
  }
}

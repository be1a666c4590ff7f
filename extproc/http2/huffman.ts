import { huffmanLengths } from "./hpackTables";

const endOfString = 256;
/** Two children for each node: a node above 0, a symbol as its complement, 0 where no code goes. */
const tree = buildTree();

function buildTree(): Int16Array {
  const lengths = [...huffmanLengths].map((digit) => Number.parseInt(digit, 36));
  const symbols = lengths.map((_, symbol) => symbol).sort((a, b) => lengthOf(a) - lengthOf(b) || a - b);
  const children = new Int16Array(4 * lengths.length);
  let nodes = 1;
  let code = 0;
  let previous = lengthOf(symbols[0] ?? 0);
  for (const symbol of symbols) {
    const length = lengthOf(symbol);
    code <<= length - previous;
    previous = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit -= 1) {
      const at = 2 * node + ((code >> bit) & 1);
      if (children[at] === 0) {
        children[at] = nodes;
        nodes += 1;
      }
      node = children[at] ?? 0;
    }
    children[2 * node + (code & 1)] = ~symbol;
    code += 1;
  }
  return children;

  function lengthOf(symbol: number): number {
    return lengths[symbol] ?? 0;
  }
}

/** The text of a Huffman code, a character for each byte; `undefined` when it is none. */
export function huffmanText(bytes: Buffer, start: number, end: number): string | undefined {
  const symbols: number[] = [];
  let node = 0;
  let depth = 0;
  let isPadding = true;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    for (let shift = 7; shift >= 0; shift -= 1) {
      const bit = (byte >> shift) & 1;
      const next = tree[2 * node + bit] ?? 0;
      depth += 1;
      isPadding &&= bit === 1;
      if (next > 0) {
        node = next;
        continue;
      }
      if (~next === endOfString || next === 0) {
        return undefined;
      }
      symbols.push(~next);
      node = 0;
      depth = 0;
      isPadding = true;
    }
  }
  // What is left is the beginning of the end of the string, and no whole byte of it.
  return depth < 8 && isPadding ? String.fromCharCode(...symbols) : undefined;
}

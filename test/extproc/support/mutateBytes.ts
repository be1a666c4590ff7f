/** One to four changes: a bit, a byte, a cut, bytes in between, bytes away, a piece of another message. */
export function mutateBytes(message: Buffer, others: readonly Buffer[], random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  let bytes = Buffer.from(message);
  for (let left = 1 + below(4); left > 0; left -= 1) {
    const at = below(bytes.length + 1);
    const other = others[below(others.length)] ?? bytes;
    const from = below(other.length);
    const change = below(6);
    if (change < 2 && at < bytes.length) {
      bytes[at] = change === 0 ? (bytes[at] ?? 0) ^ (1 << below(8)) : below(256);
    } else if (change === 2) {
      bytes = bytes.subarray(0, at);
    } else if (change === 3) {
      const noise = Buffer.from(Array.from({ length: 1 + below(12) }, () => below(256)));
      bytes = Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
    } else if (change === 4) {
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(8))]);
    } else {
      const piece = other.subarray(from, from + below(64));
      bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    }
  }
  return bytes;
}

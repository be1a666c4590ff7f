/** The static table of HPACK (RFC 7541, appendix A): index 1 is the first. */
export const staticTable: readonly (readonly [string, string])[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  ...["200", "204", "206", "304", "400", "404", "500"].map((status) => [":status", status] as const),
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ...(
    "accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control " +
    "content-disposition content-encoding content-language content-length content-location content-range " +
    "content-type cookie date etag expect expires from host if-match if-modified-since if-none-match if-range " +
    "if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range " +
    "referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary " +
    "via www-authenticate"
  )
    .split(" ")
    .map((name) => [name, ""] as const),
];

/**
 * How many bits each symbol's code has (RFC 7541, appendix B), as a digit to the base 36; the last is the end of the
 * string. The code is canonical: codes of the same length count up in the order of the symbols.
 */
export const huffmanLengths =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6f565656" +
  "66577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmnqqkjmnmpqqqrrqop" +
  "jlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu";

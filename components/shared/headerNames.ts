/** Whether a text in lower case can be the name of a header that a client sends (a token of RFC 9110). */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(text);
}

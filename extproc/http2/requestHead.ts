/** What a request says in its headers, as far as it is read. */
export interface RequestHead {
  readonly path: string;
  readonly contentType: string;
}

/** Headers that speak of a connection, which HTTP/2 does not know (RFC 9113, section 8.2.2). */
const ofConnections: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
];

/** Gathers the headers of one request, and finds out whether they are allowed (RFC 9113, section 8.3.1). */
export class RequestHeadReader {
  private readonly pseudo = new Map<string, string>();
  private contentType = "";
  private hasRegular = false;
  private isMalformed = false;

  readonly take = (name: string, value: string): void => {
    if (name.startsWith(":")) {
      this.isMalformed ||= this.hasRegular || this.pseudo.has(name);
      this.pseudo.set(name, value);
      return;
    }
    this.hasRegular = true;
    this.isMalformed ||=
      name !== name.toLowerCase() ||
      ofConnections.includes(name) ||
      (name === "te" && value.toLowerCase() !== "trailers");
    if (name === "content-type") {
      this.contentType = value;
    }
  };

  /** The head; `undefined` when it is malformed. */
  head(): RequestHead | undefined {
    const { pseudo } = this;
    const path = pseudo.get(":path") ?? "";
    const known = [":method", ":scheme", ":path", ":authority"].filter((name) => pseudo.has(name));
    const isWhole = path !== "" && pseudo.has(":method") && pseudo.has(":scheme");
    return this.isMalformed || !isWhole || known.length !== pseudo.size
      ? undefined
      : { path, contentType: this.contentType };
  }

  /** Whether these can stand behind a body. */
  get areTrailers(): boolean {
    return !this.isMalformed && this.pseudo.size === 0;
  }
}

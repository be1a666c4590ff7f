/** Takes a log, as `StartOptions.log`. */
export class LogLines {
  #text = "";

  write(line: string): void {
    this.#text += line;
  }

  get text(): string {
    return this.#text;
  }

  /** Every line, which must be JSON. */
  get lines(): readonly Readonly<Record<string, unknown>>[] {
    return this.#text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  codes(): unknown[] {
    return this.lines.map(({ code }) => code);
  }

  of(code: string): readonly Readonly<Record<string, unknown>>[] {
    return this.lines.filter((line) => line["code"] === code);
  }
}

/** Samples of a scrape: `name{label="value",...}` -> value. Throws on a line that is not of the text format. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || /^# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+$/.test(line)) {
      continue;
    }
    const [, name, labels = "", value = ""] =
      /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(
        line,
      ) ?? [];
    const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
    if (name === undefined || value === "" || (Number.isNaN(number) && !/^nan$/i.test(value))) {
      throw new Error(`not a sample: ${line}`);
    }
    if (samples.has(name + labels)) {
      throw new Error(`told twice: ${name}${labels}`);
    }
    samples.set(name + labels, number);
  }
  return samples;
}

/** The samples of one metric. */
export function samplesNamed(text: string, name: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...samplesOf(text)].filter(([key]) => key === name || key.startsWith(`${name}{`)),
  );
}

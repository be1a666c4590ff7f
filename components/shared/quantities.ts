import type { Problems } from "./problems";

const pattern = /^([0-9]+(?:\.[0-9]+)?)(m|Ki|Mi|Gi|Ti|k|M|G|T)?$/;

const factors: Readonly<Record<string, number>> = {
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** Reports what is no number of CPUs. */
export function checkCpu(path: string, text: unknown, problems: Problems): void {
  const match = typeof text === "string" ? pattern.exec(text) : null;
  if (match === null || !(Number(match[1]) > 0) || !(match[2] === undefined || match[2] === "m")) {
    problems.add(path, `${JSON.stringify(text)} is not a number of CPUs; write it as "4" or "500m"`);
  }
}

const leastMemory = 2 ** 20;

/** Reports what is no size of memory or of a disk: `512m` is half a byte to Kubernetes. */
export function checkMemory(path: string, text: unknown, problems: Problems): void {
  const bytes = typeof text === "string" ? bytesOf(text) : undefined;
  if (bytes === undefined || bytes < leastMemory) {
    problems.add(
      path,
      `${JSON.stringify(text)} is not a size of 1Mi or more; write it as "512Mi", "16Gi" or "1.5Ti"`,
    );
  }
}

/** Bytes of a size such as `50Mi`; `undefined` for anything that is no size, milli-units included. */
export function bytesOf(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || match[2] === "m") {
    return undefined;
  }
  return Number(match[1]) * (match[2] === undefined ? 1 : (factors[match[2]] ?? Number.NaN));
}

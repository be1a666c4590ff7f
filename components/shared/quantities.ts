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

/** Whether a text is a positive Kubernetes quantity in the forms that people write. */
export function isQuantity(text: string): boolean {
  const match = pattern.exec(text);
  return match !== null && Number(match[1]) > 0;
}

/** Bytes of a size such as `50Mi`; `undefined` for anything that is no size, milli-units included. */
export function bytesOf(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || match[2] === "m") {
    return undefined;
  }
  return Number(match[1]) * (match[2] === undefined ? 1 : (factors[match[2]] ?? Number.NaN));
}

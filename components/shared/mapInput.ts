import { type Input, output } from "@pulumi/pulumi";

/** What a function makes of an input: at once of a plain text, else when it is known. */
export function mapInput<T>(input: Input<string>, read: (text: string) => T): Input<T> {
  return typeof input === "string" ? read(input) : (output(input).apply(read) as Input<T>);
}

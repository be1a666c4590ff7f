import * as pulumi from "@pulumi/pulumi";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { UsageError } from "../errors";
import { evaluateProgram } from "../evaluate";
import { isRecord, maskedSecret, maskValue, unknownPlaceholder } from "../evaluate/values";

const modelGatewayType = "ai-gateway:index:ModelGateway";

/** The one gateway that a stack declares. */
export interface Declaration {
  readonly name: string;
  /** As the program gave it; secrets and values that only a deployment knows are placeholders. */
  readonly args: ModelGatewayArgs;
  /** What the evaluation warned of. */
  readonly warnings: readonly string[];
}

/**
 * Evaluates a stack and takes its gateway.
 *
 * @throws UsageError when the stack declares none, or more than one.
 * @throws ProgramError when the program fails.
 */
export async function readDeclaration(
  projectDir: string,
  stack: string,
  debug: boolean,
): Promise<Declaration> {
  const { resources, warnings } = await evaluateProgram({ projectDir, stack, debug });
  const found = resources.filter(({ type }) => type === modelGatewayType);
  const [gateway, ...others] = found;
  if (gateway === undefined) {
    throw new UsageError(`The stack "${stack}" declares no ModelGateway, so there is nothing to run here.`);
  }
  if (others.length > 0) {
    const names = found.map(({ name }) => `"${name}"`).join(", ");
    throw new UsageError(
      `The stack "${stack}" declares ${found.length} gateways (${names}), and one can run on a machine; ` +
        "move the others to a stack of their own.",
    );
  }
  const inputs = reviveOutputs(maskValue(gateway.inputs)) as unknown as ModelGatewayArgs;
  return { name: gateway.name, args: inputs, warnings };
}

/** Secrets must not stand in the clear, nor outputs be taken for names: the placeholders are outputs again. */
function reviveOutputs(value: unknown): unknown {
  if (value === maskedSecret) {
    return pulumi.secret(value);
  }
  if (typeof value === "string" && value.includes(unknownPlaceholder)) {
    return pulumi.output(value);
  }
  if (Array.isArray(value)) {
    return value.map(reviveOutputs);
  }
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reviveOutputs(inner)]))
    : value;
}

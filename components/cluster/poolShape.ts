import { at, type Problems } from "../shared/problems";
import { RefusedUse, refusalOf } from "./acceleratorRefusals";
import type { AcceleratorShape } from "./acceleratorShape";
import type { PoolArgs } from "./poolArgs";
import { resolveAccelerator } from "./resolveAccelerator";

/** What the nodes of a pool offer; `undefined` when that cannot be known, which is then reported. */
export function resolveShape(
  pools: string,
  name: string,
  args: PoolArgs,
  problems: Problems,
): AcceleratorShape | undefined {
  const path = at(pools, name);
  const { instanceType, accelerator } = args;
  if (args.hybrid !== undefined) {
    if (instanceType !== undefined) {
      problems.add(
        `${path}.instanceType`,
        `"${instanceType}" is of EC2, and hybrid hosts are not; leave it out`,
      );
    }
    if (accelerator === undefined) {
      problems.add(`${path}.accelerator`, "is missing; say what a hybrid host offers");
      return undefined;
    }
    return resolveAccelerator(`${path}.accelerator`, name, accelerator, problems);
  }
  if (instanceType === undefined) {
    problems.add(
      `${path}.instanceType`,
      "is missing; name an instance type of EC2, or declare hosts of your own with hybrid",
    );
    return undefined;
  }
  const unfit = refusalOf(instanceType, RefusedUse.StockAmi);
  if (unfit !== undefined && args.amiId === undefined) {
    problems.add(`${path}.instanceType`, `"${instanceType}" ${unfit}`);
  }
  return resolveAccelerator(
    accelerator === undefined ? `${path}.instanceType` : `${path}.accelerator`,
    instanceType,
    accelerator,
    problems,
  );
}

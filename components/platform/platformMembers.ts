import { gpuClusterMembers } from "../cluster/gpuClusterMembers";
import { sealSecrets } from "../gateway/createInstall";
import { markSecrets } from "../models/markSecrets";
import { type Members, type MembersOf, requiredNames, type Shape } from "../models/memberShapes";
import { modelGatewayMembers } from "../models/memberTables";
import type { ModelGatewayArgs } from "../models/modelGatewayArgs";
import type { AiPlatformArgs, PlatformControllersArgs } from "../platformArgs";
import { isPlainObject } from "../shared/plainObject";

/** Members that a platform hands on to its models as they are. */
export const modelMembers = [
  "models",
  "pools",
  "credentials",
  "gateway",
  "namespace",
  "release",
  "timeouts",
  "retries",
  "access",
  "budgets",
  "processor",
  "quotas",
] as const satisfies readonly (keyof AiPlatformArgs & keyof ModelGatewayArgs)[];

type ModelMember = (typeof modelMembers)[number];

/** Members that the platform reads itself; `json` is looked at by the part that it belongs to. */
const ownMembers = {
  cluster: "json",
  install: "json",
  controllers: { keda: "text", leaderWorkerSet: "text" } satisfies MembersOf<PlatformControllersArgs>,
  createNamespace: "flag",
  hostname: "input",
} as const satisfies Readonly<Record<Exclude<keyof AiPlatformArgs, ModelMember>, Shape>>;

/** Every member of `AiPlatformArgs`: what is inside those of a part is checked by the part. */
export const platformMembers: Members = {
  ...Object.fromEntries(modelMembers.map((name) => [name, "json" as const])),
  ...ownMembers,
};

const shapes: Members = {
  ...modelGatewayMembers,
  cluster: gpuClusterMembers,
  hostname: "input",
  [requiredNames]: [],
};

/** The arguments as the state may hold them: what is secret by meaning is one, also if its output was not. */
export function sealPlatform(args: AiPlatformArgs): AiPlatformArgs {
  const sealed = markSecrets(args, shapes);
  // Callers without types may give anything; what is wrong is said by the checks.
  const install = isPlainObject(args) ? args.install : undefined;
  return install === undefined || !isPlainObject(install)
    ? sealed
    : { ...sealed, install: sealSecrets(install) };
}

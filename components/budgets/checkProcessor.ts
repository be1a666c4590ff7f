import type { LimitUnit } from "../../extproc/contract";
import { checkSecret } from "../models/resolveCredential";
import { durationInMs } from "../shared/durations";
import { checkNamespace, checkObjectName, isHostName } from "../shared/names";
import type { Problems } from "../shared/problems";
import {
  type ProcessorArgs,
  type ProcessorBuildArgs,
  ProcessorLogLevel,
  type ProcessorNetworkPolicyArgs,
  type ProcessorServiceArgs,
  type ProcessorTlsArgs,
  type ProcessorWebhookArgs,
} from "./processorArgs";
import { processorDefaults } from "./processorDefaults";

const platforms = ["linux/amd64", "linux/arm64"];
const repository = /^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/;
const ecr = /^[0-9]{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;

/** Reports a number that is not whole or out of bounds; absent ones are fine. */
export function checkInteger(
  path: string,
  value: number | undefined,
  min: number,
  max: number,
  problems: Problems,
): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
    problems.add(path, `${value} is not a whole number from ${min} to ${max}`);
  }
}

/** Path of a member; of the declaration itself where `path` is empty. */
export function memberPath(path: string, member: string): string {
  return path === "" ? member : `${path}.${member}`;
}

export function checkImage(path: string, args: ProcessorServiceArgs, problems: Problems): void {
  const { image, build } = args;
  if (image !== undefined && build !== undefined) {
    problems.add(memberPath(path, "build"), "is given beside image; keep one of them");
  }
  if (image === "") {
    problems.add(memberPath(path, "image"), "is empty; give the image of the processor");
  }
  if (build !== undefined) {
    checkBuild(memberPath(path, "build"), build, problems);
  }
}

/** On a laptop no image is needed. */
export function checkImageGiven(
  path: string,
  { image, build }: ProcessorServiceArgs,
  problems: Problems,
): void {
  if (image === undefined && build === undefined) {
    problems.add(
      memberPath(path, "image"),
      "is missing, and nobody publishes one; give an image, or build: { repositoryUrl } to build and push the one that comes with this package",
    );
  }
}

function checkBuild(path: string, build: ProcessorBuildArgs, problems: Problems): void {
  const { repositoryUrl, username, password } = build;
  if (typeof repositoryUrl === "string" && !repository.test(repositoryUrl)) {
    problems.add(
      `${path}.repositoryUrl`,
      `${JSON.stringify(repositoryUrl)} is not a repository; write registry/name, without https:// and without a tag`,
    );
  } else if (typeof repositoryUrl === "string" && !ecr.test(repositoryUrl) && username === undefined) {
    problems.add(
      `${path}.username`,
      "is missing; only ECR's token is fetched by itself, so give username and password of this registry",
    );
  }
  if ((username === undefined) !== (password === undefined)) {
    problems.add(
      `${path}.${username === undefined ? "username" : "password"}`,
      "is missing; username and password need each other",
    );
  }
  checkSecret(`${path}.password`, password, problems);
  for (const platform of build.platforms ?? []) {
    if (!platforms.includes(platform)) {
      problems.add(`${path}.platforms`, `"${platform}" is not known; use ${platforms.join(" or ")}`);
    }
  }
  if (build.platforms?.length === 0) {
    problems.add(`${path}.platforms`, `is empty; name ${platforms.join(" or ")}, or leave it out`);
  }
}

export function checkNamespaces(
  at: (member: string) => string,
  args: ProcessorServiceArgs,
  problems: Problems,
): void {
  for (const member of ["namespace", "envoyGatewayNamespace"] as const) {
    if (args[member] !== undefined) {
      checkNamespace(at(member), args[member], problems);
    }
  }
}

export function checkService(
  at: (member: string) => string,
  args: ProcessorServiceArgs,
  problems: Problems,
): void {
  checkInteger(at("holdSeconds"), args.holdSeconds, 5, 3_600, problems);
  checkInteger(at("drainSeconds"), args.drainSeconds, 0, 86_400, problems);
  const { logLevel } = args;
  if (logLevel !== undefined && !Object.values(ProcessorLogLevel).includes(logLevel)) {
    problems.add(
      at("logLevel"),
      `"${logLevel}" is not known; use ${Object.values(ProcessorLogLevel).join(", ")}`,
    );
  }
}

export function checkMessageTimeout(path: string, args: ProcessorArgs, problems: Problems): void {
  const text = args.envoy?.messageTimeout ?? processorDefaults.messageTimeout;
  const ms = durationInMs(text);
  if (ms === undefined || ms < 1_000 || ms > 60_000) {
    problems.add(path, `${JSON.stringify(text)} is not a time from 1s to 60s; write it as 5s`);
  } else if ((args.redis?.timeoutMs ?? processorDefaults.storeTimeoutMs) * 2 > ms) {
    problems.add(
      path,
      `${text} is less than twice redis.timeoutMs, ${args.redis?.timeoutMs}, so Envoy would give up before a budget's whenStoreIsDown decides; raise it`,
    );
  }
}

/** Money that is spent while the processor is away is never found again. */
export function checkFailOpen(
  path: string,
  args: ProcessorArgs,
  {
    budgets,
    decidesAccess,
  }: {
    readonly budgets: readonly { readonly name: string; readonly unit: LimitUnit }[];
    readonly decidesAccess?: boolean;
  },
  problems: Problems,
): void {
  if (args.envoy?.failOpen === true && decidesAccess === true) {
    problems.add(
      path,
      "is true, and the processor decides who may call: while no pod answers, everybody could; leave it out",
    );
  }
  const money = budgets.filter(({ unit }) => unit === "nanodollars").map(({ name }) => `"${name}"`);
  if (args.envoy?.failOpen === true && money.length > 0) {
    problems.add(
      path,
      `is true, and ${money.join(", ")} ${money.length === 1 ? "caps" : "cap"} dollars: what passes while no pod answers is never charged; leave it out`,
    );
  }
}

export function checkWebhook(path: string, args: ProcessorWebhookArgs | undefined, problems: Problems): void {
  if (args === undefined) {
    return;
  }
  const url = typeof args.url === "string" && URL.canParse(args.url) ? new URL(args.url) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    problems.add(`${path}.url`, "is not an address; write https://host/path");
  } else if (url.username !== "" || url.password !== "") {
    problems.add(`${path}.url`, "holds a user or a password in clear; give authorization in its place");
  } else if (url.protocol === "http:" && hasAuthorization(args)) {
    problems.add(
      `${path}.url`,
      "speaks http://, so the authorization would travel in the clear; use https://",
    );
  }
  checkInteger(`${path}.timeoutMs`, args.timeoutMs, 100, 60_000, problems);
  checkSecret(`${path}.authorization`, args.authorization, problems);
  checkObjectName(`${path}.authorizationSecretName`, args.authorizationSecretName, problems);
  if (args.authorization !== undefined && args.authorizationSecretName !== undefined) {
    problems.add(`${path}.authorizationSecretName`, "is given beside authorization; keep one of them");
  }
}

function hasAuthorization(args: ProcessorWebhookArgs): boolean {
  return args.authorization !== undefined || args.authorizationSecretName !== undefined;
}

export function checkTls(path: string, args: ProcessorTlsArgs | undefined, problems: Problems): void {
  if (args === undefined) {
    return;
  }
  checkObjectName(`${path}.certificateSecretName`, args.certificateSecretName, problems);
  checkObjectName(`${path}.caConfigMapName`, args.caConfigMapName, problems);
  if (args.hostname !== undefined && !isHostName(args.hostname)) {
    problems.add(`${path}.hostname`, `${JSON.stringify(args.hostname)} is not a host name in lower case`);
  }
}

export function checkNetworkPolicy(path: string, args: ProcessorNetworkPolicyArgs, problems: Problems): void {
  for (const name of args.metricsNamespaces ?? []) {
    checkNamespace(`${path}.metricsNamespaces`, name, problems);
  }
  for (const port of args.egressPorts ?? []) {
    checkInteger(`${path}.egressPorts`, port, 1, 65_535, problems);
  }
  if (args.enabled === false && (args.metricsNamespaces ?? args.egressPorts) !== undefined) {
    problems.add(`${path}.enabled`, "is false, and the rest of networkPolicy then means nothing; remove it");
  }
}

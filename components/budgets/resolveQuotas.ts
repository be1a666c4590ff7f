import type { Input } from "@pulumi/pulumi";
import { installDefaults } from "../gateway/installArgs";
import { ownRedisUrl, redisSecretName } from "../gateway/installRedis";
import { parseRedisUrl } from "../gateway/redisUrl";
import { defaultReleaseSet, imageName, type ReleaseSet, releaseSets } from "../gateway/releases";
import { checkInteger } from "../models/resolveVllm";
import { checkObjectName, isDnsLabel } from "../shared/names";
import type { Problems } from "../shared/problems";
import type { QuotaServiceArgs } from "./quotaArgs";

/** The rate limit service of AI Gateway's quotas, with every default filled in. */
export interface ResolvedQuotaService {
  readonly replicas: number;
  readonly image: Input<string>;
  readonly envoyGatewayNamespace: string;
  readonly aiGatewayNamespace: string;
  readonly redisUrl: Input<string>;
  readonly redisSecretName: Input<string> | undefined;
}

/** The service to make; `undefined` where somebody else makes it. */
export function resolveQuotas(
  path: string,
  args: QuotaServiceArgs,
  release: ReleaseSet,
  problems: Problems,
): ResolvedQuotaService | undefined {
  const envoyGatewayNamespace = args.envoyGatewayNamespace ?? installDefaults.envoyGatewayNamespace;
  const isOwn = args.redisUrl === undefined;
  // An unknown release set is reported where it is given.
  const { quotaRateLimit } = releaseSets[Object.hasOwn(releaseSets, release) ? release : defaultReleaseSet];
  const resolved: ResolvedQuotaService = {
    replicas: args.replicas ?? 2,
    image: args.image ?? imageName(quotaRateLimit),
    envoyGatewayNamespace,
    aiGatewayNamespace: args.aiGatewayNamespace ?? installDefaults.aiGatewayNamespace,
    redisUrl: args.redisUrl ?? ownRedisUrl(envoyGatewayNamespace),
    redisSecretName: args.redisSecretName ?? (isOwn ? redisSecretName : undefined),
  };
  check(path, args, resolved, problems);
  return (args.enabled ?? true) ? resolved : undefined;
}

function check(
  path: string,
  args: QuotaServiceArgs,
  resolved: ResolvedQuotaService,
  problems: Problems,
): void {
  if (args.enabled === false) {
    for (const [member, value] of Object.entries(args)) {
      if (member !== "enabled" && value !== undefined) {
        problems.add(
          `${path}.${member}`,
          "describes the service, which is made elsewhere with enabled: false; remove one of the two",
        );
      }
    }
    return;
  }
  checkInteger(`${path}.replicas`, resolved.replicas, 1, 100, problems);
  for (const member of ["envoyGatewayNamespace", "aiGatewayNamespace"] as const) {
    if (!isDnsLabel(resolved[member])) {
      problems.add(`${path}.${member}`, `${JSON.stringify(resolved[member])} is not a namespace`);
    }
  }
  if (args.image === "") {
    problems.add(`${path}.image`, "is empty; name an image or leave it out");
  }
  const address = typeof args.redisUrl === "string" ? parseRedisUrl(args.redisUrl) : undefined;
  if (typeof address === "string") {
    problems.add(`${path}.redisUrl`, address);
  }
  checkObjectName(`${path}.redisSecretName`, args.redisSecretName, problems);
  if (args.redisUrl === undefined && args.redisSecretName !== undefined) {
    problems.add(
      `${path}.redisSecretName`,
      "belongs to a Redis of your own, and none is named; give redisUrl or remove it",
    );
  }
}

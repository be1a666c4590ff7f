import { localApiKeys } from "../budgets/localAccess";
import { localReleaseSet } from "../gateway/releases";
import type { LocalArgs } from "./modelGatewayArgs";
import type { ResolvedModel, ResolvedModelGateway } from "./resolved";

/** What local mode changes about a declaration, a sentence each. */
export function differencesOf(
  resolved: ResolvedModelGateway,
  models: readonly ResolvedModel[],
  args: LocalArgs,
  port: number,
  host: string,
): readonly string[] {
  const simulated = models.filter(
    ({ key }) => !args.real?.includes(key) && entryOf(args.upstreams, key) === undefined,
  );
  const list = (keys: readonly { readonly key: string }[]) => keys.map(({ key }) => key).join(", ");
  const google = resolved.models.filter(
    (model) => needsGoogle(model) && simulated.some(({ key }) => key === model.key),
  );
  const moved = resolved.models.filter(({ namespace }) => namespace !== resolved.namespace);
  const idle = resolved.routes.filter(({ timeouts }) => timeouts.streamIdle !== undefined);
  const named = resolved.routes.filter(({ hostnames }) => hostnames.length > 0);
  const pods = resolved.models.filter(({ vllm }) => vllm !== undefined);
  const picked = resolved.models.filter(({ inferencePool }) => inferencePool !== undefined);
  return [
    ...(simulated.length > 0 ? [`simulated engines answer for ${list(simulated)}`] : []),
    ...(pods.length > 0 ? [`no pods are run for ${list(pods)}`] : []),
    ...(picked.length > 0
      ? [`no endpoint picker runs for ${list(picked)}: the gateway sends requests straight on`]
      : []),
    ...(google.length > 0 ? [`the engines of ${list(google)} speak OpenAI's API in place of Google's`] : []),
    "token counts are configured on each route, since the standalone gateway does not take GatewayConfig",
    ...(resolved.release === localReleaseSet
      ? []
      : [`release set ${localReleaseSet} runs here, ${resolved.release} in a cluster`]),
    ...(idle.length > 0
      ? [`timeouts.streamIdle of ${list(idle)} needs release set 1.1 and is left out`]
      : []),
    ...(named.length > 0
      ? [`host names of ${list(named)} are left out: all models answer on localhost`]
      : []),
    ...(moved.length > 0 ? [`${list(moved)} stand in the gateway's own namespace`] : []),
    ...localKeys(resolved),
    ...(resolved.gateway.https === undefined ? [] : [`http on port ${port} in place of https`]),
    ...(isLoopback(host)
      ? ["callers from other machines get 403 (the list of models stays visible to them)"]
      : []),
  ];
}

function localKeys({ access }: ResolvedModelGateway): readonly string[] {
  const keys = access?.apiKeys === undefined ? [] : localApiKeys(access.apiKeys);
  return keys.length === 0 ? [] : [`API keys are ${keys.join(", ")}`];
}

/** Google gives out its tokens itself, so its schemas cannot be simulated. */
export function needsGoogle(model: ResolvedModel): boolean {
  return model.schema.name === "GCPVertexAI" || model.schema.name === "GCPAnthropic";
}

export function isLoopback(host: string): boolean {
  return host === "127.0.0.1" || host === "localhost" || host === "::1";
}

/** The entry of a map that users key by models, which may be called like a member of every object. */
export function entryOf(map: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

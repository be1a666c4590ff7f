import { quotaManifests } from "../budgets/quotaManifests";
import { quotaServiceObjects } from "../budgets/quotaService";
import { needsProcessor } from "../budgets/resolvedAccess";
import { gatewayManifests } from "../gateway/gatewayManifests";
import type { ManifestOf } from "../shared/crds/manifestOf";
import { type Manifest, managedLabels, type RenderedObject } from "../shared/manifest";
import { referenceTo } from "../shared/references";
import { pickerReference, poolKind } from "./endpointPickerNames";
import { modelManifests, secretManifest, secretObjects } from "./modelManifests";
import type { ResolvedModel, ResolvedModelGateway, ResolvedRoute } from "./resolved";
import { routeManifests } from "./routeManifests";
import { rulesOf } from "./routeRules";
import { vllmObjects } from "./vllmManifests";

/** Every object of a resolved declaration, in the order that they are needed. */
export function modelGatewayManifests(resolved: ResolvedModelGateway): readonly RenderedObject[] {
  const { namespace, models } = resolved;
  const byKey = new Map(models.map((model) => [model.key, model]));
  const others = [...new Set(models.map((model) => model.namespace))].filter((other) => other !== namespace);
  return [
    // Namespaces that models name are somebody else's: removing the last model must not take them along.
    ...(resolved.createNamespace ? [ofGateway(namespaceObject(namespace))] : []),
    ...apiKeySecrets(resolved),
    ...gatewayManifests(resolved.gateway, namespace).map((manifest) => ({
      ...ofGateway(manifest),
      ...afterProcessor(manifest, resolved),
    })),
    ...others.flatMap((other) => referenceGrants(resolved, other)),
    ...secretObjects(models, namespace),
    ...models.flatMap(modelObjects),
    ...(resolved.quotas === undefined ? [] : quotaServiceObjects(resolved.quotas)),
    ...quotaManifests(resolved),
    ...resolved.routes.flatMap((route) =>
      routeManifests(route, resolved, byKey).map((manifest) => ({
        key: route.key,
        manifest,
        ...afterPickers(route, byKey),
      })),
    ),
  ];
}

function modelObjects(model: ResolvedModel): readonly RenderedObject[] {
  return [
    ...(model.vllm === undefined ? [] : vllmObjects(model, model.vllm)),
    // Of a pool the route names the pool, and nobody would look at a backend.
    ...(model.inferencePool === undefined
      ? modelManifests(model).map((manifest) => ({ key: model.key, manifest }))
      : []),
  ];
}

/** A pool answers nothing until its picker is ready. */
function afterPickers(
  route: ResolvedRoute,
  models: ReadonlyMap<string, ResolvedModel>,
): Pick<RenderedObject, "after"> {
  const after = rulesOf(route)
    .flat()
    .flatMap(({ model }) => {
      const { namespace, inferencePool } = models.get(model) ?? {};
      return namespace === undefined || inferencePool === undefined
        ? []
        : [pickerReference(namespace, inferencePool)];
    });
  return after.length === 0 ? {} : { after };
}

/** The keys that clients come with, for the Gateway's policy. */
function apiKeySecrets({ access, namespace }: ResolvedModelGateway): readonly RenderedObject[] {
  const content = access?.apiKeys?.make;
  return content === undefined ? [] : [{ key: content.key, manifest: secretManifest(content, namespace) }];
}

function ofGateway(manifest: Manifest): RenderedObject {
  return { key: "", manifest };
}

/**
 * Envoy may let in who brings no token only once the processor is asked about everybody, and tokens are where Envoy
 * looks for them.
 */
function afterProcessor(
  { kind }: Manifest,
  { access, gateway, namespace }: ResolvedModelGateway,
): Pick<RenderedObject, "after"> {
  return kind === "SecurityPolicy" && needsProcessor(access)
    ? {
        after: ["EnvoyProxy", "ClientTrafficPolicy", "EnvoyExtensionPolicy"].map((other) =>
          referenceTo(other, namespace, gateway.objectName),
        ),
      }
    : {};
}

function namespaceObject(name: string): Manifest {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: managedLabels } };
}

/**
 * Both controllers check by themselves: AI Gateway the route it reads, Envoy Gateway the HTTPRoute that AI Gateway
 * generates from it. One grant alone is as good as none.
 */
function referenceGrants(
  { namespace: from, gateway, models }: ResolvedModelGateway,
  namespace: string,
): readonly RenderedObject[] {
  const grant = (
    suffix: string,
    [fromGroup, fromKind]: readonly [string, string],
    [toGroup, toKind]: readonly [string, string],
  ): RenderedObject => {
    const manifest: ManifestOf<"ReferenceGrant"> = {
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      // Other gateways, of this namespace or another, may have grants of their own there.
      metadata: { name: `${from}.${gateway.objectName}.${suffix}`, namespace, labels: managedLabels },
      spec: {
        from: [{ group: fromGroup, kind: fromKind, namespace: from }],
        to: [{ group: toGroup, kind: toKind }],
      },
    };
    return { key: `${namespace}-${suffix}`, manifest };
  };
  const ai = ["aigateway.envoyproxy.io", "AIGatewayRoute"] as const;
  const http = ["gateway.networking.k8s.io", "HTTPRoute"] as const;
  const pool = [poolKind.group, poolKind.kind] as const;
  const hasPools = models.some((model) => model.namespace === namespace && model.inferencePool !== undefined);
  return [
    grant("ai-routes", ai, ["aigateway.envoyproxy.io", "AIServiceBackend"]),
    grant("http-routes", http, ["gateway.envoyproxy.io", "Backend"]),
    // Grants of their own: the first pool of a namespace must not change what others stand on.
    ...(hasPools ? [grant("ai-routes-pools", ai, pool), grant("http-routes-pools", http, pool)] : []),
  ];
}

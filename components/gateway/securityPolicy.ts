import { tokenHeader } from "../../extproc/contract";
import { clientKeyHeader } from "../budgets/identityHeaders";
import {
  KeyCheck,
  needsTokenHeader,
  type ResolvedAccess,
  type ResolvedApiKeys,
  type ResolvedIssuer,
  takesTokens,
} from "../budgets/resolvedAccess";
import type { ManifestOf } from "../shared/crds/manifestOf";
import { managedLabels } from "../shared/manifest";
import type { ResolvedGateway } from "./resolveGateway";

/**
 * Who may call. One object for everything: of two SecurityPolicies on a Gateway the younger is ignored. It stands on
 * the Gateway, since Envoy reads a route's own before it knows the model. Nothing when everybody may call.
 */
export function securityPolicies(
  gateway: ResolvedGateway,
  namespace: string,
): readonly ManifestOf<"SecurityPolicy">[] {
  const { access, local } = gateway;
  const parts = {
    ...(access !== undefined && takesTokens(access) ? { jwt: jwtSpec(access) } : {}),
    ...(access?.apiKeys?.checkedBy === KeyCheck.Gateway ? { apiKeyAuth: apiKeyAuth(access.apiKeys) } : {}),
    ...(local?.loopbackOnly === true ? { authorization: thisMachineOnly } : {}),
  };
  if (Object.keys(parts).length === 0) {
    return [];
  }
  return [
    {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "SecurityPolicy",
      metadata: { name: gateway.objectName, namespace, labels: managedLabels },
      spec: {
        targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: gateway.objectName }],
        ...parts,
      },
    },
  ];
}

/**
 * The standalone gateway always listens on all interfaces, so callers are told apart by address. Model names
 * stay visible: `/v1/models` is answered before this policy is asked.
 */
const thisMachineOnly = {
  defaultAction: "Deny" as const,
  rules: [
    {
      name: "this-machine",
      action: "Allow" as const,
      principal: { clientCIDRs: ["127.0.0.0/8", "::1/128"] },
    },
  ],
};

/** Where a request may come without a token, the processor looks for what else it brings. */
function jwtSpec(access: ResolvedAccess) {
  const isOptional = access.anonymous || needsTokenHeader(access);
  const header = needsTokenHeader(access) ? tokenHeader : "Authorization";
  return {
    ...(isOptional ? { optional: true } : {}),
    providers: access.issuers.map((one) => jwtProviderSpec(one, header)),
  };
}

function jwtProviderSpec(
  { provider, issuer, audiences, jwksUri, localJwks }: ResolvedIssuer,
  header: string,
) {
  return {
    name: provider,
    issuer,
    ...(audiences.length === 0 ? {} : { audiences }),
    // Never from the query string, which is logged on the way.
    extractFrom: { headers: [{ name: header, valuePrefix: "Bearer " }] },
    ...(jwksUri === undefined ? {} : { remoteJWKS: { uri: jwksUri } }),
    ...(localJwks === undefined ? {} : { localJWKS: { type: "Inline" as const, inline: localJwks } }),
  };
}

function apiKeyAuth({ make, existing }: ResolvedApiKeys) {
  const secrets = [...(make === undefined ? [] : [make.name]), ...(existing === undefined ? [] : [existing])];
  return {
    credentialRefs: secrets.map((name) => ({ group: "", kind: "Secret", name })),
    // Envoy takes "Bearer " off by itself. Anthropic's clients send x-api-key, Azure's api-key.
    extractFrom: [{ headers: ["Authorization", "x-api-key", "api-key"] }],
    forwardClientIDHeader: clientKeyHeader,
    sanitize: true,
  };
}

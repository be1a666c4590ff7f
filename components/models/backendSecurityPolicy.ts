import type { BackendSecurityPolicySpec } from "../shared/crds/generated/types";
import type { ManifestOf } from "../shared/crds/manifestOf";
import type { OidcArgs } from "./credentialArgs";
import { modelMetadata } from "./modelMetadata";
import type { ResolvedCredential, ResolvedModel } from "./resolved";

/** The one policy that gives a backend its credential; two on one backend would take it out of service. */
export function backendSecurityPolicy(model: ResolvedModel): ManifestOf<"BackendSecurityPolicy"> | undefined {
  const { credential } = model;
  if (credential === undefined) {
    return undefined;
  }
  return {
    apiVersion: "aigateway.envoyproxy.io/v1beta1",
    kind: "BackendSecurityPolicy",
    metadata: modelMetadata(model),
    spec: {
      targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: model.objectName }],
      ...credentialSpec(credential),
    },
  };
}

/** The type and its one block. */
function credentialSpec(credential: ResolvedCredential): Omit<BackendSecurityPolicySpec, "targetRefs"> {
  switch (credential.type) {
    case "APIKey":
      return { type: "APIKey", apiKey: { secretRef: { name: credential.secret.name } } };
    case "AnthropicAPIKey":
      return { type: "AnthropicAPIKey", anthropicAPIKey: { secretRef: { name: credential.secret.name } } };
    case "AzureAPIKey":
      return { type: "AzureAPIKey", azureAPIKey: { secretRef: { name: credential.secret.name } } };
    case "AWSCredentials":
      return { type: "AWSCredentials", awsCredentials: awsSpec(credential) };
    case "AzureCredentials":
      return {
        type: "AzureCredentials",
        azureCredentials: {
          clientID: credential.clientId,
          tenantID: credential.tenantId,
          ...(credential.secret === undefined ? {} : { clientSecretRef: { name: credential.secret.name } }),
          ...(credential.oidc === undefined
            ? {}
            : { oidcExchangeToken: { oidc: oidcSpec(credential.oidc) } }),
        },
      };
    case "GCPCredentials":
      return { type: "GCPCredentials", gcpCredentials: googleSpec(credential) };
  }
}

function awsSpec(credential: Extract<ResolvedCredential, { type: "AWSCredentials" }>) {
  const { region, secret, oidc, roleArn } = credential;
  return {
    region,
    ...(secret === undefined ? {} : { credentialsFile: { secretRef: { name: secret.name } } }),
    ...(oidc === undefined || roleArn === undefined
      ? {}
      : { oidcExchangeToken: { oidc: oidcSpec(oidc), awsRoleArn: roleArn } }),
  };
}

function googleSpec(credential: Extract<ResolvedCredential, { type: "GCPCredentials" }>) {
  const { project, region, secret, workloadIdentity } = credential;
  return {
    projectName: project,
    region,
    ...(secret === undefined ? {} : { credentialsFile: { secretRef: { name: secret.name } } }),
    ...(workloadIdentity === undefined
      ? {}
      : {
          workloadIdentityFederationConfig: {
            projectID: workloadIdentity.projectId,
            workloadIdentityPoolName: workloadIdentity.poolName,
            workloadIdentityProviderName: workloadIdentity.providerName,
            oidcExchangeToken: { oidc: oidcSpec(workloadIdentity.oidc) },
            ...(workloadIdentity.serviceAccountName === undefined
              ? {}
              : { serviceAccountImpersonation: { serviceAccountName: workloadIdentity.serviceAccountName } }),
          },
        }),
  };
}

function oidcSpec(oidc: OidcArgs) {
  return {
    provider: { issuer: oidc.issuer },
    clientID: oidc.clientId,
    clientSecret: { name: oidc.clientSecretName },
    ...(oidc.scopes === undefined ? {} : { scopes: oidc.scopes }),
  };
}

import { all, type Input, Output, secret } from "@pulumi/pulumi";
import type { ManifestOf } from "../shared/crds/manifestOf";
import { type Manifest, managedLabels, type RenderedObject } from "../shared/manifest";
import { backendSecurityPolicy } from "./backendSecurityPolicy";
import { modelMetadata } from "./modelMetadata";
import type { AwsCredentialsFile } from "./resolveCredential";
import type { ResolvedModel, ResolvedSecret, SecretContent } from "./resolved";

/** What the gateway knows of one model, in the order that it is needed; its pods and Secrets are rendered apart. */
export function modelManifests(model: ResolvedModel): readonly Manifest[] {
  const tls = backendTlsPolicy(model);
  const policy = backendSecurityPolicy(model);
  return [
    backend(model),
    ...(tls === undefined ? [] : [tls]),
    aiServiceBackend(model),
    ...(policy === undefined ? [] : [policy]),
  ];
}

function backend(model: ResolvedModel): ManifestOf<"Backend"> {
  const { endpoint } = model;
  const address = endpoint.isIp
    ? { ip: { address: endpoint.host, port: endpoint.port } }
    : { fqdn: { hostname: endpoint.host, port: endpoint.port } };
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "Backend",
    metadata: modelMetadata(model),
    spec: {
      endpoints: [address],
      ...(endpoint.h2c ? { appProtocols: ["gateway.envoyproxy.io/h2c" as const] } : {}),
      // Without this every certificate would be checked; BackendTLSPolicy has no such switch.
      ...(endpoint.tls?.insecureSkipVerify ? { tls: { insecureSkipVerify: true, ...sniOf(endpoint) } } : {}),
    },
  };
}

/** An address cannot be sent as SNI. */
function sniOf({ isIp, host, tls }: ResolvedModel["endpoint"]) {
  return tls === undefined || (isIp && tls.hostname === host) ? {} : { sni: tls.hostname };
}

function backendTlsPolicy(model: ResolvedModel): ManifestOf<"BackendTLSPolicy"> | undefined {
  const { tls } = model.endpoint;
  if (tls === undefined || tls.insecureSkipVerify) {
    return undefined;
  }
  const authorities =
    tls.caConfigMapName === undefined
      ? { wellKnownCACertificates: "System" as const }
      : { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: tls.caConfigMapName }] };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "BackendTLSPolicy",
    metadata: modelMetadata(model),
    spec: {
      targetRefs: [{ group: "gateway.envoyproxy.io", kind: "Backend", name: model.objectName }],
      validation: { hostname: tls.hostname, ...authorities },
    },
  };
}

function aiServiceBackend(model: ResolvedModel): ManifestOf<"AIServiceBackend"> {
  const { schema } = model;
  const bodySet = Object.entries(model.setBody).map(([path, value]) => ({
    path,
    value: JSON.stringify(value),
  }));
  const hasBody = bodySet.length > 0 || model.removeBody.length > 0;
  return {
    apiVersion: "aigateway.envoyproxy.io/v1beta1",
    kind: "AIServiceBackend",
    metadata: modelMetadata(model),
    spec: {
      schema: {
        name: schema.name,
        ...(schema.prefix === undefined ? {} : { prefix: schema.prefix }),
        ...(schema.version === undefined ? {} : { version: schema.version }),
      },
      backendRef: { group: "gateway.envoyproxy.io", kind: "Backend", name: model.objectName },
      headerMutation: {
        ...listUnlessEmpty(
          "set",
          Object.entries(model.setHeaders).map(([name, value]) => ({ name, value })),
        ),
        ...listUnlessEmpty("remove", model.removeHeaders),
      },
      ...(hasBody
        ? {
            bodyMutation: {
              ...listUnlessEmpty("set", bodySet),
              ...listUnlessEmpty("remove", model.removeBody),
            },
          }
        : {}),
    },
  };
}

function listUnlessEmpty<Key extends string, Item>(key: Key, items: readonly Item[]) {
  return (items.length === 0 ? {} : { [key]: items }) as { readonly [K in Key]?: readonly Item[] };
}

/** Every Secret that the models need made, each once for a namespace. */
export function secretObjects(
  models: readonly ResolvedModel[],
  mainNamespace: string,
): readonly RenderedObject[] {
  const objects = new Map<string, RenderedObject>();
  for (const model of models) {
    for (const { make } of secretsOf(model)) {
      if (make !== undefined) {
        // A model's own Secret exists once; a shared one in every namespace that uses it.
        const isElsewhere = make.key !== model.key && model.namespace !== mainNamespace;
        const key = isElsewhere ? `${make.key}/${model.namespace}` : make.key;
        objects.set(`${model.namespace}/${make.name}`, {
          key,
          manifest: secretManifest(make, model.namespace),
        });
      }
    }
  }
  return [...objects.values()];
}

function secretsOf(model: ResolvedModel): readonly ResolvedSecret[] {
  return [model.credential?.secret, model.vllm?.hfToken].filter((one) => one !== undefined);
}

export function secretManifest(content: SecretContent, namespace: string): Manifest {
  const data = Object.entries(content.data).map(([key, value]) => [key, secretValue(value)]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: content.name,
      namespace,
      labels: managedLabels,
      ...(Object.keys(content.annotations).length > 0 ? { annotations: content.annotations } : {}),
    },
    type: "Opaque",
    stringData: Object.fromEntries(data),
  };
}

function secretValue(value: Input<string> | AwsCredentialsFile): Input<string> {
  if (isAwsFile(value)) {
    return awsCredentialsFile(value);
  }
  // Outputs of the declaration are marked by now; thousands of them are not worth wrapping twice.
  return Output.isInstance(value) ? value : secret(value);
}

function isAwsFile(value: Input<string> | AwsCredentialsFile): value is AwsCredentialsFile {
  return typeof value === "object" && value !== null && "accessKeyId" in value && "secretAccessKey" in value;
}

/** The file of the AWS SDK; AI Gateway reads its default profile whatever the policy says. */
function awsCredentialsFile(file: AwsCredentialsFile): Input<string> {
  return secret(
    all([file.accessKeyId, file.secretAccessKey, file.sessionToken]).apply(([id, key, token]) =>
      [
        "[default]",
        `aws_access_key_id = ${id}`,
        `aws_secret_access_key = ${key}`,
        ...(token === undefined ? [] : [`aws_session_token = ${token}`]),
        "",
      ].join("\n"),
    ),
  );
}

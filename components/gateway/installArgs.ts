import type * as pulumi from "@pulumi/pulumi";
import { defaultReleaseSet, type ReleaseSet } from "./releases";

/** Who is responsible for a part of the installation. */
export const InstallMode = {
  /** This component creates the part and keeps it at the version of the release set. */
  Install: "install",
  /** The part's Helm release exists; it moves into this stack and is kept like an installed one. */
  Adopt: "adopt",
  /** The part exists, or will, and is somebody else's: nothing is created or changed. */
  External: "external",
  /** The part is not used at all. */
  None: "none",
} as const;
export type InstallMode = (typeof InstallMode)[keyof typeof InstallMode];

/** Values of a Helm chart, as its values.yaml has them. */
export type HelmValues = Record<string, unknown>;

/** A namespace that the installation lives in. */
export interface InstallNamespaceArgs {
  /** Name, a DNS-1123 label. Changing it later moves the installation: a replacement. */
  name?: string;
  /** Whether this component creates it. Default: true where the part in it has mode "install". */
  create?: boolean;
}

/** The namespaces of the installation. */
export interface InstallNamespacesArgs {
  /** Where Envoy Gateway, its rate limit service and our Redis run. Default: "envoy-gateway-system". */
  envoyGatewaySystem?: InstallNamespaceArgs;
  /** Where the AI Gateway controller runs. Default: "envoy-ai-gateway-system". */
  aiGatewaySystem?: InstallNamespaceArgs;
  /** Where cert-manager runs. Default: "cert-manager". */
  certManager?: InstallNamespaceArgs;
}

/** A part that is a set of custom resource definitions. */
export interface CrdsPartArgs {
  /** "install", "external", or, for the inference extension, "none". Default: "install". */
  mode?: InstallMode;
}

/** cert-manager, which issues and renews the certificate of AI Gateway's webhook. */
export interface CertManagerArgs {
  /** Default: "install", or "none" when `aiGateway.webhookSecretName` is given. */
  mode?: InstallMode;
  /** Name of the Helm release. Default: "cert-manager". */
  releaseName?: string;
  /** Values of the chart, merged last into ours: maps are joined, lists are replaced. */
  values?: pulumi.Input<HelmValues>;
}

/** Where Envoy Gateway finds AI Gateway's extension server when AI Gateway is not installed here. */
export interface ExtensionServerArgs {
  /** Host name. Default: "ai-gateway-controller.<AI Gateway namespace>.svc.cluster.local". */
  hostname?: string;
  /** Port, 1 to 65535. Default: 1063. */
  port?: number;
}

/** The AI Gateway controller and its custom resource definitions. */
export interface AiGatewayArgs {
  /** "install", "adopt" or "external". Default: "install". */
  mode?: InstallMode;
  /** The custom resource definitions: "install" or "external". Default: "install" with mode "install", else "external". */
  crds?: InstallMode;
  /** Name of the Helm release. Default: "aieg". */
  releaseName?: string;
  /**
   * Secret that seals the sessions of MCP clients. Must be a secret, not a plain string.
   * Default: 64 random characters, kept in the stack's state.
   */
  sessionSeed?: pulumi.Input<string>;
  /** The seed before the present one, so that sessions outlive a change of `sessionSeed`. Must be a secret. */
  previousSessionSeed?: pulumi.Input<string>;
  /**
   * Name of a Secret of yours in AI Gateway's namespace with `ca.crt`, `tls.crt` and `tls.key` for the webhook,
   * in place of cert-manager. You renew it: with an expired certificate no Envoy pod can start.
   */
  webhookSecretName?: string;
  /** Only with mode "external". */
  extensionServer?: ExtensionServerArgs;
  /** Values of the chart, merged last into ours: maps are joined, lists are replaced. */
  values?: pulumi.Input<HelmValues>;
}

/** The Envoy Gateway controller and its custom resource definitions. */
export interface EnvoyGatewayArgs {
  /** "install", "adopt" or "external". Default: "install". */
  mode?: InstallMode;
  /** The custom resource definitions: "install" or "external". Default: "install" with mode "install", else "external". */
  crds?: InstallMode;
  /** Name of the Helm release. Default: "eg". */
  releaseName?: string;
  /** Values of the chart, merged last into ours: maps are joined, lists are replaced. */
  values?: pulumi.Input<HelmValues>;
}

/** Redis, which holds the counters of rate limits and budgets. */
export interface RedisArgs {
  /**
   * "install": one small pod of ours, in memory only, so counters start at zero after a restart.
   * "external": yours, at `url`. "none": global rate limits are off, and Envoy Gateway refuses policies with them.
   * Default: "external" when `url` is given, else "install".
   */
  mode?: InstallMode;
  /** `redis://host:port`, or `rediss://host:port` for TLS, without user, password, database or options. */
  url?: pulumi.Input<string>;
  /**
   * Password of the Redis at `url`, or "user:password" for an access control list. Must be a secret, not a
   * plain string. Default: none for `url`; 32 random characters for our own.
   */
  password?: pulumi.Input<string>;
  /**
   * Name of a kubernetes.io/tls Secret in Envoy Gateway's namespace: the client certificate for `rediss://`.
   */
  clientCertificateSecretName?: string;
}

/** What a cluster needs before a `ModelGateway` can work in it. */
export interface GatewayInstallArgs {
  /** Release set: the versions of all parts, "1.0" or "1.1". Default: "1.1". */
  release?: ReleaseSet;
  namespaces?: InstallNamespacesArgs;
  certManager?: CertManagerArgs;
  /** Gateway API's custom resource definitions, experimental channel. */
  gatewayApi?: CrdsPartArgs;
  /** The inference extension's definitions (InferencePool). "none": pools cannot be used. */
  inferenceExtension?: CrdsPartArgs;
  aiGateway?: AiGatewayArgs;
  envoyGateway?: EnvoyGatewayArgs;
  redis?: RedisArgs;
  /**
   * Largest configuration that Envoy Gateway may send through AI Gateway, in MiB, 4 to 1024. It grows with the
   * number of models; above the limit no change reaches the proxies any more. Default: 64.
   */
  maxConfigSize?: number;
}

/** The defaults of `GatewayInstallArgs`, applied in `resolveGatewayInstall` only. */
export const installDefaults = Object.freeze({
  release: defaultReleaseSet,
  envoyGatewayNamespace: "envoy-gateway-system",
  aiGatewayNamespace: "envoy-ai-gateway-system",
  certManagerNamespace: "cert-manager",
  certManagerRelease: "cert-manager",
  aiGatewayRelease: "aieg",
  envoyGatewayRelease: "eg",
  extensionServerPort: 1063,
  maxConfigSize: 64,
});

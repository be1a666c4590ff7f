import type { Input } from "@pulumi/pulumi";
import type { PolicyDocument } from "../../extproc/contract";
import type { ResolvedProcessorWiring } from "../gateway/processorWiring";
import type {
  ProcessorLogLevel,
  ProcessorSpread,
  ProcessorTolerationArgs,
  ProcessorWebhookArgs,
} from "./processorArgs";

/** The processor of a declaration, with every default filled in and every check passed. */
export interface ResolvedProcessor {
  /** What the Gateway's own objects say about it. */
  readonly wiring: ResolvedProcessorWiring;
  /** What the policy document says about it. */
  readonly document: Pick<PolicyDocument, "replicas" | "webhook">;
  /** The pods; absent on a laptop, where whoever starts the gateway starts the processor. */
  readonly pods: ResolvedProcessorPods | undefined;
  /** What is allowed but worth a warning. */
  readonly warnings: readonly string[];
}

/** The processor's objects in a cluster. */
export interface ResolvedProcessorPods {
  /** Name of all its objects, and of its Service. */
  readonly objectName: string;
  readonly namespace: string;
  /** Name that Envoy finds the pods by. */
  readonly hostname: string;
  /** The Gateway whose Envoy pods call. */
  readonly gateway: { readonly name: string; readonly namespace: string };
  /** Namespace of those pods. */
  readonly envoyNamespace: string;
  /** Exactly one of the two is given. */
  readonly image: Input<string> | undefined;
  readonly build: ResolvedProcessorBuild | undefined;
  readonly scaling: ResolvedProcessorScaling;
  readonly shape: ResolvedProcessorShape;
  readonly store: ResolvedProcessorStore;
  /** Whether it checks API keys, whose hashes stand in a Secret of its own. */
  readonly hasKeys: boolean;
  /** MiB; larger bodies get 413 from Envoy already. */
  readonly maxBody: number;
  readonly holdSeconds: number;
  readonly drainSeconds: number;
  readonly allowJump: boolean;
  readonly logLevel: ProcessorLogLevel;
  readonly genAiMetrics: boolean;
  readonly statusPage: boolean;
  readonly webhook: ProcessorWebhookArgs | undefined;
  readonly tls: ResolvedProcessorTls | undefined;
  readonly networkPolicy: ResolvedProcessorNetworkPolicy | undefined;
}

export interface ResolvedProcessorBuild {
  readonly repositoryUrl: Input<string>;
  readonly platforms: readonly string[];
  /** Absent: the token of ECR. */
  readonly login: { readonly username: Input<string>; readonly password: Input<string> } | undefined;
}

export interface ResolvedProcessorScaling {
  /** Pods to begin with. */
  readonly min: number;
  /** As `min` when nothing is added by load. */
  readonly max: number;
  /** Percent of the CPU asked for; absent when nothing is added by load. */
  readonly cpuPercent: number | undefined;
}

export interface ResolvedProcessorShape {
  readonly cpu: string;
  readonly memory: string;
  readonly spread: ProcessorSpread;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: Readonly<Record<string, ProcessorTolerationArgs>>;
  readonly priorityClassName: Input<string> | undefined;
  readonly imagePullSecretName: Input<string> | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, Input<string>>>;
}

export type ResolvedProcessorStore =
  | { readonly kind: "memory" }
  | {
      readonly kind: "redis";
      readonly ledger: string;
      readonly timeoutMs: number;
      /** The pods of `GatewayInstall`, not somebody else's server. */
      readonly isOwn: boolean;
      /** Exactly one of the three is given. */
      readonly url: Input<string> | undefined;
      readonly cluster: Input<string> | undefined;
      readonly sentinel: ResolvedSentinel | undefined;
      readonly username: Input<string> | undefined;
      /** At most one of the two is given. */
      readonly password: Input<string> | undefined;
      readonly passwordSecretName: Input<string> | undefined;
      readonly caSecretName: Input<string> | undefined;
      readonly clientCertificateSecretName: Input<string> | undefined;
      readonly serverName: Input<string> | undefined;
    };

export interface ResolvedSentinel {
  readonly addresses: Input<string>;
  readonly master: Input<string>;
  readonly tls: boolean;
  readonly username: Input<string> | undefined;
  readonly password: Input<string> | undefined;
}

export interface ResolvedProcessorTls {
  readonly certificateSecretName: Input<string>;
  readonly hostname: string;
  readonly ca: { readonly kind: "ConfigMap" | "Secret"; readonly name: Input<string> };
}

export interface ResolvedProcessorNetworkPolicy {
  /** Absent: all. */
  readonly metricsNamespaces: readonly string[] | undefined;
  readonly egressPorts: readonly number[];
}

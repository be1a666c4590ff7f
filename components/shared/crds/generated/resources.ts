// Made by `npm run generate` from the CRD files of the release sets. Not edited by hand.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { CrdArgs, CrdClass } from "../crdResource";
import type {
  AIGatewayRouteSpec,
  AIServiceBackendSpec,
  BackendSpec,
  BackendSecurityPolicySpec,
  BackendTLSPolicySpec,
  BackendTrafficPolicySpec,
  ClientTrafficPolicySpec,
  EnvoyExtensionPolicySpec,
  EnvoyProxySpec,
  GatewaySpec,
  GatewayClassSpec,
  GatewayConfigSpec,
  InferenceObjectiveSpec,
  InferencePoolSpec,
  QuotaPolicySpec,
  ReferenceGrantSpec,
  SecurityPolicySpec,
} from "./types";

export interface AIGatewayRouteArgs extends CrdArgs<AIGatewayRouteSpec> {}

export class AIGatewayRoute extends CustomResource {
  constructor(name: string, args: AIGatewayRouteArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "aigateway.envoyproxy.io/v1beta1", kind: "AIGatewayRoute", ...args }, opts);
  }
}

export interface AIServiceBackendArgs extends CrdArgs<AIServiceBackendSpec> {}

export class AIServiceBackend extends CustomResource {
  constructor(name: string, args: AIServiceBackendArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "aigateway.envoyproxy.io/v1beta1", kind: "AIServiceBackend", ...args }, opts);
  }
}

export interface BackendArgs extends CrdArgs<BackendSpec> {}

export class Backend extends CustomResource {
  constructor(name: string, args: BackendArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "Backend", ...args }, opts);
  }
}

export interface BackendSecurityPolicyArgs extends CrdArgs<BackendSecurityPolicySpec> {}

export class BackendSecurityPolicy extends CustomResource {
  constructor(name: string, args: BackendSecurityPolicyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "aigateway.envoyproxy.io/v1beta1", kind: "BackendSecurityPolicy", ...args }, opts);
  }
}

export interface BackendTLSPolicyArgs extends CrdArgs<BackendTLSPolicySpec> {}

export class BackendTLSPolicy extends CustomResource {
  constructor(name: string, args: BackendTLSPolicyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1", kind: "BackendTLSPolicy", ...args }, opts);
  }
}

export interface BackendTrafficPolicyArgs extends CrdArgs<BackendTrafficPolicySpec> {}

export class BackendTrafficPolicy extends CustomResource {
  constructor(name: string, args: BackendTrafficPolicyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "BackendTrafficPolicy", ...args }, opts);
  }
}

export interface ClientTrafficPolicyArgs extends CrdArgs<ClientTrafficPolicySpec> {}

export class ClientTrafficPolicy extends CustomResource {
  constructor(name: string, args: ClientTrafficPolicyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "ClientTrafficPolicy", ...args }, opts);
  }
}

export interface EnvoyExtensionPolicyArgs extends CrdArgs<EnvoyExtensionPolicySpec> {}

export class EnvoyExtensionPolicy extends CustomResource {
  constructor(name: string, args: EnvoyExtensionPolicyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyExtensionPolicy", ...args }, opts);
  }
}

export interface EnvoyProxyArgs extends CrdArgs<EnvoyProxySpec> {}

export class EnvoyProxy extends CustomResource {
  constructor(name: string, args: EnvoyProxyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy", ...args }, opts);
  }
}

export interface GatewayArgs extends CrdArgs<GatewaySpec> {}

export class Gateway extends CustomResource {
  constructor(name: string, args: GatewayArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", ...args }, opts);
  }
}

export interface GatewayClassArgs extends CrdArgs<GatewayClassSpec> {}

export class GatewayClass extends CustomResource {
  constructor(name: string, args: GatewayClassArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1", kind: "GatewayClass", ...args }, opts);
  }
}

export interface GatewayConfigArgs extends CrdArgs<GatewayConfigSpec> {}

export class GatewayConfig extends CustomResource {
  constructor(name: string, args: GatewayConfigArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "aigateway.envoyproxy.io/v1beta1", kind: "GatewayConfig", ...args }, opts);
  }
}

export interface InferenceObjectiveArgs extends CrdArgs<InferenceObjectiveSpec> {}

export class InferenceObjective extends CustomResource {
  constructor(name: string, args: InferenceObjectiveArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "inference.networking.x-k8s.io/v1alpha2", kind: "InferenceObjective", ...args }, opts);
  }
}

export interface InferencePoolArgs extends CrdArgs<InferencePoolSpec> {}

export class InferencePool extends CustomResource {
  constructor(name: string, args: InferencePoolArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "inference.networking.k8s.io/v1", kind: "InferencePool", ...args }, opts);
  }
}

export interface QuotaPolicyArgs extends CrdArgs<QuotaPolicySpec> {}

export class QuotaPolicy extends CustomResource {
  constructor(name: string, args: QuotaPolicyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "aigateway.envoyproxy.io/v1alpha1", kind: "QuotaPolicy", ...args }, opts);
  }
}

export interface ReferenceGrantArgs extends CrdArgs<ReferenceGrantSpec> {}

export class ReferenceGrant extends CustomResource {
  constructor(name: string, args: ReferenceGrantArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1beta1", kind: "ReferenceGrant", ...args }, opts);
  }
}

export interface SecurityPolicyArgs extends CrdArgs<SecurityPolicySpec> {}

export class SecurityPolicy extends CustomResource {
  constructor(name: string, args: SecurityPolicyArgs, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "SecurityPolicy", ...args }, opts);
  }
}

/** The resource class of each kind, by "group/version/Kind". */
export const customResources = {
  "aigateway.envoyproxy.io/v1alpha1/QuotaPolicy": QuotaPolicy,
  "aigateway.envoyproxy.io/v1beta1/AIGatewayRoute": AIGatewayRoute,
  "aigateway.envoyproxy.io/v1beta1/AIServiceBackend": AIServiceBackend,
  "aigateway.envoyproxy.io/v1beta1/BackendSecurityPolicy": BackendSecurityPolicy,
  "aigateway.envoyproxy.io/v1beta1/GatewayConfig": GatewayConfig,
  "gateway.envoyproxy.io/v1alpha1/Backend": Backend,
  "gateway.envoyproxy.io/v1alpha1/BackendTrafficPolicy": BackendTrafficPolicy,
  "gateway.envoyproxy.io/v1alpha1/ClientTrafficPolicy": ClientTrafficPolicy,
  "gateway.envoyproxy.io/v1alpha1/EnvoyExtensionPolicy": EnvoyExtensionPolicy,
  "gateway.envoyproxy.io/v1alpha1/EnvoyProxy": EnvoyProxy,
  "gateway.envoyproxy.io/v1alpha1/SecurityPolicy": SecurityPolicy,
  "gateway.networking.k8s.io/v1/BackendTLSPolicy": BackendTLSPolicy,
  "gateway.networking.k8s.io/v1/Gateway": Gateway,
  "gateway.networking.k8s.io/v1/GatewayClass": GatewayClass,
  "gateway.networking.k8s.io/v1beta1/ReferenceGrant": ReferenceGrant,
  "inference.networking.k8s.io/v1/InferencePool": InferencePool,
  "inference.networking.x-k8s.io/v1alpha2/InferenceObjective": InferenceObjective,
} as Readonly<Record<string, CrdClass>>;

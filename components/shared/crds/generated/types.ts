// Made by `npm run generate` from the CRD files of the release sets. Not edited by hand.
import type { Input } from "@pulumi/pulumi";

/** Of every kind, its apiVersion and the type of its spec. */
export interface Kinds {
  readonly QuotaPolicy: { readonly apiVersion: "aigateway.envoyproxy.io/v1alpha1"; readonly spec: QuotaPolicySpec };
  readonly AIGatewayRoute: { readonly apiVersion: "aigateway.envoyproxy.io/v1beta1"; readonly spec: AIGatewayRouteSpec };
  readonly AIServiceBackend: { readonly apiVersion: "aigateway.envoyproxy.io/v1beta1"; readonly spec: AIServiceBackendSpec };
  readonly BackendSecurityPolicy: { readonly apiVersion: "aigateway.envoyproxy.io/v1beta1"; readonly spec: BackendSecurityPolicySpec };
  readonly GatewayConfig: { readonly apiVersion: "aigateway.envoyproxy.io/v1beta1"; readonly spec: GatewayConfigSpec };
  readonly Backend: { readonly apiVersion: "gateway.envoyproxy.io/v1alpha1"; readonly spec: BackendSpec };
  readonly BackendTrafficPolicy: { readonly apiVersion: "gateway.envoyproxy.io/v1alpha1"; readonly spec: BackendTrafficPolicySpec };
  readonly ClientTrafficPolicy: { readonly apiVersion: "gateway.envoyproxy.io/v1alpha1"; readonly spec: ClientTrafficPolicySpec };
  readonly EnvoyExtensionPolicy: { readonly apiVersion: "gateway.envoyproxy.io/v1alpha1"; readonly spec: EnvoyExtensionPolicySpec };
  readonly EnvoyProxy: { readonly apiVersion: "gateway.envoyproxy.io/v1alpha1"; readonly spec: EnvoyProxySpec };
  readonly SecurityPolicy: { readonly apiVersion: "gateway.envoyproxy.io/v1alpha1"; readonly spec: SecurityPolicySpec };
  readonly BackendTLSPolicy: { readonly apiVersion: "gateway.networking.k8s.io/v1"; readonly spec: BackendTLSPolicySpec };
  readonly Gateway: { readonly apiVersion: "gateway.networking.k8s.io/v1"; readonly spec: GatewaySpec };
  readonly GatewayClass: { readonly apiVersion: "gateway.networking.k8s.io/v1"; readonly spec: GatewayClassSpec };
  readonly ReferenceGrant: { readonly apiVersion: "gateway.networking.k8s.io/v1beta1"; readonly spec: ReferenceGrantSpec };
  readonly InferencePool: { readonly apiVersion: "inference.networking.k8s.io/v1"; readonly spec: InferencePoolSpec };
  readonly InferenceObjective: { readonly apiVersion: "inference.networking.x-k8s.io/v1alpha2"; readonly spec: InferenceObjectiveSpec };
}

export interface ClientSelectorHeader {
  readonly invert?: Input<boolean>;
  readonly name: Input<string>;
  readonly type?: Input<"Exact" | "RegularExpression" | "Distinct">;
  readonly value?: Input<string>;
}

export interface Method {
  readonly invert?: Input<boolean>;
  readonly value: Input<"GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "CONNECT" | "OPTIONS" | "TRACE" | "PATCH">;
}

export interface Path {
  readonly invert?: Input<boolean>;
  readonly type?: Input<"Exact" | "PathPrefix" | "RegularExpression">;
  readonly value?: Input<string>;
}

export interface ClientSelectorQueryParam {
  readonly invert?: Input<boolean>;
  readonly name: Input<string>;
  readonly type?: Input<"Exact" | "RegularExpression" | "Distinct">;
  readonly value?: Input<string>;
}

export interface SourceCIDR {
  readonly invert?: Input<boolean>;
  readonly type?: Input<"Exact" | "Distinct">;
  readonly value: Input<string>;
}

export interface ClientSelector {
  readonly headers?: readonly ClientSelectorHeader[];
  readonly methods?: readonly Method[];
  readonly path?: Path;
  readonly queryParams?: readonly ClientSelectorQueryParam[];
  readonly sourceCIDR?: SourceCIDR;
}

export interface QuotaPolicyServiceQuotaQuota {
  readonly duration: Input<"1s" | "1m" | "1h" | "1d">;
  readonly limit: Input<number>;
}

export interface QuotaPolicyBucketRule {
  readonly clientSelectors?: readonly ClientSelector[];
  readonly quota: QuotaPolicyServiceQuotaQuota;
  readonly shadowMode?: Input<boolean>;
}

export interface QuotaPolicyDefaultBucket {
  readonly duration: Input<"1s" | "1m" | "1h" | "1d">;
  readonly limit: Input<number>;
}

export interface QuotaPolicyPerModelQuotaQuota {
  readonly bucketRules?: readonly QuotaPolicyBucketRule[];
  readonly costExpression?: Input<string>;
  readonly defaultBucket?: QuotaPolicyDefaultBucket;
  readonly mode?: Input<"Shared">;
}

export interface QuotaPolicyPerModelQuota {
  readonly modelName: Input<string>;
  readonly quota: QuotaPolicyPerModelQuotaQuota;
}

export interface QuotaPolicyServiceQuota {
  readonly costExpression?: Input<string>;
  readonly quota: QuotaPolicyServiceQuotaQuota;
}

export interface BackendSecurityPolicyTargetRef {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
}

export interface QuotaPolicySpec {
  readonly perModelQuotas?: readonly QuotaPolicyPerModelQuota[];
  readonly serviceQuota?: QuotaPolicyServiceQuota;
  readonly targetRefs?: readonly BackendSecurityPolicyTargetRef[];
}

export interface AIGatewayRouteLlmRequestCost {
  readonly cel?: Input<string>;
  readonly metadataKey: Input<string>;
  readonly type: Input<"OutputToken" | "InputToken" | "CachedInputToken" | "CacheCreationInputToken" | "TotalToken" | "ReasoningToken" | "CEL">;
}

export interface AIGatewayRouteParentRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
  readonly port?: Input<number>;
  readonly sectionName?: Input<string>;
}

export interface BodyMutationSet {
  readonly path: Input<string>;
  readonly value: Input<string>;
}

export interface BodyMutation {
  readonly remove?: readonly Input<string>[];
  readonly set?: readonly BodyMutationSet[];
}

export interface HeaderMutationSet {
  readonly name: Input<string>;
  readonly value: Input<string>;
}

export interface HeaderMutation {
  readonly remove?: readonly Input<string>[];
  readonly set?: readonly HeaderMutationSet[];
}

export interface AIGatewayRouteBackendRef {
  readonly bodyMutation?: BodyMutation;
  readonly group?: Input<string>;
  readonly headerMutation?: HeaderMutation;
  readonly kind?: Input<string>;
  readonly modelNameOverride?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
  readonly priority?: Input<number>;
  readonly weight?: Input<number>;
}

export interface AIGatewayRouteHeader {
  readonly name: Input<string>;
  readonly type?: Input<"Exact" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface AIGatewayRouteMatch {
  readonly headers?: readonly AIGatewayRouteHeader[];
}

export interface AIGatewayRouteTimeouts {
  readonly backendRequest?: Input<string>;
  readonly request?: Input<string>;
}

export interface AIGatewayRouteRule {
  readonly backendRefs?: readonly AIGatewayRouteBackendRef[];
  readonly matches?: readonly AIGatewayRouteMatch[];
  readonly modelsCreatedAt?: Input<string>;
  readonly modelsOwnedBy?: Input<string>;
  /** Only in release set 1.1. */
  readonly name?: Input<string>;
  /** Only in release set 1.1. */
  readonly streamIdleTimeout?: Input<string>;
  readonly timeouts?: AIGatewayRouteTimeouts;
}

export interface AIGatewayRouteSpec {
  readonly hostnames?: readonly Input<string>[];
  readonly llmRequestCosts?: readonly AIGatewayRouteLlmRequestCost[];
  readonly parentRefs?: readonly AIGatewayRouteParentRef[];
  readonly rules: readonly AIGatewayRouteRule[];
}

export interface AIServiceBackendBackendRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
  readonly port?: Input<number>;
}

export interface AIServiceBackendSchema {
  readonly name: Input<"OpenAI" | "Cohere" | "AWSBedrock" | "AzureOpenAI" | "GCPVertexAI" | "GCPAnthropic" | "Anthropic" | "AWSAnthropic">;
  readonly prefix?: Input<string>;
  readonly version?: Input<string>;
}

export interface AIServiceBackendSpec {
  readonly backendRef: AIServiceBackendBackendRef;
  readonly bodyMutation?: BodyMutation;
  readonly headerMutation?: HeaderMutation;
  readonly schema: AIServiceBackendSchema;
}

export interface BackendSecurityPolicySecretRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface BackendSecurityPolicyAnthropicAPIKey {
  readonly secretRef: BackendSecurityPolicySecretRef;
}

export interface BackendSecurityPolicyApiKey {
  readonly secretRef: BackendSecurityPolicySecretRef;
}

export interface BackendSecurityPolicyAwsCredentialsCredentialsFile {
  readonly profile?: Input<string>;
  readonly secretRef: BackendSecurityPolicySecretRef;
}

export interface ClientIDRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface ClientSecret {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface CookieConfig {
  readonly sameSite?: Input<"Lax" | "Strict" | "None">;
}

export interface CookieNames {
  readonly accessToken?: Input<string>;
  readonly idToken?: Input<string>;
}

export interface DenyRedirectHeader {
  readonly name: Input<string>;
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface DenyRedirect {
  readonly headers: readonly DenyRedirectHeader[];
}

export interface ForwardIDToken {
  readonly header: Input<string>;
}

export interface ExtProcBackendRef {
  readonly fallback?: Input<boolean>;
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
  readonly port?: Input<number>;
  readonly weight?: Input<number>;
}

export interface PerEndpoint {
  readonly maxConnections?: Input<number>;
}

export interface Percent {
  readonly denominator?: Input<number>;
  readonly numerator: Input<number>;
}

export interface RetryBudget {
  readonly minRetryConcurrency?: Input<number>;
  readonly percent: Percent;
}

export interface CircuitBreaker {
  readonly maxConnections?: Input<number>;
  readonly maxParallelRequests?: Input<number>;
  readonly maxParallelRetries?: Input<number>;
  readonly maxPendingRequests?: Input<number>;
  readonly maxRequestsPerConnection?: Input<number>;
  readonly perEndpoint?: PerEndpoint;
  readonly retryBudget?: RetryBudget;
}

export interface Preconnect {
  readonly perEndpointPercent?: Input<number>;
  readonly predictivePercent?: Input<number>;
}

export interface Connection {
  readonly bufferLimit?: Input<number | string>;
  readonly preconnect?: Preconnect;
  readonly socketBufferLimit?: Input<number | string>;
}

export interface Dns {
  readonly dnsRefreshRate?: Input<string>;
  readonly lookupFamily?: Input<"IPv4" | "IPv6" | "IPv4Preferred" | "IPv6Preferred" | "IPv4AndIPv6">;
  readonly respectDnsTtl?: Input<boolean>;
}

export interface Grpc {
  readonly service?: Input<string>;
}

export interface ExpectedResponse {
  readonly binary?: Input<string>;
  readonly text?: Input<string>;
  readonly type: Input<"Text" | "Binary">;
}

export interface ActiveHttp {
  readonly expectedResponse?: ExpectedResponse;
  readonly expectedStatuses?: readonly Input<number>[];
  readonly hostname?: Input<string>;
  readonly method?: Input<string>;
  readonly path: Input<string>;
  readonly retriableStatuses?: readonly Input<number>[];
}

export interface Overrides {
  readonly port?: Input<number>;
}

export interface Receive {
  readonly binary?: Input<string>;
  readonly text?: Input<string>;
  readonly type: Input<"Text" | "Binary">;
}

export interface Send {
  readonly binary?: Input<string>;
  readonly text?: Input<string>;
  readonly type: Input<"Text" | "Binary">;
}

export interface ActiveTcp {
  readonly receive?: Receive;
  readonly send?: Send;
}

export interface Active {
  readonly grpc?: Grpc;
  readonly healthyThreshold?: Input<number>;
  readonly http?: ActiveHttp;
  readonly initialJitter?: Input<string>;
  readonly interval?: Input<string>;
  readonly overrides?: Overrides;
  readonly tcp?: ActiveTcp;
  readonly timeout?: Input<string>;
  readonly type: Input<"HTTP" | "TCP" | "GRPC">;
  readonly unhealthyThreshold?: Input<number>;
}

export interface Passive {
  readonly alwaysEjectOneEndpoint?: Input<boolean>;
  readonly baseEjectionTime?: Input<string>;
  readonly consecutive5XxErrors?: Input<number>;
  readonly consecutiveGatewayErrors?: Input<number>;
  readonly consecutiveLocalOriginFailures?: Input<number>;
  readonly failurePercentageThreshold?: Input<number>;
  readonly interval?: Input<string>;
  readonly maxEjectionPercent?: Input<number>;
  readonly splitExternalLocalOriginErrors?: Input<boolean>;
}

export interface HealthCheck {
  readonly active?: Active;
  readonly panicThreshold?: Input<number>;
  readonly passive?: Passive;
}

export interface ConnectionKeepalive {
  readonly idleInterval?: Input<string>;
  readonly interval?: Input<string>;
  readonly intervalJitter?: Input<number>;
  readonly timeout?: Input<string>;
}

export interface Http2 {
  readonly connectionKeepalive?: ConnectionKeepalive;
  readonly initialConnectionWindowSize?: Input<number | string>;
  readonly initialStreamWindowSize?: Input<number | string>;
  readonly maxConcurrentStreams?: Input<number>;
  readonly onInvalidMessage?: Input<string>;
}

export interface BackendUtilization {
  readonly blackoutPeriod?: Input<string>;
  readonly errorUtilizationPenaltyPercent?: Input<number>;
  readonly keepResponseHeaders?: Input<boolean>;
  readonly metricNamesForComputingUtilization?: readonly Input<string>[];
  readonly weightExpirationPeriod?: Input<string>;
  readonly weightUpdatePeriod?: Input<string>;
}

export interface Cookie {
  readonly attributes?: Readonly<Record<string, Input<string>>>;
  readonly name: Input<string>;
  readonly ttl?: Input<string>;
}

export interface ConsistentHashHeader {
  readonly name: Input<string>;
}

export interface ConsistentHashQueryParam {
  readonly name: Input<string>;
}

export interface ConsistentHash {
  readonly cookie?: Cookie;
  readonly header?: ConsistentHashHeader;
  readonly headers?: readonly ConsistentHashHeader[];
  readonly queryParams?: readonly ConsistentHashQueryParam[];
  readonly tableSize?: Input<number>;
  readonly type: Input<"SourceIP" | "Header" | "Headers" | "Cookie" | "QueryParams">;
}

export interface DynamicModule {
  readonly config?: unknown;
  readonly lbPolicyName: Input<string>;
  readonly name: Input<string>;
}

export interface ExtractFrom {
  readonly header?: Input<string>;
}

export interface EndpointOverride {
  readonly extractFrom: readonly ExtractFrom[];
}

export interface SlowStart {
  readonly window: Input<string>;
}

export interface Force {
  readonly minEndpointsInZoneThreshold?: Input<number>;
}

export interface PreferLocal {
  readonly force?: Force;
  readonly minEndpointsThreshold?: Input<number>;
  readonly percentageEnabled?: Input<number>;
}

export interface WeightedZone {
  readonly weight: Input<number>;
  readonly zone: Input<string>;
}

export interface ZoneAware {
  readonly preferLocal?: PreferLocal;
  readonly weightedZones?: readonly WeightedZone[];
}

export interface LoadBalancer {
  readonly backendUtilization?: BackendUtilization;
  readonly consistentHash?: ConsistentHash;
  readonly dynamicModule?: DynamicModule;
  readonly endpointOverride?: EndpointOverride;
  readonly slowStart?: SlowStart;
  readonly type: Input<"ConsistentHash" | "LeastRequest" | "Random" | "RoundRobin" | "BackendUtilization" | "DynamicModule">;
  readonly zoneAware?: ZoneAware;
}

export interface ProxyProtocol {
  readonly version: Input<"V1" | "V2">;
}

export interface BackOff {
  readonly baseInterval?: Input<string>;
  readonly maxInterval?: Input<string>;
}

export interface PerRetry {
  readonly backOff?: BackOff;
  readonly timeout?: Input<string>;
}

export interface RetryOn {
  readonly httpStatusCodes?: readonly Input<number>[];
  readonly triggers?: readonly Input<"5xx" | "gateway-error" | "reset" | "reset-before-request" | "connect-failure" | "retriable-4xx" | "refused-stream" | "retriable-status-codes" | "cancelled" | "deadline-exceeded" | "internal" | "resource-exhausted" | "unavailable">[];
}

export interface Retry {
  readonly numAttemptsPerPriority?: Input<number>;
  readonly numRetries?: Input<number>;
  readonly perRetry?: PerRetry;
  readonly retryOn?: RetryOn;
}

export interface TcpKeepalive {
  readonly idleTime?: Input<string>;
  readonly interval?: Input<string>;
  readonly probes?: Input<number>;
}

export interface TimeoutHttp {
  readonly connectionIdleTimeout?: Input<string>;
  readonly maxConnectionDuration?: Input<string>;
  readonly maxStreamDuration?: Input<string>;
  readonly requestTimeout?: Input<string>;
  readonly streamIdleTimeout?: Input<string>;
}

export interface TimeoutTcp {
  readonly connectTimeout?: Input<string>;
}

export interface Timeout {
  readonly http?: TimeoutHttp;
  readonly tcp?: TimeoutTcp;
}

export interface BackendSettings {
  readonly circuitBreaker?: CircuitBreaker;
  readonly connection?: Connection;
  readonly dns?: Dns;
  readonly healthCheck?: HealthCheck;
  readonly http2?: Http2;
  readonly loadBalancer?: LoadBalancer;
  readonly proxyProtocol?: ProxyProtocol;
  readonly retry?: Retry;
  readonly tcpKeepalive?: TcpKeepalive;
  readonly timeout?: Timeout;
}

export interface Provider {
  readonly authorizationEndpoint?: Input<string>;
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly endSessionEndpoint?: Input<string>;
  readonly issuer: Input<string>;
  readonly tokenEndpoint?: Input<string>;
}

export interface Oidc {
  readonly clientID?: Input<string>;
  readonly clientIDRef?: ClientIDRef;
  readonly clientSecret: ClientSecret;
  readonly cookieConfig?: CookieConfig;
  readonly cookieDomain?: Input<string>;
  readonly cookieNames?: CookieNames;
  readonly csrfTokenTTL?: Input<string>;
  readonly defaultRefreshTokenTTL?: Input<string>;
  readonly defaultTokenTTL?: Input<string>;
  readonly denyRedirect?: DenyRedirect;
  readonly disableTokenEncryption?: Input<boolean>;
  readonly forwardAccessToken?: Input<boolean>;
  readonly forwardIDToken?: ForwardIDToken;
  readonly logoutPath?: Input<string>;
  readonly passThroughAuthHeader?: Input<boolean>;
  readonly provider: Provider;
  readonly redirectURL?: Input<string>;
  readonly refreshToken?: Input<boolean>;
  readonly resources?: readonly Input<string>[];
  readonly scopes?: readonly Input<string>[];
}

export interface BackendSecurityPolicyAwsCredentialsOidcExchangeToken {
  readonly aud?: Input<string>;
  readonly awsRoleArn: Input<string>;
  readonly grantType?: Input<string>;
  readonly oidc: Oidc;
}

export interface BackendSecurityPolicyAwsCredentials {
  readonly credentialsFile?: BackendSecurityPolicyAwsCredentialsCredentialsFile;
  readonly oidcExchangeToken?: BackendSecurityPolicyAwsCredentialsOidcExchangeToken;
  readonly region: Input<string>;
}

export interface BackendSecurityPolicyAzureAPIKey {
  readonly secretRef: BackendSecurityPolicySecretRef;
}

export interface BackendSecurityPolicyClientSecretRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface BackendSecurityPolicyAzureCredentialsOidcExchangeToken {
  readonly aud?: Input<string>;
  readonly grantType?: Input<string>;
  readonly oidc: Oidc;
}

export interface BackendSecurityPolicyAzureCredentials {
  readonly clientID: Input<string>;
  readonly clientSecretRef?: BackendSecurityPolicyClientSecretRef;
  readonly oidcExchangeToken?: BackendSecurityPolicyAzureCredentialsOidcExchangeToken;
  readonly tenantID: Input<string>;
}

export interface BackendSecurityPolicyFromDynamicMetadata {
  readonly fallbackToConfigured?: Input<boolean>;
  readonly key?: Input<string>;
  readonly namespace: Input<string>;
}

export interface BackendSecurityPolicyFromRequestHeaders {
  readonly fallbackToConfigured?: Input<boolean>;
  readonly header?: Input<string>;
}

export interface BackendSecurityPolicyCredentialOverride {
  readonly fromDynamicMetadata?: BackendSecurityPolicyFromDynamicMetadata;
  readonly fromRequestHeaders?: BackendSecurityPolicyFromRequestHeaders;
}

export interface BackendSecurityPolicyGcpCredentialsCredentialsFile {
  readonly secretRef: BackendSecurityPolicySecretRef;
}

export interface BackendSecurityPolicyServiceAccountImpersonation {
  readonly serviceAccountName: Input<string>;
}

export interface BackendSecurityPolicyWorkloadIdentityFederationConfig {
  readonly oidcExchangeToken: BackendSecurityPolicyAzureCredentialsOidcExchangeToken;
  readonly projectID: Input<string>;
  readonly serviceAccountImpersonation?: BackendSecurityPolicyServiceAccountImpersonation;
  readonly workloadIdentityPoolName: Input<string>;
  readonly workloadIdentityProviderName: Input<string>;
}

export interface BackendSecurityPolicyGcpCredentials {
  readonly credentialsFile?: BackendSecurityPolicyGcpCredentialsCredentialsFile;
  readonly projectName: Input<string>;
  readonly region: Input<string>;
  readonly workloadIdentityFederationConfig?: BackendSecurityPolicyWorkloadIdentityFederationConfig;
}

export interface BackendSecurityPolicySpec {
  readonly anthropicAPIKey?: BackendSecurityPolicyAnthropicAPIKey;
  readonly apiKey?: BackendSecurityPolicyApiKey;
  readonly awsCredentials?: BackendSecurityPolicyAwsCredentials;
  readonly azureAPIKey?: BackendSecurityPolicyAzureAPIKey;
  readonly azureCredentials?: BackendSecurityPolicyAzureCredentials;
  /** Only in release set 1.1. */
  readonly credentialOverride?: BackendSecurityPolicyCredentialOverride;
  readonly gcpCredentials?: BackendSecurityPolicyGcpCredentials;
  readonly targetRefs?: readonly BackendSecurityPolicyTargetRef[];
  readonly type: Input<"APIKey" | "AWSCredentials" | "AzureAPIKey" | "AzureCredentials" | "GCPCredentials" | "AnthropicAPIKey">;
}

export interface ConfigMapKeyRef {
  readonly key: Input<string>;
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
}

export interface FieldRef {
  readonly apiVersion?: Input<string>;
  readonly fieldPath: Input<string>;
}

export interface FileKeyRef {
  readonly key: Input<string>;
  readonly optional?: Input<boolean>;
  readonly path: Input<string>;
  readonly volumeName: Input<string>;
}

export interface ResourceFieldRef {
  readonly containerName?: Input<string>;
  readonly divisor?: Input<number | string>;
  readonly resource: Input<string>;
}

export interface SecretKeyRef {
  readonly key: Input<string>;
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
}

export interface ValueFrom {
  readonly configMapKeyRef?: ConfigMapKeyRef;
  readonly fieldRef?: FieldRef;
  readonly fileKeyRef?: FileKeyRef;
  readonly resourceFieldRef?: ResourceFieldRef;
  readonly secretKeyRef?: SecretKeyRef;
}

export interface Env {
  readonly name: Input<string>;
  readonly value?: Input<string>;
  readonly valueFrom?: ValueFrom;
}

export interface Claim {
  readonly name: Input<string>;
  readonly request?: Input<string>;
}

export interface Resources {
  readonly claims?: readonly Claim[];
  readonly limits?: Readonly<Record<string, Input<number | string>>>;
  readonly requests?: Readonly<Record<string, Input<number | string>>>;
}

export interface AppArmorProfile {
  readonly localhostProfile?: Input<string>;
  readonly type: Input<string>;
}

export interface Capabilities {
  readonly add?: readonly Input<string>[];
  readonly drop?: readonly Input<string>[];
}

export interface SeLinuxOptions {
  readonly level?: Input<string>;
  readonly role?: Input<string>;
  readonly type?: Input<string>;
  readonly user?: Input<string>;
}

export interface SeccompProfile {
  readonly localhostProfile?: Input<string>;
  readonly type: Input<string>;
}

export interface WindowsOptions {
  readonly gmsaCredentialSpec?: Input<string>;
  readonly gmsaCredentialSpecName?: Input<string>;
  readonly hostProcess?: Input<boolean>;
  readonly runAsUserName?: Input<string>;
}

export interface SecurityContext {
  readonly allowPrivilegeEscalation?: Input<boolean>;
  readonly appArmorProfile?: AppArmorProfile;
  readonly capabilities?: Capabilities;
  readonly privileged?: Input<boolean>;
  readonly procMount?: Input<string>;
  readonly readOnlyRootFilesystem?: Input<boolean>;
  readonly runAsGroup?: Input<number>;
  readonly runAsNonRoot?: Input<boolean>;
  readonly runAsUser?: Input<number>;
  readonly seLinuxOptions?: SeLinuxOptions;
  readonly seccompProfile?: SeccompProfile;
  readonly windowsOptions?: WindowsOptions;
}

export interface VolumeMount {
  readonly mountPath: Input<string>;
  readonly mountPropagation?: Input<string>;
  readonly name: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly recursiveReadOnly?: Input<string>;
  readonly subPath?: Input<string>;
  readonly subPathExpr?: Input<string>;
}

export interface GatewayConfigKubernetes {
  readonly env?: readonly Env[];
  readonly image?: Input<string>;
  readonly imageRepository?: Input<string>;
  readonly resources?: Resources;
  readonly securityContext?: SecurityContext;
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface GatewayConfigExtProc {
  readonly kubernetes?: GatewayConfigKubernetes;
}

export interface GatewayConfigForwardProxy {
  readonly address: Input<string>;
}

export interface GatewayConfigGlobalLLMRequestCost {
  readonly cel?: Input<string>;
  readonly metadataKey: Input<string>;
  readonly type: Input<"OutputToken" | "InputToken" | "CachedInputToken" | "CacheCreationInputToken" | "TotalToken" | "ReasoningToken" | "CEL">;
}

export interface GatewayConfigSpec {
  readonly extProc?: GatewayConfigExtProc;
  /** Only in release set 1.1. */
  readonly forwardProxy?: GatewayConfigForwardProxy;
  readonly globalLLMRequestCosts?: readonly GatewayConfigGlobalLLMRequestCost[];
}

export interface BackendFqdn {
  readonly hostname: Input<string>;
  readonly port: Input<number>;
}

export interface BackendIp {
  readonly address: Input<string>;
  readonly port: Input<number>;
}

export interface BackendUnix {
  readonly path: Input<string>;
}

export interface BackendEndpoint {
  readonly fqdn?: BackendFqdn;
  readonly hostname?: Input<string>;
  readonly ip?: BackendIp;
  readonly unix?: BackendUnix;
  readonly zone?: Input<string>;
}

export interface TlsCaCertificateRef {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
}

export interface ClientCertificateRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface BackendTls {
  readonly alpnProtocols?: readonly Input<string>[];
  readonly caCertificateRefs?: readonly TlsCaCertificateRef[];
  readonly ciphers?: readonly Input<string>[];
  readonly clientCertificateRef?: ClientCertificateRef;
  readonly ecdhCurves?: readonly Input<string>[];
  readonly fingerprints?: readonly Input<"JA3" | "JA4">[];
  readonly insecureSkipVerify?: Input<boolean>;
  readonly maxVersion?: Input<"Auto" | "1.0" | "1.1" | "1.2" | "1.3">;
  readonly minVersion?: Input<"Auto" | "1.0" | "1.1" | "1.2" | "1.3">;
  readonly signatureAlgorithms?: readonly Input<string>[];
  readonly sni?: Input<string>;
  readonly wellKnownCACertificates?: Input<string>;
}

export interface BackendSpec {
  readonly appProtocols?: readonly Input<"gateway.envoyproxy.io/h2c" | "gateway.envoyproxy.io/ws" | "gateway.envoyproxy.io/wss">[];
  readonly endpoints?: readonly BackendEndpoint[];
  readonly fallback?: Input<boolean>;
  readonly tls?: BackendTls;
  readonly type?: Input<"Endpoints" | "DynamicResolver">;
}

export interface BackendTrafficPolicyGrpc {
  readonly statusCodes?: readonly Input<"Ok" | "Cancelled" | "Unknown" | "InvalidArgument" | "DeadlineExceeded" | "NotFound" | "AlreadyExists" | "PermissionDenied" | "ResourceExhausted" | "FailedPrecondition" | "Aborted" | "OutOfRange" | "Unimplemented" | "Internal" | "Unavailable" | "DataLoss" | "Unauthenticated">[];
}

export interface BackendTrafficPolicyHttp {
  readonly statusCodes?: readonly Input<number>[];
}

export interface BackendTrafficPolicySuccessCriteria {
  readonly grpc?: BackendTrafficPolicyGrpc;
  readonly http?: BackendTrafficPolicyHttp;
}

export interface BackendTrafficPolicyAdmissionControl {
  readonly maxRejectionPercent?: Input<number>;
  readonly minRequestRate?: Input<number>;
  readonly minSuccessRate?: Input<number>;
  readonly rejectionAggression?: Input<number>;
  readonly samplingWindow?: Input<string>;
  readonly successCriteria?: BackendTrafficPolicySuccessCriteria;
}

export interface BackendTrafficPolicyRequestLimit {
  readonly unit: Input<"Second" | "Minute" | "Hour">;
  readonly value: Input<number | string>;
}

export interface BackendTrafficPolicyBandwidthLimitRequest {
  readonly limit: BackendTrafficPolicyRequestLimit;
}

export interface BackendTrafficPolicyResponseTrailers {
  readonly prefix?: Input<string>;
}

export interface BackendTrafficPolicyBandwidthLimitResponse {
  readonly limit: BackendTrafficPolicyRequestLimit;
  readonly responseTrailers?: BackendTrafficPolicyResponseTrailers;
}

export interface BackendTrafficPolicyBandwidthLimit {
  readonly request?: BackendTrafficPolicyBandwidthLimitRequest;
  readonly response?: BackendTrafficPolicyBandwidthLimitResponse;
}

export interface Compression {
  readonly brotli?: Readonly<Record<string, never>>;
  readonly gzip?: Readonly<Record<string, never>>;
  readonly minContentLength?: Input<number | string>;
  readonly type: Input<"Gzip" | "Brotli" | "Zstd">;
  readonly zstd?: Readonly<Record<string, never>>;
}

export interface BackendTrafficPolicyCompressor {
  readonly brotli?: Readonly<Record<string, never>>;
  readonly gzip?: Readonly<Record<string, never>>;
  readonly minContentLength?: Input<number | string>;
  readonly type: Input<"Gzip" | "Brotli" | "Zstd">;
  readonly zstd?: Readonly<Record<string, never>>;
}

export interface BackendTrafficPolicyAbort {
  readonly grpcStatus?: Input<number>;
  readonly httpStatus?: Input<number>;
  readonly percentage?: Input<number>;
}

export interface BackendTrafficPolicyDelay {
  readonly fixedDelay: Input<string>;
  readonly percentage?: Input<number>;
}

export interface BackendTrafficPolicyFaultInjection {
  readonly abort?: BackendTrafficPolicyAbort;
  readonly delay?: BackendTrafficPolicyDelay;
}

export interface BackendTrafficPolicyConnect {
  readonly terminate?: Input<boolean>;
}

export interface BackendTrafficPolicyHttpUpgrade {
  readonly connect?: BackendTrafficPolicyConnect;
  readonly type: Input<string>;
}

export interface BackendTrafficPolicyMetadata {
  readonly key: Input<string>;
  readonly namespace: Input<string>;
}

export interface BackendTrafficPolicyCostRequest {
  readonly from: Input<"Number" | "Metadata">;
  readonly metadata?: BackendTrafficPolicyMetadata;
  readonly number?: Input<number>;
}

export interface BackendTrafficPolicyCostResponse {
  readonly from: Input<"Number" | "Metadata">;
  readonly metadata?: BackendTrafficPolicyMetadata;
  readonly number?: Input<number>;
}

export interface BackendTrafficPolicyCost {
  readonly request?: BackendTrafficPolicyCostRequest;
  readonly response?: BackendTrafficPolicyCostResponse;
}

export interface BackendTrafficPolicyRuleLimit {
  readonly requests: Input<number>;
  readonly unit: Input<"Second" | "Minute" | "Hour" | "Day" | "Month" | "Year">;
}

export interface BackendTrafficPolicyRule {
  readonly clientSelectors?: readonly ClientSelector[];
  readonly cost?: BackendTrafficPolicyCost;
  readonly limit: BackendTrafficPolicyRuleLimit;
  readonly shadowMode?: Input<boolean>;
  readonly shared?: Input<boolean>;
  readonly xRateLimitHeaders?: Input<"Off" | "DraftVersion03">;
}

export interface BackendTrafficPolicyGlobal {
  readonly rules: readonly BackendTrafficPolicyRule[];
}

export interface BackendTrafficPolicyLocal {
  readonly rules?: readonly BackendTrafficPolicyRule[];
}

export interface BackendTrafficPolicyRateLimit {
  readonly global?: BackendTrafficPolicyGlobal;
  readonly local?: BackendTrafficPolicyLocal;
  readonly type?: Input<"Global" | "Local">;
}

export interface BackendTrafficPolicyRequestBuffer {
  readonly limit?: Input<number | string>;
}

export interface BackendTrafficPolicyRange {
  readonly end: Input<number>;
  readonly start: Input<number>;
}

export interface BackendTrafficPolicyStatusCode {
  readonly range?: BackendTrafficPolicyRange;
  readonly type?: Input<"Value" | "Range">;
  readonly value?: Input<number>;
}

export interface BackendTrafficPolicyMatch {
  readonly statusCodes: readonly BackendTrafficPolicyStatusCode[];
}

export interface BackendTrafficPolicyPath {
  readonly replaceFullPath?: Input<string>;
  readonly replacePrefixMatch?: Input<string>;
  readonly type: Input<"ReplaceFullPath" | "ReplacePrefixMatch">;
}

export interface BackendTrafficPolicyRedirect {
  readonly hostname?: Input<string>;
  readonly path?: BackendTrafficPolicyPath;
  readonly port?: Input<number>;
  readonly scheme?: Input<"http" | "https">;
  readonly statusCode?: Input<301 | 302>;
}

export interface ValueRef {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
}

export interface BackendTrafficPolicyBody {
  readonly inline?: Input<string>;
  readonly type?: Input<"Inline" | "ValueRef">;
  readonly valueRef?: ValueRef;
}

export interface Add {
  readonly name: Input<string>;
  readonly value: Input<string>;
}

export interface BackendTrafficPolicyHeader {
  readonly add?: readonly Add[];
  readonly remove?: readonly Input<string>[];
  readonly set?: readonly HeaderMutationSet[];
}

export interface BackendTrafficPolicyResponseOverrideResponse {
  readonly body?: BackendTrafficPolicyBody;
  readonly contentType?: Input<string>;
  readonly header?: BackendTrafficPolicyHeader;
  readonly statusCode?: Input<number>;
}

export interface BackendTrafficPolicyResponseOverride {
  readonly match: BackendTrafficPolicyMatch;
  readonly redirect?: BackendTrafficPolicyRedirect;
  readonly response?: BackendTrafficPolicyResponseOverrideResponse;
  readonly source?: Input<"All" | "Local" | "Backend">;
}

export interface BackendTLSPolicyTargetRef {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
  readonly sectionName?: Input<string>;
}

export interface MatchExpression {
  readonly key: Input<string>;
  readonly operator: Input<string>;
  readonly values?: readonly Input<string>[];
}

export interface Selector {
  readonly matchExpressions?: readonly MatchExpression[];
  readonly matchLabels?: Readonly<Record<string, Input<string>>>;
}

export interface Namespaces {
  readonly from?: Input<"Same" | "All" | "Selector">;
  readonly selector?: Selector;
}

export interface TargetSelector {
  readonly group?: Input<string>;
  readonly kind: Input<string>;
  readonly matchExpressions?: readonly MatchExpression[];
  readonly matchLabels?: Readonly<Record<string, Input<string>>>;
  readonly namespaces?: Namespaces;
}

export interface BackendTrafficPolicyMetrics {
  readonly routeStatName?: Input<string>;
}

export interface Environment {
  readonly defaultValue?: Input<string>;
  readonly name: Input<string>;
}

export interface Literal {
  readonly value: Input<string>;
}

export interface RequestHeader {
  readonly defaultValue?: Input<string>;
  readonly name: Input<string>;
}

export interface CustomTags {
  readonly environment?: Environment;
  readonly literal?: Literal;
  readonly requestHeader?: RequestHeader;
  readonly type?: Input<"Literal" | "Environment" | "RequestHeader">;
}

export interface SamplingFraction {
  readonly denominator?: Input<number>;
  readonly numerator: Input<number>;
}

export interface SpanName {
  readonly client: Input<string>;
  readonly server: Input<string>;
}

export interface BackendTrafficPolicyTracing {
  readonly customTags?: Readonly<Record<string, CustomTags>>;
  readonly samplingFraction?: SamplingFraction;
  readonly spanName?: SpanName;
  readonly tags?: Readonly<Record<string, Input<string>>>;
}

export interface BackendTrafficPolicyTelemetry {
  readonly metrics?: BackendTrafficPolicyMetrics;
  readonly tracing?: BackendTrafficPolicyTracing;
}

export interface BackendTrafficPolicySpec {
  readonly admissionControl?: BackendTrafficPolicyAdmissionControl;
  readonly bandwidthLimit?: BackendTrafficPolicyBandwidthLimit;
  readonly circuitBreaker?: CircuitBreaker;
  readonly compression?: readonly Compression[];
  readonly compressor?: readonly BackendTrafficPolicyCompressor[];
  readonly connection?: Connection;
  readonly dns?: Dns;
  readonly faultInjection?: BackendTrafficPolicyFaultInjection;
  readonly healthCheck?: HealthCheck;
  readonly http2?: Http2;
  readonly httpUpgrade?: readonly BackendTrafficPolicyHttpUpgrade[];
  readonly loadBalancer?: LoadBalancer;
  readonly mergeType?: Input<string>;
  readonly proxyProtocol?: ProxyProtocol;
  readonly rateLimit?: BackendTrafficPolicyRateLimit;
  readonly requestBuffer?: BackendTrafficPolicyRequestBuffer;
  readonly responseOverride?: readonly BackendTrafficPolicyResponseOverride[];
  readonly retry?: Retry;
  readonly routingType?: Input<string>;
  readonly targetRef?: BackendTLSPolicyTargetRef;
  readonly targetRefs?: readonly BackendTLSPolicyTargetRef[];
  readonly targetSelectors?: readonly TargetSelector[];
  readonly tcpKeepalive?: TcpKeepalive;
  readonly telemetry?: BackendTrafficPolicyTelemetry;
  readonly timeout?: Timeout;
  readonly useClientProtocol?: Input<boolean>;
}

export interface ClientTrafficPolicyCustomHeader {
  readonly failClosed?: Input<boolean>;
  readonly name: Input<string>;
}

export interface ClientTrafficPolicyXForwardedFor {
  readonly numTrustedHops?: Input<number>;
  readonly trustedCIDRs?: readonly Input<string>[];
}

export interface ClientTrafficPolicyClientIPDetection {
  readonly customHeader?: ClientTrafficPolicyCustomHeader;
  readonly xForwardedFor?: ClientTrafficPolicyXForwardedFor;
}

export interface ClientTrafficPolicyConnectionLimit {
  readonly closeDelay?: Input<string>;
  readonly maxConnectionDuration?: Input<string>;
  readonly maxRequestsPerConnection?: Input<number>;
  readonly maxStreamDuration?: Input<string>;
  readonly value?: Input<number>;
}

export interface ClientTrafficPolicyConnection {
  readonly bufferLimit?: Input<number | string>;
  readonly connectionLimit?: ClientTrafficPolicyConnectionLimit;
  readonly maxAcceptPerSocketEvent?: Input<number>;
  readonly socketBufferLimit?: Input<number | string>;
}

export interface ClientTrafficPolicyGrpc {
  readonly enableWeb?: Input<boolean>;
}

export interface ClientTrafficPolicyAddIfAbsent {
  readonly name: Input<string>;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicyRemoveOnMatch {
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicyEarlyRequestHeaders {
  readonly add?: readonly Add[];
  readonly addIfAbsent?: readonly ClientTrafficPolicyAddIfAbsent[];
  readonly remove?: readonly Input<string>[];
  readonly removeOnMatch?: readonly ClientTrafficPolicyRemoveOnMatch[];
  readonly set?: readonly HeaderMutationSet[];
}

export interface ClientTrafficPolicyLateResponseHeaders {
  readonly add?: readonly Add[];
  readonly addIfAbsent?: readonly ClientTrafficPolicyAddIfAbsent[];
  readonly remove?: readonly Input<string>[];
  readonly removeOnMatch?: readonly ClientTrafficPolicyRemoveOnMatch[];
  readonly set?: readonly HeaderMutationSet[];
}

export interface ClientTrafficPolicyXForwardedClientCert {
  readonly certDetailsToAdd?: readonly Input<"Subject" | "Cert" | "Chain" | "DNS" | "URI">[];
  readonly mode?: Input<"Sanitize" | "ForwardOnly" | "AppendForward" | "SanitizeSet" | "AlwaysForwardOnly">;
}

export interface ClientTrafficPolicyHeaders {
  readonly disableRateLimitHeaders?: Input<boolean>;
  readonly earlyRequestHeaders?: ClientTrafficPolicyEarlyRequestHeaders;
  readonly enableEnvoyHeaders?: Input<boolean>;
  readonly lateResponseHeaders?: ClientTrafficPolicyLateResponseHeaders;
  readonly preserveXRequestID?: Input<boolean>;
  readonly requestID?: Input<"PreserveOrGenerate" | "Preserve" | "Generate" | "Disable">;
  readonly withUnderscoresAction?: Input<"Allow" | "RejectRequest" | "DropHeader">;
  readonly xForwardedClientCert?: ClientTrafficPolicyXForwardedClientCert;
}

export interface ClientTrafficPolicyHealthCheck {
  readonly path: Input<string>;
}

export interface ClientTrafficPolicyHttp10 {
  readonly useDefaultHost?: Input<boolean>;
}

export interface ClientTrafficPolicyIgnoredUpgradeType {
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicyHttp1 {
  readonly disableSafeMaxConnectionDuration?: Input<boolean>;
  readonly enableTrailers?: Input<boolean>;
  readonly http10?: ClientTrafficPolicyHttp10;
  readonly ignoredUpgradeTypes?: readonly ClientTrafficPolicyIgnoredUpgradeType[];
  readonly preserveHeaderCase?: Input<boolean>;
}

export interface ClientTrafficPolicyPath {
  readonly disableMergeSlashes?: Input<boolean>;
  readonly escapedSlashesAction?: Input<"KeepUnchanged" | "RejectRequest" | "UnescapeAndForward" | "UnescapeAndRedirect">;
}

export interface ClientTrafficPolicyProxyProtocol {
  readonly optional?: Input<boolean>;
}

export interface ClientTrafficPolicyHttp {
  readonly idleTimeout?: Input<string>;
  readonly requestReceivedTimeout?: Input<string>;
  readonly streamIdleTimeout?: Input<string>;
}

export interface ClientTrafficPolicyTcp {
  readonly idleTimeout?: Input<string>;
}

export interface ClientTrafficPolicyTimeout {
  readonly http?: ClientTrafficPolicyHttp;
  readonly tcp?: ClientTrafficPolicyTcp;
}

export interface ClientValidationCaCertificateRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface ClientTrafficPolicyRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface ClientTrafficPolicyCrl {
  readonly onlyVerifyLeafCertificate?: Input<boolean>;
  readonly refs: readonly ClientTrafficPolicyRef[];
}

export interface ClientTrafficPolicyDnsName {
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicyEmailAddress {
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicyIpAddress {
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicyOtherName {
  readonly oid: Input<string>;
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicyUri {
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface ClientTrafficPolicySubjectAltNames {
  readonly dnsNames?: readonly ClientTrafficPolicyDnsName[];
  readonly emailAddresses?: readonly ClientTrafficPolicyEmailAddress[];
  readonly ipAddresses?: readonly ClientTrafficPolicyIpAddress[];
  readonly otherNames?: readonly ClientTrafficPolicyOtherName[];
  readonly uris?: readonly ClientTrafficPolicyUri[];
}

export interface ClientTrafficPolicyClientValidation {
  readonly caCertificateRefs?: readonly ClientValidationCaCertificateRef[];
  readonly certificateHashes?: readonly Input<string>[];
  readonly crl?: ClientTrafficPolicyCrl;
  readonly mode?: Input<"Request" | "RequireAny" | "VerifyIfGiven" | "RequireAndVerify">;
  readonly optional?: Input<boolean>;
  readonly spkiHashes?: readonly Input<string>[];
  readonly subjectAltNames?: ClientTrafficPolicySubjectAltNames;
}

export interface ClientTrafficPolicyResumption {
  readonly stateful?: Readonly<Record<string, never>>;
  readonly stateless?: Readonly<Record<string, never>>;
}

export interface ClientTrafficPolicySession {
  readonly resumption?: ClientTrafficPolicyResumption;
}

export interface ClientTrafficPolicyTls {
  readonly alpnProtocols?: readonly Input<string>[];
  readonly ciphers?: readonly Input<string>[];
  readonly clientValidation?: ClientTrafficPolicyClientValidation;
  readonly ecdhCurves?: readonly Input<string>[];
  readonly fingerprints?: readonly Input<"JA3" | "JA4">[];
  readonly maxVersion?: Input<"Auto" | "1.0" | "1.1" | "1.2" | "1.3">;
  readonly minVersion?: Input<"Auto" | "1.0" | "1.1" | "1.2" | "1.3">;
  readonly session?: ClientTrafficPolicySession;
  readonly signatureAlgorithms?: readonly Input<string>[];
}

export interface ClientTrafficPolicySpec {
  readonly clientIPDetection?: ClientTrafficPolicyClientIPDetection;
  readonly connection?: ClientTrafficPolicyConnection;
  readonly enableProxyProtocol?: Input<boolean>;
  readonly grpc?: ClientTrafficPolicyGrpc;
  readonly headers?: ClientTrafficPolicyHeaders;
  readonly healthCheck?: ClientTrafficPolicyHealthCheck;
  readonly http1?: ClientTrafficPolicyHttp1;
  readonly http2?: Http2;
  readonly http3?: Readonly<Record<string, never>>;
  readonly path?: ClientTrafficPolicyPath;
  readonly proxyProtocol?: ClientTrafficPolicyProxyProtocol;
  readonly scheme?: Input<"Preserve" | "MatchBackend">;
  readonly targetRef?: BackendTLSPolicyTargetRef;
  readonly targetRefs?: readonly BackendTLSPolicyTargetRef[];
  readonly targetSelectors?: readonly TargetSelector[];
  readonly tcpKeepalive?: TcpKeepalive;
  readonly timeout?: ClientTrafficPolicyTimeout;
  readonly tls?: ClientTrafficPolicyTls;
}

export interface EnvoyExtensionPolicyDynamicModule {
  readonly config?: unknown;
  readonly filterName?: Input<string>;
  readonly name: Input<string>;
  readonly terminalFilter?: Input<boolean>;
}

export interface EnvoyExtensionPolicyMetadata {
  readonly accessibleNamespaces?: readonly Input<string>[];
  readonly writableNamespaces?: readonly Input<string>[];
}

export interface EnvoyExtensionPolicyRequest {
  readonly attributes?: readonly Input<string>[];
  readonly body?: Input<"Streamed" | "Buffered" | "BufferedPartial" | "FullDuplexStreamed">;
}

export interface EnvoyExtensionPolicyResponse {
  readonly attributes?: readonly Input<string>[];
  readonly body?: Input<"Streamed" | "Buffered" | "BufferedPartial" | "FullDuplexStreamed">;
}

export interface EnvoyExtensionPolicyProcessingMode {
  readonly allowModeOverride?: Input<boolean>;
  readonly request?: EnvoyExtensionPolicyRequest;
  readonly response?: EnvoyExtensionPolicyResponse;
}

export interface EnvoyExtensionPolicyExtProc {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly failOpen?: Input<boolean>;
  readonly messageTimeout?: Input<string>;
  readonly metadata?: EnvoyExtensionPolicyMetadata;
  readonly processingMode?: EnvoyExtensionPolicyProcessingMode;
}

export interface EnvoyExtensionPolicyLua {
  readonly inline?: Input<string>;
  readonly type?: Input<"Inline" | "ValueRef">;
  readonly valueRef?: ValueRef;
}

export interface EnvoyExtensionPolicyTls {
  readonly caCertificateRef: ClientValidationCaCertificateRef;
}

export interface EnvoyExtensionPolicyHttp {
  readonly sha256?: Input<string>;
  readonly tls?: EnvoyExtensionPolicyTls;
  readonly url: Input<string>;
}

export interface EnvoyExtensionPolicyPullSecretRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface EnvoyExtensionPolicyImage {
  readonly pullSecretRef?: EnvoyExtensionPolicyPullSecretRef;
  readonly sha256?: Input<string>;
  readonly tls?: EnvoyExtensionPolicyTls;
  readonly url: Input<string>;
}

export interface EnvoyExtensionPolicyCode {
  readonly http?: EnvoyExtensionPolicyHttp;
  readonly image?: EnvoyExtensionPolicyImage;
  readonly pullPolicy?: Input<"IfNotPresent" | "Always">;
  readonly type: Input<"HTTP" | "Image">;
}

export interface EnvoyExtensionPolicyEnv {
  readonly hostKeys?: readonly Input<string>[];
}

export interface EnvoyExtensionPolicyWasm {
  readonly code: EnvoyExtensionPolicyCode;
  readonly config?: unknown;
  readonly env?: EnvoyExtensionPolicyEnv;
  readonly failOpen?: Input<boolean>;
  readonly name?: Input<string>;
  readonly rootID?: Input<string>;
}

export interface EnvoyExtensionPolicySpec {
  readonly dynamicModule?: readonly EnvoyExtensionPolicyDynamicModule[];
  readonly extProc?: readonly EnvoyExtensionPolicyExtProc[];
  readonly lua?: readonly EnvoyExtensionPolicyLua[];
  readonly targetRef?: BackendTLSPolicyTargetRef;
  readonly targetRefs?: readonly BackendTLSPolicyTargetRef[];
  readonly targetSelectors?: readonly TargetSelector[];
  readonly wasm?: readonly EnvoyExtensionPolicyWasm[];
}

export interface EnvoyProxyBackendTLS {
  readonly alpnProtocols?: readonly Input<string>[];
  readonly ciphers?: readonly Input<string>[];
  readonly clientCertificateRef?: ClientCertificateRef;
  readonly ecdhCurves?: readonly Input<string>[];
  readonly fingerprints?: readonly Input<"JA3" | "JA4">[];
  readonly maxVersion?: Input<"Auto" | "1.0" | "1.1" | "1.2" | "1.3">;
  readonly minVersion?: Input<"Auto" | "1.0" | "1.1" | "1.2" | "1.3">;
  readonly signatureAlgorithms?: readonly Input<string>[];
}

export interface EnvoyProxyJsonPatch {
  readonly from?: Input<string>;
  readonly jsonPath?: Input<string>;
  readonly op: Input<"add" | "remove" | "replace" | "move" | "copy" | "test">;
  readonly path?: Input<string>;
  readonly value?: unknown;
}

export interface EnvoyProxyBootstrap {
  readonly jsonPatches?: readonly EnvoyProxyJsonPatch[];
  readonly type?: Input<"Merge" | "Replace" | "JSONPatch">;
  readonly value?: Input<string>;
}

export interface EnvoyProxyLocal {
  readonly path: Input<string>;
}

export interface EnvoyProxyRemote {
  readonly sha256: Input<string>;
  readonly url: Input<string>;
}

export interface EnvoyProxyDynamicModuleSource {
  readonly local?: EnvoyProxyLocal;
  readonly remote?: EnvoyProxyRemote;
  readonly type?: Input<"Local" | "Remote">;
}

export interface EnvoyProxyDynamicModule {
  readonly doNotClose?: Input<boolean>;
  readonly loadGlobally?: Input<boolean>;
  readonly name: Input<string>;
  readonly source: EnvoyProxyDynamicModuleSource;
}

export interface EnvoyProxyFilterOrder {
  readonly after?: Input<"envoy.filters.http.custom_response" | "envoy.filters.http.health_check" | "envoy.filters.http.fault" | "envoy.filters.http.cors" | "envoy.filters.http.header_mutation" | "envoy.filters.http.ext_authz" | "envoy.filters.http.api_key_auth" | "envoy.filters.http.basic_auth" | "envoy.filters.http.oauth2" | "envoy.filters.http.jwt_authn" | "envoy.filters.http.stateful_session" | "envoy.filters.http.buffer" | "envoy.filters.http.lua" | "envoy.filters.http.ext_proc" | "envoy.filters.http.wasm" | "envoy.filters.http.dynamic_modules" | "envoy.filters.http.geoip" | "envoy.filters.http.rbac" | "envoy.filters.http.local_ratelimit" | "envoy.filters.http.ratelimit" | "envoy.filters.http.bandwidth_limit" | "envoy.filters.http.grpc_web" | "envoy.filters.http.grpc_stats" | "envoy.filters.http.credential_injector" | "envoy.filters.http.compressor" | "envoy.filters.http.dynamic_forward_proxy">;
  readonly before?: Input<"envoy.filters.http.custom_response" | "envoy.filters.http.health_check" | "envoy.filters.http.fault" | "envoy.filters.http.cors" | "envoy.filters.http.header_mutation" | "envoy.filters.http.ext_authz" | "envoy.filters.http.api_key_auth" | "envoy.filters.http.basic_auth" | "envoy.filters.http.oauth2" | "envoy.filters.http.jwt_authn" | "envoy.filters.http.stateful_session" | "envoy.filters.http.buffer" | "envoy.filters.http.lua" | "envoy.filters.http.ext_proc" | "envoy.filters.http.wasm" | "envoy.filters.http.dynamic_modules" | "envoy.filters.http.geoip" | "envoy.filters.http.rbac" | "envoy.filters.http.local_ratelimit" | "envoy.filters.http.ratelimit" | "envoy.filters.http.bandwidth_limit" | "envoy.filters.http.grpc_web" | "envoy.filters.http.grpc_stats" | "envoy.filters.http.credential_injector" | "envoy.filters.http.compressor" | "envoy.filters.http.dynamic_forward_proxy">;
  readonly name: Input<"envoy.filters.http.custom_response" | "envoy.filters.http.health_check" | "envoy.filters.http.fault" | "envoy.filters.http.cors" | "envoy.filters.http.header_mutation" | "envoy.filters.http.ext_authz" | "envoy.filters.http.api_key_auth" | "envoy.filters.http.basic_auth" | "envoy.filters.http.oauth2" | "envoy.filters.http.jwt_authn" | "envoy.filters.http.stateful_session" | "envoy.filters.http.buffer" | "envoy.filters.http.lua" | "envoy.filters.http.ext_proc" | "envoy.filters.http.wasm" | "envoy.filters.http.dynamic_modules" | "envoy.filters.http.geoip" | "envoy.filters.http.rbac" | "envoy.filters.http.local_ratelimit" | "envoy.filters.http.ratelimit" | "envoy.filters.http.bandwidth_limit" | "envoy.filters.http.grpc_web" | "envoy.filters.http.grpc_stats" | "envoy.filters.http.credential_injector" | "envoy.filters.http.compressor" | "envoy.filters.http.dynamic_forward_proxy">;
}

export interface EnvoyProxyAnonymousIpDbSource {
  readonly local: EnvoyProxyLocal;
}

export interface EnvoyProxyAsnDbSource {
  readonly local: EnvoyProxyLocal;
}

export interface EnvoyProxyCityDbSource {
  readonly local: EnvoyProxyLocal;
}

export interface EnvoyProxyCountryDbSource {
  readonly local: EnvoyProxyLocal;
}

export interface EnvoyProxyIspDbSource {
  readonly local: EnvoyProxyLocal;
}

export interface EnvoyProxyMaxMind {
  readonly anonymousIpDbSource?: EnvoyProxyAnonymousIpDbSource;
  readonly asnDbSource?: EnvoyProxyAsnDbSource;
  readonly cityDbSource?: EnvoyProxyCityDbSource;
  readonly countryDbSource?: EnvoyProxyCountryDbSource;
  readonly ispDbSource?: EnvoyProxyIspDbSource;
}

export interface EnvoyProxyGeoIPProvider {
  readonly maxMind?: EnvoyProxyMaxMind;
  readonly type: Input<"MaxMind">;
}

export interface EnvoyProxyGeoIP {
  readonly provider: EnvoyProxyGeoIPProvider;
}

export interface EnvoyProxyLogging {
  readonly level?: Readonly<Record<string, Input<"trace" | "debug" | "info" | "warn" | "error">>>;
}

export interface EnvoyProxyHost {
  readonly envoyVersion?: Input<string>;
}

export interface EnvoyProxyContainer {
  readonly env?: readonly Env[];
  readonly image?: Input<string>;
  readonly imageRepository?: Input<string>;
  readonly resources?: Resources;
  readonly securityContext?: SecurityContext;
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface EnvoyProxyPatch {
  readonly type?: Input<string>;
  readonly value: unknown;
}

export interface EnvoyProxyMatchField {
  readonly key: Input<string>;
  readonly operator: Input<string>;
  readonly values?: readonly Input<string>[];
}

export interface EnvoyProxyPreference {
  readonly matchExpressions?: readonly MatchExpression[];
  readonly matchFields?: readonly EnvoyProxyMatchField[];
}

export interface EnvoyProxyNodeAffinityPreferredDuringSchedulingIgnoredDuringExecution {
  readonly preference: EnvoyProxyPreference;
  readonly weight: Input<number>;
}

export interface EnvoyProxyNodeSelectorTerm {
  readonly matchExpressions?: readonly MatchExpression[];
  readonly matchFields?: readonly EnvoyProxyMatchField[];
}

export interface EnvoyProxyNodeAffinityRequiredDuringSchedulingIgnoredDuringExecution {
  readonly nodeSelectorTerms: readonly EnvoyProxyNodeSelectorTerm[];
}

export interface EnvoyProxyNodeAffinity {
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly EnvoyProxyNodeAffinityPreferredDuringSchedulingIgnoredDuringExecution[];
  readonly requiredDuringSchedulingIgnoredDuringExecution?: EnvoyProxyNodeAffinityRequiredDuringSchedulingIgnoredDuringExecution;
}

export interface EnvoyProxyLabelSelector {
  readonly matchExpressions?: readonly MatchExpression[];
  readonly matchLabels?: Readonly<Record<string, Input<string>>>;
}

export interface EnvoyProxyNamespaceSelector {
  readonly matchExpressions?: readonly MatchExpression[];
  readonly matchLabels?: Readonly<Record<string, Input<string>>>;
}

export interface EnvoyProxyPodAffinityTerm {
  readonly labelSelector?: EnvoyProxyLabelSelector;
  readonly matchLabelKeys?: readonly Input<string>[];
  readonly mismatchLabelKeys?: readonly Input<string>[];
  readonly namespaceSelector?: EnvoyProxyNamespaceSelector;
  readonly namespaces?: readonly Input<string>[];
  readonly topologyKey: Input<string>;
}

export interface EnvoyProxyPodAffinityPreferredDuringSchedulingIgnoredDuringExecution {
  readonly podAffinityTerm: EnvoyProxyPodAffinityTerm;
  readonly weight: Input<number>;
}

export interface EnvoyProxyPodAffinityRequiredDuringSchedulingIgnoredDuringExecution {
  readonly labelSelector?: EnvoyProxyLabelSelector;
  readonly matchLabelKeys?: readonly Input<string>[];
  readonly mismatchLabelKeys?: readonly Input<string>[];
  readonly namespaceSelector?: EnvoyProxyNamespaceSelector;
  readonly namespaces?: readonly Input<string>[];
  readonly topologyKey: Input<string>;
}

export interface EnvoyProxyPodAffinity {
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly EnvoyProxyPodAffinityPreferredDuringSchedulingIgnoredDuringExecution[];
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly EnvoyProxyPodAffinityRequiredDuringSchedulingIgnoredDuringExecution[];
}

export interface EnvoyProxyPodAntiAffinity {
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly EnvoyProxyPodAffinityPreferredDuringSchedulingIgnoredDuringExecution[];
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly EnvoyProxyPodAffinityRequiredDuringSchedulingIgnoredDuringExecution[];
}

export interface EnvoyProxyAffinity {
  readonly nodeAffinity?: EnvoyProxyNodeAffinity;
  readonly podAffinity?: EnvoyProxyPodAffinity;
  readonly podAntiAffinity?: EnvoyProxyPodAntiAffinity;
}

export interface EnvoyProxyImagePullSecret {
  readonly name?: Input<string>;
}

export interface EnvoyProxySysctl {
  readonly name: Input<string>;
  readonly value: Input<string>;
}

export interface EnvoyProxySecurityContext {
  readonly appArmorProfile?: AppArmorProfile;
  readonly fsGroup?: Input<number>;
  readonly fsGroupChangePolicy?: Input<string>;
  readonly runAsGroup?: Input<number>;
  readonly runAsNonRoot?: Input<boolean>;
  readonly runAsUser?: Input<number>;
  readonly seLinuxChangePolicy?: Input<string>;
  readonly seLinuxOptions?: SeLinuxOptions;
  readonly seccompProfile?: SeccompProfile;
  readonly supplementalGroups?: readonly Input<number>[];
  readonly supplementalGroupsPolicy?: Input<string>;
  readonly sysctls?: readonly EnvoyProxySysctl[];
  readonly windowsOptions?: WindowsOptions;
}

export interface EnvoyProxyToleration {
  readonly effect?: Input<string>;
  readonly key?: Input<string>;
  readonly operator?: Input<string>;
  readonly tolerationSeconds?: Input<number>;
  readonly value?: Input<string>;
}

export interface EnvoyProxyTopologySpreadConstraint {
  readonly labelSelector?: EnvoyProxyLabelSelector;
  readonly matchLabelKeys?: readonly Input<string>[];
  readonly maxSkew: Input<number>;
  readonly minDomains?: Input<number>;
  readonly nodeAffinityPolicy?: Input<string>;
  readonly nodeTaintsPolicy?: Input<string>;
  readonly topologyKey: Input<string>;
  readonly whenUnsatisfiable: Input<string>;
}

export interface EnvoyProxyAwsElasticBlockStore {
  readonly fsType?: Input<string>;
  readonly partition?: Input<number>;
  readonly readOnly?: Input<boolean>;
  readonly volumeID: Input<string>;
}

export interface EnvoyProxyAzureDisk {
  readonly cachingMode?: Input<string>;
  readonly diskName: Input<string>;
  readonly diskURI: Input<string>;
  readonly fsType?: Input<string>;
  readonly kind?: Input<string>;
  readonly readOnly?: Input<boolean>;
}

export interface EnvoyProxyAzureFile {
  readonly readOnly?: Input<boolean>;
  readonly secretName: Input<string>;
  readonly shareName: Input<string>;
}

export interface EnvoyProxyCephfsSecretRef {
  readonly name?: Input<string>;
}

export interface EnvoyProxyCephfs {
  readonly monitors: readonly Input<string>[];
  readonly path?: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly secretFile?: Input<string>;
  readonly secretRef?: EnvoyProxyCephfsSecretRef;
  readonly user?: Input<string>;
}

export interface EnvoyProxyCinder {
  readonly fsType?: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly secretRef?: EnvoyProxyCephfsSecretRef;
  readonly volumeID: Input<string>;
}

export interface EnvoyProxyConfigMapItem {
  readonly key: Input<string>;
  readonly mode?: Input<number>;
  readonly path: Input<string>;
}

export interface EnvoyProxyVolumeConfigMap {
  readonly defaultMode?: Input<number>;
  readonly items?: readonly EnvoyProxyConfigMapItem[];
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
}

export interface EnvoyProxyNodePublishSecretRef {
  readonly name?: Input<string>;
}

export interface EnvoyProxyCsi {
  readonly driver: Input<string>;
  readonly fsType?: Input<string>;
  readonly nodePublishSecretRef?: EnvoyProxyNodePublishSecretRef;
  readonly readOnly?: Input<boolean>;
  readonly volumeAttributes?: Readonly<Record<string, Input<string>>>;
}

export interface EnvoyProxyDownwardAPIItem {
  readonly fieldRef?: FieldRef;
  readonly mode?: Input<number>;
  readonly path: Input<string>;
  readonly resourceFieldRef?: ResourceFieldRef;
}

export interface EnvoyProxyVolumeDownwardAPI {
  readonly defaultMode?: Input<number>;
  readonly items?: readonly EnvoyProxyDownwardAPIItem[];
}

export interface EnvoyProxyEmptyDir {
  readonly medium?: Input<string>;
  readonly sizeLimit?: Input<number | string>;
}

export interface EnvoyProxyDataSource {
  readonly apiGroup?: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
}

export interface EnvoyProxyDataSourceRef {
  readonly apiGroup?: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface EnvoyProxyResources {
  readonly limits?: Readonly<Record<string, Input<number | string>>>;
  readonly requests?: Readonly<Record<string, Input<number | string>>>;
}

export interface EnvoyProxyVolumeClaimTemplateSpec {
  readonly accessModes?: readonly Input<string>[];
  readonly dataSource?: EnvoyProxyDataSource;
  readonly dataSourceRef?: EnvoyProxyDataSourceRef;
  readonly resources?: EnvoyProxyResources;
  readonly selector?: Selector;
  readonly storageClassName?: Input<string>;
  readonly volumeAttributesClassName?: Input<string>;
  readonly volumeMode?: Input<string>;
  readonly volumeName?: Input<string>;
}

export interface EnvoyProxyVolumeClaimTemplate {
  readonly metadata?: Readonly<Record<string, never>>;
  readonly spec: EnvoyProxyVolumeClaimTemplateSpec;
}

export interface EnvoyProxyEphemeral {
  readonly volumeClaimTemplate?: EnvoyProxyVolumeClaimTemplate;
}

export interface EnvoyProxyFc {
  readonly fsType?: Input<string>;
  readonly lun?: Input<number>;
  readonly readOnly?: Input<boolean>;
  readonly targetWWNs?: readonly Input<string>[];
  readonly wwids?: readonly Input<string>[];
}

export interface EnvoyProxyFlexVolume {
  readonly driver: Input<string>;
  readonly fsType?: Input<string>;
  readonly options?: Readonly<Record<string, Input<string>>>;
  readonly readOnly?: Input<boolean>;
  readonly secretRef?: EnvoyProxyCephfsSecretRef;
}

export interface EnvoyProxyFlocker {
  readonly datasetName?: Input<string>;
  readonly datasetUUID?: Input<string>;
}

export interface EnvoyProxyGcePersistentDisk {
  readonly fsType?: Input<string>;
  readonly partition?: Input<number>;
  readonly pdName: Input<string>;
  readonly readOnly?: Input<boolean>;
}

export interface EnvoyProxyGitRepo {
  readonly directory?: Input<string>;
  readonly repository: Input<string>;
  readonly revision?: Input<string>;
}

export interface EnvoyProxyGlusterfs {
  readonly endpoints: Input<string>;
  readonly path: Input<string>;
  readonly readOnly?: Input<boolean>;
}

export interface EnvoyProxyHostPath {
  readonly path: Input<string>;
  readonly type?: Input<string>;
}

export interface EnvoyProxyImage {
  readonly pullPolicy?: Input<string>;
  readonly reference?: Input<string>;
}

export interface EnvoyProxyIscsi {
  readonly chapAuthDiscovery?: Input<boolean>;
  readonly chapAuthSession?: Input<boolean>;
  readonly fsType?: Input<string>;
  readonly initiatorName?: Input<string>;
  readonly iqn: Input<string>;
  readonly iscsiInterface?: Input<string>;
  readonly lun: Input<number>;
  readonly portals?: readonly Input<string>[];
  readonly readOnly?: Input<boolean>;
  readonly secretRef?: EnvoyProxyCephfsSecretRef;
  readonly targetPortal: Input<string>;
}

export interface EnvoyProxyNfs {
  readonly path: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly server: Input<string>;
}

export interface EnvoyProxyPersistentVolumeClaim {
  readonly claimName: Input<string>;
  readonly readOnly?: Input<boolean>;
}

export interface EnvoyProxyPhotonPersistentDisk {
  readonly fsType?: Input<string>;
  readonly pdID: Input<string>;
}

export interface EnvoyProxyPortworxVolume {
  readonly fsType?: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly volumeID: Input<string>;
}

export interface EnvoyProxyClusterTrustBundle {
  readonly labelSelector?: EnvoyProxyLabelSelector;
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
  readonly path: Input<string>;
  readonly signerName?: Input<string>;
}

export interface EnvoyProxySourceConfigMap {
  readonly items?: readonly EnvoyProxyConfigMapItem[];
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
}

export interface EnvoyProxySourceDownwardAPI {
  readonly items?: readonly EnvoyProxyDownwardAPIItem[];
}

export interface EnvoyProxyPodCertificate {
  readonly certificateChainPath?: Input<string>;
  readonly credentialBundlePath?: Input<string>;
  readonly keyPath?: Input<string>;
  readonly keyType: Input<string>;
  readonly maxExpirationSeconds?: Input<number>;
  readonly signerName: Input<string>;
  readonly userAnnotations?: Readonly<Record<string, Input<string>>>;
}

export interface EnvoyProxySourceSecret {
  readonly items?: readonly EnvoyProxyConfigMapItem[];
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
}

export interface EnvoyProxyServiceAccountToken {
  readonly audience?: Input<string>;
  readonly expirationSeconds?: Input<number>;
  readonly path: Input<string>;
}

export interface EnvoyProxyProjectedSource {
  readonly clusterTrustBundle?: EnvoyProxyClusterTrustBundle;
  readonly configMap?: EnvoyProxySourceConfigMap;
  readonly downwardAPI?: EnvoyProxySourceDownwardAPI;
  readonly podCertificate?: EnvoyProxyPodCertificate;
  readonly secret?: EnvoyProxySourceSecret;
  readonly serviceAccountToken?: EnvoyProxyServiceAccountToken;
}

export interface EnvoyProxyProjected {
  readonly defaultMode?: Input<number>;
  readonly sources?: readonly EnvoyProxyProjectedSource[];
}

export interface EnvoyProxyQuobyte {
  readonly group?: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly registry: Input<string>;
  readonly tenant?: Input<string>;
  readonly user?: Input<string>;
  readonly volume: Input<string>;
}

export interface EnvoyProxyRbd {
  readonly fsType?: Input<string>;
  readonly image: Input<string>;
  readonly keyring?: Input<string>;
  readonly monitors: readonly Input<string>[];
  readonly pool?: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly secretRef?: EnvoyProxyCephfsSecretRef;
  readonly user?: Input<string>;
}

export interface EnvoyProxyScaleIO {
  readonly fsType?: Input<string>;
  readonly gateway: Input<string>;
  readonly protectionDomain?: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly secretRef: EnvoyProxyCephfsSecretRef;
  readonly sslEnabled?: Input<boolean>;
  readonly storageMode?: Input<string>;
  readonly storagePool?: Input<string>;
  readonly system: Input<string>;
  readonly volumeName?: Input<string>;
}

export interface EnvoyProxyVolumeSecret {
  readonly defaultMode?: Input<number>;
  readonly items?: readonly EnvoyProxyConfigMapItem[];
  readonly optional?: Input<boolean>;
  readonly secretName?: Input<string>;
}

export interface EnvoyProxyStorageos {
  readonly fsType?: Input<string>;
  readonly readOnly?: Input<boolean>;
  readonly secretRef?: EnvoyProxyCephfsSecretRef;
  readonly volumeName?: Input<string>;
  readonly volumeNamespace?: Input<string>;
}

export interface EnvoyProxyVsphereVolume {
  readonly fsType?: Input<string>;
  readonly storagePolicyID?: Input<string>;
  readonly storagePolicyName?: Input<string>;
  readonly volumePath: Input<string>;
}

export interface EnvoyProxyVolume {
  readonly awsElasticBlockStore?: EnvoyProxyAwsElasticBlockStore;
  readonly azureDisk?: EnvoyProxyAzureDisk;
  readonly azureFile?: EnvoyProxyAzureFile;
  readonly cephfs?: EnvoyProxyCephfs;
  readonly cinder?: EnvoyProxyCinder;
  readonly configMap?: EnvoyProxyVolumeConfigMap;
  readonly csi?: EnvoyProxyCsi;
  readonly downwardAPI?: EnvoyProxyVolumeDownwardAPI;
  readonly emptyDir?: EnvoyProxyEmptyDir;
  readonly ephemeral?: EnvoyProxyEphemeral;
  readonly fc?: EnvoyProxyFc;
  readonly flexVolume?: EnvoyProxyFlexVolume;
  readonly flocker?: EnvoyProxyFlocker;
  readonly gcePersistentDisk?: EnvoyProxyGcePersistentDisk;
  readonly gitRepo?: EnvoyProxyGitRepo;
  readonly glusterfs?: EnvoyProxyGlusterfs;
  readonly hostPath?: EnvoyProxyHostPath;
  readonly image?: EnvoyProxyImage;
  readonly iscsi?: EnvoyProxyIscsi;
  readonly name: Input<string>;
  readonly nfs?: EnvoyProxyNfs;
  readonly persistentVolumeClaim?: EnvoyProxyPersistentVolumeClaim;
  readonly photonPersistentDisk?: EnvoyProxyPhotonPersistentDisk;
  readonly portworxVolume?: EnvoyProxyPortworxVolume;
  readonly projected?: EnvoyProxyProjected;
  readonly quobyte?: EnvoyProxyQuobyte;
  readonly rbd?: EnvoyProxyRbd;
  readonly scaleIO?: EnvoyProxyScaleIO;
  readonly secret?: EnvoyProxyVolumeSecret;
  readonly storageos?: EnvoyProxyStorageos;
  readonly vsphereVolume?: EnvoyProxyVsphereVolume;
}

export interface EnvoyProxyPod {
  readonly affinity?: EnvoyProxyAffinity;
  readonly annotations?: Readonly<Record<string, Input<string>>>;
  readonly imagePullSecrets?: readonly EnvoyProxyImagePullSecret[];
  readonly labels?: Readonly<Record<string, Input<string>>>;
  readonly nodeSelector?: Readonly<Record<string, Input<string>>>;
  readonly priorityClassName?: Input<string>;
  readonly securityContext?: EnvoyProxySecurityContext;
  readonly tolerations?: readonly EnvoyProxyToleration[];
  readonly topologySpreadConstraints?: readonly EnvoyProxyTopologySpreadConstraint[];
  readonly volumes?: readonly EnvoyProxyVolume[];
}

export interface EnvoyProxyRollingUpdate {
  readonly maxSurge?: Input<number | string>;
  readonly maxUnavailable?: Input<number | string>;
}

export interface EnvoyProxyStrategy {
  readonly rollingUpdate?: EnvoyProxyRollingUpdate;
  readonly type?: Input<string>;
}

export interface EnvoyProxyEnvoyDaemonSet {
  readonly container?: EnvoyProxyContainer;
  readonly name?: Input<string>;
  readonly patch?: EnvoyProxyPatch;
  readonly pod?: EnvoyProxyPod;
  readonly strategy?: EnvoyProxyStrategy;
}

export interface EnvoyProxyConfigMapRef {
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
}

export interface EnvoyProxyEnvFromSecretRef {
  readonly name?: Input<string>;
  readonly optional?: Input<boolean>;
}

export interface EnvoyProxyEnvFrom {
  readonly configMapRef?: EnvoyProxyConfigMapRef;
  readonly prefix?: Input<string>;
  readonly secretRef?: EnvoyProxyEnvFromSecretRef;
}

export interface EnvoyProxyExec {
  readonly command?: readonly Input<string>[];
}

export interface EnvoyProxyHttpHeader {
  readonly name: Input<string>;
  readonly value: Input<string>;
}

export interface EnvoyProxyHttpGet {
  readonly host?: Input<string>;
  readonly httpHeaders?: readonly EnvoyProxyHttpHeader[];
  readonly path?: Input<string>;
  readonly port: Input<number | string>;
  readonly scheme?: Input<string>;
}

export interface EnvoyProxySleep {
  readonly seconds: Input<number>;
}

export interface EnvoyProxyTcpSocket {
  readonly host?: Input<string>;
  readonly port: Input<number | string>;
}

export interface EnvoyProxyPostStart {
  readonly exec?: EnvoyProxyExec;
  readonly httpGet?: EnvoyProxyHttpGet;
  readonly sleep?: EnvoyProxySleep;
  readonly tcpSocket?: EnvoyProxyTcpSocket;
}

export interface EnvoyProxyPreStop {
  readonly exec?: EnvoyProxyExec;
  readonly httpGet?: EnvoyProxyHttpGet;
  readonly sleep?: EnvoyProxySleep;
  readonly tcpSocket?: EnvoyProxyTcpSocket;
}

export interface EnvoyProxyLifecycle {
  readonly postStart?: EnvoyProxyPostStart;
  readonly preStop?: EnvoyProxyPreStop;
  readonly stopSignal?: Input<string>;
}

export interface EnvoyProxyGrpc {
  readonly port: Input<number>;
  readonly service?: Input<string>;
}

export interface EnvoyProxyLivenessProbe {
  readonly exec?: EnvoyProxyExec;
  readonly failureThreshold?: Input<number>;
  readonly grpc?: EnvoyProxyGrpc;
  readonly httpGet?: EnvoyProxyHttpGet;
  readonly initialDelaySeconds?: Input<number>;
  readonly periodSeconds?: Input<number>;
  readonly successThreshold?: Input<number>;
  readonly tcpSocket?: EnvoyProxyTcpSocket;
  readonly terminationGracePeriodSeconds?: Input<number>;
  readonly timeoutSeconds?: Input<number>;
}

export interface EnvoyProxyPort {
  readonly containerPort: Input<number>;
  readonly hostIP?: Input<string>;
  readonly hostPort?: Input<number>;
  readonly name?: Input<string>;
  readonly protocol?: Input<string>;
}

export interface EnvoyProxyReadinessProbe {
  readonly exec?: EnvoyProxyExec;
  readonly failureThreshold?: Input<number>;
  readonly grpc?: EnvoyProxyGrpc;
  readonly httpGet?: EnvoyProxyHttpGet;
  readonly initialDelaySeconds?: Input<number>;
  readonly periodSeconds?: Input<number>;
  readonly successThreshold?: Input<number>;
  readonly tcpSocket?: EnvoyProxyTcpSocket;
  readonly terminationGracePeriodSeconds?: Input<number>;
  readonly timeoutSeconds?: Input<number>;
}

export interface EnvoyProxyResizePolicy {
  readonly resourceName: Input<string>;
  readonly restartPolicy: Input<string>;
}

export interface EnvoyProxyExitCodes {
  readonly operator: Input<string>;
  readonly values?: readonly Input<number>[];
}

export interface EnvoyProxyRestartPolicyRule {
  readonly action: Input<string>;
  readonly exitCodes?: EnvoyProxyExitCodes;
}

export interface EnvoyProxyStartupProbe {
  readonly exec?: EnvoyProxyExec;
  readonly failureThreshold?: Input<number>;
  readonly grpc?: EnvoyProxyGrpc;
  readonly httpGet?: EnvoyProxyHttpGet;
  readonly initialDelaySeconds?: Input<number>;
  readonly periodSeconds?: Input<number>;
  readonly successThreshold?: Input<number>;
  readonly tcpSocket?: EnvoyProxyTcpSocket;
  readonly terminationGracePeriodSeconds?: Input<number>;
  readonly timeoutSeconds?: Input<number>;
}

export interface EnvoyProxyVolumeDevice {
  readonly devicePath: Input<string>;
  readonly name: Input<string>;
}

export interface EnvoyProxyInitContainer {
  readonly args?: readonly Input<string>[];
  readonly command?: readonly Input<string>[];
  readonly env?: readonly Env[];
  readonly envFrom?: readonly EnvoyProxyEnvFrom[];
  readonly image?: Input<string>;
  readonly imagePullPolicy?: Input<string>;
  readonly lifecycle?: EnvoyProxyLifecycle;
  readonly livenessProbe?: EnvoyProxyLivenessProbe;
  readonly name: Input<string>;
  readonly ports?: readonly EnvoyProxyPort[];
  readonly readinessProbe?: EnvoyProxyReadinessProbe;
  readonly resizePolicy?: readonly EnvoyProxyResizePolicy[];
  readonly resources?: Resources;
  readonly restartPolicy?: Input<string>;
  readonly restartPolicyRules?: readonly EnvoyProxyRestartPolicyRule[];
  readonly securityContext?: SecurityContext;
  readonly startupProbe?: EnvoyProxyStartupProbe;
  readonly stdin?: Input<boolean>;
  readonly stdinOnce?: Input<boolean>;
  readonly terminationMessagePath?: Input<string>;
  readonly terminationMessagePolicy?: Input<string>;
  readonly tty?: Input<boolean>;
  readonly volumeDevices?: readonly EnvoyProxyVolumeDevice[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly workingDir?: Input<string>;
}

export interface EnvoyProxyEnvoyDeployment {
  readonly container?: EnvoyProxyContainer;
  readonly initContainers?: readonly EnvoyProxyInitContainer[];
  readonly name?: Input<string>;
  readonly patch?: EnvoyProxyPatch;
  readonly pod?: EnvoyProxyPod;
  readonly replicas?: Input<number>;
  readonly strategy?: EnvoyProxyStrategy;
}

export interface EnvoyProxyPolicy {
  readonly periodSeconds: Input<number>;
  readonly type: Input<string>;
  readonly value: Input<number>;
}

export interface EnvoyProxyScaleDown {
  readonly policies?: readonly EnvoyProxyPolicy[];
  readonly selectPolicy?: Input<string>;
  readonly stabilizationWindowSeconds?: Input<number>;
  readonly tolerance?: Input<number | string>;
}

export interface EnvoyProxyScaleUp {
  readonly policies?: readonly EnvoyProxyPolicy[];
  readonly selectPolicy?: Input<string>;
  readonly stabilizationWindowSeconds?: Input<number>;
  readonly tolerance?: Input<number | string>;
}

export interface EnvoyProxyBehavior {
  readonly scaleDown?: EnvoyProxyScaleDown;
  readonly scaleUp?: EnvoyProxyScaleUp;
}

export interface EnvoyProxyTarget {
  readonly averageUtilization?: Input<number>;
  readonly averageValue?: Input<number | string>;
  readonly type: Input<string>;
  readonly value?: Input<number | string>;
}

export interface EnvoyProxyContainerResource {
  readonly container: Input<string>;
  readonly name: Input<string>;
  readonly target: EnvoyProxyTarget;
}

export interface EnvoyProxyExternalMetric {
  readonly name: Input<string>;
  readonly selector?: Selector;
}

export interface EnvoyProxyExternal {
  readonly metric: EnvoyProxyExternalMetric;
  readonly target: EnvoyProxyTarget;
}

export interface EnvoyProxyDescribedObject {
  readonly apiVersion?: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
}

export interface EnvoyProxyObject {
  readonly describedObject: EnvoyProxyDescribedObject;
  readonly metric: EnvoyProxyExternalMetric;
  readonly target: EnvoyProxyTarget;
}

export interface EnvoyProxyPods {
  readonly metric: EnvoyProxyExternalMetric;
  readonly target: EnvoyProxyTarget;
}

export interface EnvoyProxyResource {
  readonly name: Input<string>;
  readonly target: EnvoyProxyTarget;
}

export interface EnvoyProxyEnvoyHpaMetric {
  readonly containerResource?: EnvoyProxyContainerResource;
  readonly external?: EnvoyProxyExternal;
  readonly object?: EnvoyProxyObject;
  readonly pods?: EnvoyProxyPods;
  readonly resource?: EnvoyProxyResource;
  readonly type: Input<string>;
}

export interface EnvoyProxyEnvoyHpa {
  readonly behavior?: EnvoyProxyBehavior;
  readonly maxReplicas: Input<number>;
  readonly metrics?: readonly EnvoyProxyEnvoyHpaMetric[];
  readonly minReplicas?: Input<number>;
  readonly name?: Input<string>;
  readonly patch?: EnvoyProxyPatch;
}

export interface EnvoyProxyEnvoyPDB {
  readonly maxUnavailable?: Input<number | string>;
  readonly minAvailable?: Input<number | string>;
  readonly name?: Input<string>;
  readonly patch?: EnvoyProxyPatch;
}

export interface EnvoyProxyEnvoyService {
  readonly allocateLoadBalancerNodePorts?: Input<boolean>;
  readonly annotations?: Readonly<Record<string, Input<string>>>;
  readonly externalTrafficPolicy?: Input<"Local" | "Cluster">;
  readonly labels?: Readonly<Record<string, Input<string>>>;
  readonly loadBalancerClass?: Input<string>;
  readonly loadBalancerIP?: Input<string>;
  readonly loadBalancerSourceRanges?: readonly Input<string>[];
  readonly name?: Input<string>;
  readonly patch?: EnvoyProxyPatch;
  readonly type?: Input<"ClusterIP" | "LoadBalancer" | "NodePort">;
}

export interface EnvoyProxyEnvoyServiceAccount {
  readonly name?: Input<string>;
}

export interface EnvoyProxyKubernetes {
  readonly envoyDaemonSet?: EnvoyProxyEnvoyDaemonSet;
  readonly envoyDeployment?: EnvoyProxyEnvoyDeployment;
  readonly envoyHpa?: EnvoyProxyEnvoyHpa;
  readonly envoyPDB?: EnvoyProxyEnvoyPDB;
  readonly envoyService?: EnvoyProxyEnvoyService;
  readonly envoyServiceAccount?: EnvoyProxyEnvoyServiceAccount;
  readonly useListenerPortAsContainerPort?: Input<boolean>;
}

export interface EnvoyProxyProvider {
  readonly host?: EnvoyProxyHost;
  readonly kubernetes?: EnvoyProxyKubernetes;
  readonly type: Input<"Kubernetes" | "Host">;
}

export interface EnvoyProxyShutdown {
  readonly drainTimeout?: Input<string>;
  readonly minDrainDuration?: Input<string>;
}

export interface EnvoyProxyFormat {
  readonly json?: Readonly<Record<string, Input<string>>>;
  readonly text?: Input<string>;
  readonly type?: Input<"Text" | "JSON">;
}

export interface EnvoyProxyHttp {
  readonly requestHeaders?: readonly Input<string>[];
  readonly responseHeaders?: readonly Input<string>[];
  readonly responseTrailers?: readonly Input<string>[];
}

export interface EnvoyProxyAls {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly http?: EnvoyProxyHttp;
  readonly logName?: Input<string>;
  readonly type: Input<"HTTP" | "TCP">;
}

export interface EnvoyProxyFile {
  readonly path?: Input<string>;
}

export interface EnvoyProxyHeader {
  readonly name: Input<string>;
  readonly value: Input<string>;
}

export interface EnvoyProxySettingSinkOpenTelemetry {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly headers?: readonly EnvoyProxyHeader[];
  readonly host?: Input<string>;
  readonly port?: Input<number>;
  readonly resourceAttributes?: Readonly<Record<string, Input<string>>>;
  readonly resources?: Readonly<Record<string, Input<string>>>;
}

export interface EnvoyProxySettingSink {
  readonly als?: EnvoyProxyAls;
  readonly file?: EnvoyProxyFile;
  readonly openTelemetry?: EnvoyProxySettingSinkOpenTelemetry;
  readonly type?: Input<"ALS" | "File" | "OpenTelemetry">;
}

export interface EnvoyProxySetting {
  readonly format?: EnvoyProxyFormat;
  readonly matches?: readonly Input<string>[];
  readonly sinks: readonly EnvoyProxySettingSink[];
  readonly type?: Input<"Listener" | "Route" | "Upstream">;
}

export interface EnvoyProxyAccessLog {
  readonly disable?: Input<boolean>;
  readonly settings?: readonly EnvoyProxySetting[];
}

export interface EnvoyProxyMatch {
  readonly type?: Input<"Exact" | "Prefix" | "Suffix" | "RegularExpression">;
  readonly value: Input<string>;
}

export interface EnvoyProxyPrometheus {
  readonly compression?: Compression;
  readonly disable?: Input<boolean>;
}

export interface EnvoyProxyMetricsSinkOpenTelemetry {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly headers?: readonly EnvoyProxyHeader[];
  readonly host?: Input<string>;
  readonly port?: Input<number>;
  readonly reportCountersAsDeltas?: Input<boolean>;
  readonly reportHistogramsAsDeltas?: Input<boolean>;
  readonly resourceAttributes?: Readonly<Record<string, Input<string>>>;
}

export interface EnvoyProxyMetricsSink {
  readonly openTelemetry?: EnvoyProxyMetricsSinkOpenTelemetry;
  readonly type?: Input<"OpenTelemetry">;
}

export interface EnvoyProxyMetrics {
  readonly clusterStatName?: Input<string>;
  readonly enableGRPCStats?: Input<boolean>;
  readonly enablePerEndpointStats?: Input<boolean>;
  readonly enableRequestResponseSizesStats?: Input<boolean>;
  readonly enableVirtualHostStats?: Input<boolean>;
  readonly matches?: readonly EnvoyProxyMatch[];
  readonly prometheus?: EnvoyProxyPrometheus;
  readonly sinks?: readonly EnvoyProxyMetricsSink[];
}

export interface EnvoyProxyRequestID {
  readonly tracing?: Input<"PackAndSample" | "Sample" | "Pack" | "Disable">;
}

export interface EnvoyProxySamplingPercentage {
  readonly denominator?: Input<number>;
  readonly numerator: Input<number>;
}

export interface EnvoyProxySampler {
  readonly samplingPercentage?: EnvoyProxySamplingPercentage;
  readonly type?: Input<"AlwaysOn" | "AlwaysOff" | "TraceIdRatio" | "ParentBasedAlwaysOn" | "ParentBasedAlwaysOff" | "ParentBasedTraceIdRatio">;
}

export interface EnvoyProxyProviderOpenTelemetry {
  readonly headers?: readonly EnvoyProxyHeader[];
  readonly resourceAttributes?: Readonly<Record<string, Input<string>>>;
  readonly sampler?: EnvoyProxySampler;
}

export interface EnvoyProxyZipkin {
  readonly disableSharedSpanContext?: Input<boolean>;
  readonly enable128BitTraceId?: Input<boolean>;
}

export interface EnvoyProxyTracingProvider {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly host?: Input<string>;
  readonly openTelemetry?: EnvoyProxyProviderOpenTelemetry;
  readonly port?: Input<number>;
  readonly serviceName?: Input<string>;
  readonly type?: Input<"OpenTelemetry" | "Zipkin" | "Datadog">;
  readonly zipkin?: EnvoyProxyZipkin;
}

export interface EnvoyProxyTracing {
  readonly customTags?: Readonly<Record<string, CustomTags>>;
  readonly provider: EnvoyProxyTracingProvider;
  readonly samplingFraction?: SamplingFraction;
  readonly samplingRate?: Input<number>;
  readonly spanName?: SpanName;
  readonly tags?: Readonly<Record<string, Input<string>>>;
}

export interface EnvoyProxyTelemetry {
  readonly accessLog?: EnvoyProxyAccessLog;
  readonly metrics?: EnvoyProxyMetrics;
  readonly requestID?: EnvoyProxyRequestID;
  readonly tracing?: EnvoyProxyTracing;
}

export interface EnvoyProxySpec {
  readonly backendTLS?: EnvoyProxyBackendTLS;
  readonly bootstrap?: EnvoyProxyBootstrap;
  readonly concurrency?: Input<number>;
  readonly dynamicModules?: readonly EnvoyProxyDynamicModule[];
  readonly extraArgs?: readonly Input<string>[];
  readonly filterOrder?: readonly EnvoyProxyFilterOrder[];
  readonly geoIP?: EnvoyProxyGeoIP;
  readonly ipFamily?: Input<"IPv4" | "IPv6" | "DualStack">;
  readonly logging?: EnvoyProxyLogging;
  readonly luaValidation?: Input<"Strict" | "InsecureSyntax" | "Disabled">;
  readonly mergeGateways?: Input<boolean>;
  readonly mergeType?: Input<"Replace" | "StrategicMerge" | "JSONMerge">;
  readonly preserveRouteOrder?: Input<boolean>;
  readonly provider?: EnvoyProxyProvider;
  readonly routingType?: Input<string>;
  readonly shutdown?: EnvoyProxyShutdown;
  readonly telemetry?: EnvoyProxyTelemetry;
}

export interface SecurityPolicyCredentialRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface SecurityPolicyApiKeyAuthExtractFrom {
  readonly cookies?: readonly Input<string>[];
  readonly headers?: readonly Input<string>[];
  readonly params?: readonly Input<string>[];
}

export interface SecurityPolicyApiKeyAuth {
  readonly credentialRefs: readonly SecurityPolicyCredentialRef[];
  readonly extractFrom: readonly SecurityPolicyApiKeyAuthExtractFrom[];
  readonly forwardClientIDHeader?: Input<string>;
  readonly sanitize?: Input<boolean>;
}

export interface SecurityPolicyOperation {
  readonly methods: readonly Input<"GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "CONNECT" | "OPTIONS" | "TRACE" | "PATCH">[];
}

export interface SecurityPolicyAnonymous {
  readonly isAnonymous?: Input<boolean>;
  readonly isHosting?: Input<boolean>;
  readonly isProxy?: Input<boolean>;
  readonly isTor?: Input<boolean>;
  readonly isVPN?: Input<boolean>;
}

export interface SecurityPolicyClientIPGeoLocation {
  readonly anonymous?: SecurityPolicyAnonymous;
  readonly asn?: Input<number>;
  readonly city?: Input<string>;
  readonly country?: Input<string>;
  readonly isp?: Input<string>;
  readonly region?: Input<string>;
}

export interface SecurityPolicyPrincipalHeader {
  readonly name: Input<string>;
  readonly values: readonly Input<string>[];
}

export interface SecurityPolicyClaim {
  readonly name: Input<string>;
  readonly valueType?: Input<"String" | "StringArray">;
  readonly values: readonly Input<string>[];
}

export interface SecurityPolicyPrincipalJwt {
  readonly claims?: readonly SecurityPolicyClaim[];
  readonly provider: Input<string>;
  readonly scopes?: readonly Input<string>[];
}

export interface SecurityPolicyPrincipal {
  readonly clientCIDRs?: readonly Input<string>[];
  readonly clientIPGeoLocations?: readonly SecurityPolicyClientIPGeoLocation[];
  readonly headers?: readonly SecurityPolicyPrincipalHeader[];
  readonly jwt?: SecurityPolicyPrincipalJwt;
}

export interface SecurityPolicyRule {
  readonly action: Input<"Allow" | "Deny">;
  readonly name?: Input<string>;
  readonly operation?: SecurityPolicyOperation;
  readonly principal: SecurityPolicyPrincipal;
}

export interface SecurityPolicyAuthorization {
  readonly defaultAction?: Input<"Allow" | "Deny">;
  readonly rules?: readonly SecurityPolicyRule[];
}

export interface SecurityPolicyUsers {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface SecurityPolicyBasicAuth {
  readonly forwardUsernameHeader?: Input<string>;
  readonly users: SecurityPolicyUsers;
}

export interface SecurityPolicyCors {
  readonly allowCredentials?: Input<boolean>;
  readonly allowHeaders?: readonly Input<string>[];
  readonly allowMethods?: readonly Input<string>[];
  readonly allowOrigins?: readonly Input<string>[];
  readonly exposeHeaders?: readonly Input<string>[];
  readonly maxAge?: Input<string>;
}

export interface SecurityPolicyBodyToExtAuth {
  readonly maxRequestBytes: Input<number>;
}

export interface SecurityPolicyValueRef {
  readonly group: Input<string>;
  readonly key: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
}

export interface SecurityPolicyContextExtension {
  readonly name: Input<string>;
  readonly type?: Input<"Value" | "ValueRef">;
  readonly value?: Input<string>;
  readonly valueRef?: SecurityPolicyValueRef;
}

export interface SecurityPolicyGrpc {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
}

export interface SecurityPolicyHttp {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly headersToBackend?: readonly Input<string>[];
  readonly path?: Input<string>;
  readonly pathOverride?: Input<string>;
}

export interface SecurityPolicyExtAuth {
  readonly bodyToExtAuth?: SecurityPolicyBodyToExtAuth;
  readonly contextExtensions?: readonly SecurityPolicyContextExtension[];
  readonly failOpen?: Input<boolean>;
  readonly grpc?: SecurityPolicyGrpc;
  readonly headersToExtAuth?: readonly Input<string>[];
  readonly http?: SecurityPolicyHttp;
  readonly includeRouteMetadata?: Input<boolean>;
  readonly recomputeRoute?: Input<boolean>;
  readonly statusOnError?: Input<400 | 401 | 402 | 403 | 404 | 405 | 406 | 407 | 408 | 409 | 410 | 411 | 412 | 413 | 414 | 415 | 416 | 417 | 421 | 422 | 423 | 424 | 426 | 428 | 429 | 431 | 500 | 501 | 502 | 503 | 504 | 505 | 506 | 507 | 508 | 510 | 511>;
  readonly timeout?: Input<string>;
}

export interface SecurityPolicyClaimToHeader {
  readonly claim: Input<string>;
  readonly header: Input<string>;
}

export interface SecurityPolicyExtractFromHeader {
  readonly name: Input<string>;
  readonly valuePrefix?: Input<string>;
}

export interface SecurityPolicyProviderExtractFrom {
  readonly cookies?: readonly Input<string>[];
  readonly headers?: readonly SecurityPolicyExtractFromHeader[];
  readonly params?: readonly Input<string>[];
}

export interface SecurityPolicyLocalJWKS {
  readonly inline?: Input<string>;
  readonly type?: Input<"Inline" | "ValueRef">;
  readonly valueRef?: ValueRef;
}

export interface SecurityPolicyRemoteJWKS {
  readonly backendRef?: AIServiceBackendBackendRef;
  readonly backendRefs?: readonly ExtProcBackendRef[];
  readonly backendSettings?: BackendSettings;
  readonly cacheDuration?: Input<string>;
  readonly uri: Input<string>;
}

export interface SecurityPolicyProvider {
  readonly audiences?: readonly Input<string>[];
  readonly claimToHeaders?: readonly SecurityPolicyClaimToHeader[];
  readonly extractFrom?: SecurityPolicyProviderExtractFrom;
  readonly issuer?: Input<string>;
  readonly localJWKS?: SecurityPolicyLocalJWKS;
  readonly name: Input<string>;
  readonly recomputeRoute?: Input<boolean>;
  readonly remoteJWKS?: SecurityPolicyRemoteJWKS;
}

export interface SecurityPolicyJwt {
  readonly optional?: Input<boolean>;
  readonly providers: readonly SecurityPolicyProvider[];
}

export interface SecurityPolicySpec {
  readonly apiKeyAuth?: SecurityPolicyApiKeyAuth;
  readonly authorization?: SecurityPolicyAuthorization;
  readonly basicAuth?: SecurityPolicyBasicAuth;
  readonly cors?: SecurityPolicyCors;
  readonly extAuth?: SecurityPolicyExtAuth;
  readonly jwt?: SecurityPolicyJwt;
  readonly mergeType?: Input<string>;
  readonly oidc?: Oidc;
  readonly targetRef?: BackendTLSPolicyTargetRef;
  readonly targetRefs?: readonly BackendTLSPolicyTargetRef[];
  readonly targetSelectors?: readonly TargetSelector[];
}

export interface BackendTLSPolicySubjectAltName {
  readonly hostname?: Input<string>;
  readonly type: Input<"Hostname" | "URI">;
  readonly uri?: Input<string>;
}

export interface BackendTLSPolicyValidation {
  readonly caCertificateRefs?: readonly TlsCaCertificateRef[];
  readonly hostname: Input<string>;
  readonly subjectAltNames?: readonly BackendTLSPolicySubjectAltName[];
  readonly wellKnownCACertificates?: Input<string>;
}

export interface BackendTLSPolicySpec {
  readonly options?: Readonly<Record<string, Input<string>>>;
  readonly targetRefs: readonly BackendTLSPolicyTargetRef[];
  readonly validation: BackendTLSPolicyValidation;
}

export interface GatewayAddress {
  readonly type?: Input<string>;
  readonly value?: Input<string>;
}

export interface GatewayAllowedListenersNamespaces {
  readonly from?: Input<"All" | "Selector" | "Same" | "None">;
  readonly selector?: Selector;
}

export interface GatewayAllowedListeners {
  readonly namespaces?: GatewayAllowedListenersNamespaces;
}

export interface GatewayParametersRef {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
}

export interface GatewayInfrastructure {
  readonly annotations?: Readonly<Record<string, Input<string>>>;
  readonly labels?: Readonly<Record<string, Input<string>>>;
  readonly parametersRef?: GatewayParametersRef;
}

export interface GatewayKind {
  readonly group?: Input<string>;
  readonly kind: Input<string>;
}

export interface GatewayAllowedRoutesNamespaces {
  readonly from?: Input<"All" | "Selector" | "Same">;
  readonly selector?: Selector;
}

export interface GatewayAllowedRoutes {
  readonly kinds?: readonly GatewayKind[];
  readonly namespaces?: GatewayAllowedRoutesNamespaces;
}

export interface GatewayCertificateRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface GatewayListenerTls {
  readonly certificateRefs?: readonly GatewayCertificateRef[];
  readonly mode?: Input<"Terminate" | "Passthrough">;
  readonly options?: Readonly<Record<string, Input<string>>>;
}

export interface GatewayListener {
  readonly allowedRoutes?: GatewayAllowedRoutes;
  readonly hostname?: Input<string>;
  readonly name: Input<string>;
  readonly port: Input<number>;
  readonly protocol: Input<string>;
  readonly tls?: GatewayListenerTls;
}

export interface GatewayBackend {
  readonly clientCertificateRef?: ClientCertificateRef;
}

export interface GatewayCaCertificateRef {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface GatewayValidation {
  readonly caCertificateRefs: readonly GatewayCaCertificateRef[];
  readonly mode?: Input<"AllowValidOnly" | "AllowInsecureFallback">;
}

export interface GatewayDefault {
  readonly validation?: GatewayValidation;
}

export interface GatewayPerPortTls {
  readonly validation?: GatewayValidation;
}

export interface GatewayPerPort {
  readonly port: Input<number>;
  readonly tls: GatewayPerPortTls;
}

export interface GatewayFrontend {
  readonly default: GatewayDefault;
  readonly perPort?: readonly GatewayPerPort[];
}

export interface GatewayTls {
  readonly backend?: GatewayBackend;
  readonly frontend?: GatewayFrontend;
}

export interface GatewaySpec {
  readonly addresses?: readonly GatewayAddress[];
  readonly allowedListeners?: GatewayAllowedListeners;
  readonly defaultScope?: Input<"All" | "None">;
  readonly gatewayClassName: Input<string>;
  readonly infrastructure?: GatewayInfrastructure;
  readonly listeners: readonly GatewayListener[];
  readonly tls?: GatewayTls;
}

export interface GatewayClassParametersRef {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name: Input<string>;
  readonly namespace?: Input<string>;
}

export interface GatewayClassSpec {
  readonly controllerName: Input<string>;
  readonly description?: Input<string>;
  readonly parametersRef?: GatewayClassParametersRef;
}

export interface ReferenceGrantFrom {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly namespace: Input<string>;
}

export interface ReferenceGrantTo {
  readonly group: Input<string>;
  readonly kind: Input<string>;
  readonly name?: Input<string>;
}

export interface ReferenceGrantSpec {
  readonly from: readonly ReferenceGrantFrom[];
  readonly to: readonly ReferenceGrantTo[];
}

export interface InferencePoolPort {
  readonly number: Input<number>;
}

export interface InferencePoolEndpointPickerRef {
  readonly failureMode?: Input<"FailOpen" | "FailClose">;
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
  readonly port?: InferencePoolPort;
}

export interface InferencePoolSelector {
  readonly matchLabels: Readonly<Record<string, Input<string>>>;
}

export interface InferencePoolTargetPort {
  readonly number: Input<number>;
}

export interface InferencePoolSpec {
  readonly endpointPickerRef: InferencePoolEndpointPickerRef;
  readonly selector: InferencePoolSelector;
  readonly targetPorts: readonly InferencePoolTargetPort[];
}

export interface InferenceObjectivePoolRef {
  readonly group?: Input<string>;
  readonly kind?: Input<string>;
  readonly name: Input<string>;
}

export interface InferenceObjectiveSpec {
  readonly poolRef: InferenceObjectivePoolRef;
  readonly priority?: Input<number>;
}

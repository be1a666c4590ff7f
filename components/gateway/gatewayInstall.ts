import * as pulumi from "@pulumi/pulumi";
import { createInstallSecrets, createInstallSteps, sealSecrets } from "./createInstall";
import type { GatewayInstallArgs } from "./installArgs";
import { redisSecretName, redisUrl } from "./installRedis";
import { installSteps } from "./installSteps";
import { resolveGatewayInstall } from "./resolveInstall";

const nodesOf = new WeakMap<GatewayInstall, ReadonlyMap<string, pulumi.Resource>>();

/**
 * Installs what a `ModelGateway` needs in a cluster: cert-manager, the custom resource definitions, the AI Gateway
 * controller, Envoy Gateway and Redis, all at the versions of one release set and in an order that works.
 *
 * Let everything that uses it depend on it: objects of AI Gateway carry finalizers, and only a running controller
 * lets them go.
 *
 * The definitions stay in the cluster when the stack is destroyed. A provider that meets definitions which already
 * exist (kept from before, or installed by hand) needs `upsertExistingObjects: true`.
 *
 * @example
 * const install = new GatewayInstall("gateway", {}, { provider: cluster });
 * new ModelGateway("models", { models }, { provider: cluster, dependsOn: install });
 */
export class GatewayInstall extends pulumi.ComponentResource {
  /** The release set, "1.0" or "1.1". */
  readonly release: pulumi.Output<string>;
  /** The namespace of Envoy Gateway, where its proxies run. */
  readonly envoyGatewayNamespace: pulumi.Output<string>;
  /** The namespace of the AI Gateway controller. */
  readonly aiGatewayNamespace: pulumi.Output<string>;
  /** Address of Redis, without a password. Absent when there is none. */
  readonly redisUrl?: pulumi.Output<string>;
  /** Secret in Envoy Gateway's namespace that holds Redis' password under the key "password". Absent without one. */
  readonly redisSecretName?: pulumi.Output<string>;
  /** True once everything is installed. */
  readonly ready: pulumi.Output<boolean>;

  /** @throws DeclarationError with every problem of the declaration. */
  constructor(name: string, args: GatewayInstallArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    // Before super, which sends the arguments to the engine: a refused plain-text secret must not reach the state.
    const install = resolveGatewayInstall(name, args);
    super("ai-gateway:index:GatewayInstall", name, sealSecrets(args), opts);
    const secrets = createInstallSecrets(name, install, this);
    const nodes = createInstallSteps(name, installSteps(install, secrets), this);
    nodesOf.set(this, nodes);

    const url = redisUrl(install);
    this.release = pulumi.output<string>(install.release.set);
    this.envoyGatewayNamespace = pulumi.output(install.namespaces.envoyGateway.name);
    this.aiGatewayNamespace = pulumi.output(install.namespaces.aiGateway.name);
    this.ready = pulumi.all([...nodes.values()].map(({ urn }) => urn)).apply(() => true);
    if (url !== null) {
      this.redisUrl = pulumi.output(url);
    }
    if (secrets.redisPassword !== null) {
      this.redisSecretName = pulumi.output(redisSecretName);
    }
    this.registerOutputs({
      release: this.release,
      envoyGatewayNamespace: this.envoyGatewayNamespace,
      aiGatewayNamespace: this.aiGatewayNamespace,
      redisUrl: this.redisUrl,
      redisSecretName: this.redisSecretName,
      ready: this.ready,
    });
  }

  /** The resources inside, by key ("cert-manager", "ai-gateway", "envoy-gateway", ...), to depend on or to patch. */
  get nodes(): ReadonlyMap<string, pulumi.Resource> {
    return nodesOf.get(this) ?? new Map();
  }
}

import * as pulumi from "@pulumi/pulumi";
import type { ResolvedGateway } from "../gateway/resolveGateway";

const gatewayType = "kubernetes:gateway.networking.k8s.io/v1:Gateway";

/** A load balancer takes minutes to get its address. */
const patience = "15m";

/** What the state of a Gateway holds beside its arguments. */
interface GatewayState {
  readonly status?: pulumi.Output<GatewayStatus | undefined>;
}

interface GatewayStatus {
  readonly addresses?: readonly { readonly value?: string }[];
}

/**
 * Learns the address of the Gateway that a component below makes. Only the cluster knows it, some minutes after the
 * Gateway was made: its resource then counts as made when Envoy Gateway says "Programmed", and its status is read. (The
 * annotation is honoured by Pulumi's Kubernetes provider since 4.18, of 2024.)
 */
export class GatewayAddress {
  private gateway: pulumi.Resource | undefined;

  /** For the component that makes the Gateway. */
  readonly transformation: pulumi.ResourceTransformation = ({ type, resource, props, opts }) => {
    if (type !== gatewayType) {
      return undefined;
    }
    this.gateway = resource;
    return {
      props: withStatus(props),
      opts: pulumi.mergeOptions(opts as pulumi.CustomResourceOptions, {
        customTimeouts: { create: patience, update: patience },
      }),
    };
  };

  /** Host name or IP address; unknown in a preview before the Gateway is made. Read it after the component was made. */
  output(): pulumi.Output<string> {
    const { gateway } = this;
    const status = (gateway as GatewayState | undefined)?.status;
    if (gateway === undefined || status === undefined) {
      throw new Error("no Gateway was made yet");
    }
    return status.apply((known) => {
      const address = known?.addresses?.[0]?.value ?? "";
      if (address === "") {
        void pulumi.log.warn(
          "The Gateway has no address, so the outputs address and endpoint lack it. `kubectl describe gateway` says why; the next `pulumi up --refresh` reads it.",
          gateway,
        );
      }
      return address;
    });
  }
}

/** A member without a value becomes an output, and is no argument. */
function withStatus(props: pulumi.Inputs): pulumi.Inputs {
  const { metadata } = props as { metadata?: { annotations?: object } };
  const annotations = { ...metadata?.annotations, "pulumi.com/waitFor": "condition=Programmed" };
  return { ...props, metadata: { ...metadata, annotations }, status: undefined };
}

/** What clients put in front of `/v1`. */
export function endpointOf(
  { httpPort, https }: Pick<ResolvedGateway, "httpPort" | "https">,
  host: pulumi.Input<string>,
): pulumi.Output<string> {
  const isSecure = https !== undefined;
  const port = https?.port ?? httpPort ?? 80;
  const suffix = port === (isSecure ? 443 : 80) ? "" : `:${port}`;
  const scheme = isSecure ? "https" : "http";
  return pulumi.output(host).apply((known) => (known === "" ? "" : `${scheme}://${known}${suffix}`));
}

import type { Input } from "@pulumi/pulumi";
import type { ModelGatewayArgs } from "../models/modelGatewayArgs";
import { isPlainObject } from "../shared/plainObject";

/** The declaration of models with the cluster's name where their pods are to be let into a bucket and none is given. */
export function namedCluster(args: ModelGatewayArgs, clusterName: Input<string>): ModelGatewayArgs {
  // Callers without types may give anything; what is wrong is said by the checks.
  return isObject(args.models) ? { ...args, models: withName(args.models, clusterName) } : args;
}

function withName(
  models: ModelGatewayArgs["models"],
  clusterName: Input<string>,
): ModelGatewayArgs["models"] {
  const named = Object.entries(models).map(([key, model]) => {
    const vllm = isObject(model) ? model.vllm : undefined;
    const s3 = isObject(vllm) ? vllm.s3 : undefined;
    const podIdentity = isObject(s3) ? s3.podIdentity : undefined;
    return isObject(podIdentity) && isObject(s3) && isObject(vllm) && podIdentity.clusterName === undefined
      ? [key, { ...model, vllm: { ...vllm, s3: { ...s3, podIdentity: { ...podIdentity, clusterName } } } }]
      : [key, model];
  });
  return Object.fromEntries(named);
}

function isObject<T>(part: T | undefined): part is T {
  return isPlainObject(part);
}

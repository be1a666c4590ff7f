import { checkObjects } from "../shared/checkObjects";
import { managedLabels, type RenderedObject } from "../shared/manifest";
import { checkNamespace, objectName } from "../shared/names";
import { Problems } from "../shared/problems";
import { checkMembers } from "./checkMembers";
import { secretManifest } from "./modelManifests";
import { modelPools, type PoolShapes } from "./modelPools";
import { checkReleaseSet, modelScope } from "./modelScope";
import type { ResolvedVllm } from "./resolvedVllm";
import { resolveVllm } from "./resolveVllm";
import type { ServedModel } from "./servedModel";
import { serviceName } from "./serviceName";
import { vllmPort } from "./vllmFlags";
import { vllmObjects } from "./vllmManifests";
import { type VllmServingArgs, vllmServingMembers } from "./vllmServingArgs";

/** The pods of one model, with every check passed. */
export interface VllmServingPlan {
  readonly model: ServedModel;
  readonly vllm: ResolvedVllm;
  readonly objects: readonly RenderedObject[];
  readonly serviceName: string;
  /** Where the server's API is, from inside the cluster. */
  readonly url: string;
  /** What is allowed but worth a warning. */
  readonly warnings: readonly string[];
}

/**
 * Resolves, renders and checks the pods of one model. `given`: nodes of pools that the caller knows, besides those
 * that the declaration names.
 *
 * @throws DeclarationError with all problems at once.
 */
export function planVllmServing(
  name: string,
  args: VllmServingArgs,
  given: PoolShapes = {},
): VllmServingPlan {
  const problems = new Problems();
  checkMembers(args, problems, vllmServingMembers);
  problems.throwIfAny(name);
  const { namespace, release } = modelScope(args);
  checkNamespace("namespace", namespace, problems);
  checkReleaseSet(release, problems);
  const { servedName = name, createNamespace = false } = args;
  if (servedName.trim() === "") {
    problems.add("servedName", "is empty; name the model, or leave it out");
  }
  const known = modelPools("pools", args.pools ?? {}, given, problems);
  const warnings: string[] = [];
  const warn = (sentence: string) => {
    warnings.push(sentence);
  };
  const vllm = resolveVllm("vllm", name, args.vllm, { ...known, release, problems, warn });
  problems.throwIfAny(name);
  const model = { key: "", objectName: objectName(name), namespace, upstreamName: servedName };
  const objects = objectsOf(model, name, vllm, createNamespace);
  checkObjects(release, objects, problems);
  problems.throwIfAny(name);
  const service = serviceName(model.objectName);
  const url = `http://${service}.${namespace}.svc.cluster.local:${vllmPort}/v1`;
  return { model, vllm, objects, serviceName: service, url, warnings };
}

function objectsOf(
  model: ServedModel,
  name: string,
  vllm: ResolvedVllm,
  createNamespace: boolean,
): readonly RenderedObject[] {
  const { namespace } = model;
  const token = vllm.hfToken?.make;
  const ofAll = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: managedLabels } };
  return [
    ...(createNamespace ? [{ key: "", manifest: ofAll }] : []),
    ...(token === undefined ? [] : [{ key: "", manifest: secretManifest(token, namespace) }]),
    // The annotation says whose pods they are; the Pulumi names are the component's own.
    ...vllmObjects({ ...model, key: name }, vllm).map((object) => ({
      ...object,
      key: object.key.slice(name.length + 1),
    })),
  ];
}

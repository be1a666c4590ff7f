import { managedLabels } from "../shared/manifest";
import type { ResolvedModel } from "./resolved";

/** Annotation that says which declaration an object came from, since object names may be shortened. */
export const modelAnnotation = "pulumi-ai-gateway/model";

/** Metadata of an object that stands for one model. */
export function modelMetadata(model: Pick<ResolvedModel, "key" | "objectName" | "namespace">) {
  return {
    name: model.objectName,
    namespace: model.namespace,
    labels: managedLabels,
    annotations: { [modelAnnotation]: model.key },
  };
}

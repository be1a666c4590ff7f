import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { defaultReleaseSet } from "../../../../components/gateway/releases";
import { checkManifest, isKnownKind } from "../../../../components/shared/crds/checkManifest";
import { tables } from "../../../../components/shared/crds/generated/tables";
import type { Manifest } from "../../../../components/shared/manifest";
import { checkShape, type ShapeProblem, type ShapeTable } from "./checkShape";
import { ChildResource, RemoteComponent } from "./components";
import { builtInNamespaces, definitionGroups, kubernetesReplacedBy } from "./kubernetesTables";
import type { ObjectStore, StoredObject } from "./objectStore";
import type { Behaviour, Change } from "./provider";
import { at, isRecord, type Properties, plainProperties, textAt, withOutputs } from "./wire";

const releaseType = "kubernetes:helm.sh/v3:Release";
const definitionType = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const namespaceType = "kubernetes:core/v1:Namespace";

/** What the program sets on the provider itself. */
export interface KubernetesSettings {
  enableConfigMapMutable?: boolean;
  enableSecretMutable?: boolean;
  upsertExistingObjects?: boolean;
}

/** A cluster's API, as far as this package uses it. */
export class KubernetesBehaviour implements Behaviour {
  constructor(
    private readonly store: ObjectStore,
    private readonly shapes: ShapeTable,
    private readonly settings: KubernetesSettings,
  ) {}

  check(type: string, inputs: Properties): readonly ShapeProblem[] {
    if (this.shapes.types[type] !== undefined) {
      return checkShape(this.shapes, type, inputs);
    }
    const { apiVersion, kind } = inputs as unknown as Manifest;
    if (typeof apiVersion !== "string" || typeof kind !== "string") {
      return checkShape(this.shapes, type, inputs);
    }
    return isKnownKind(defaultReleaseSet, { apiVersion, kind })
      ? checkManifest(defaultReleaseSet, withOutputs(inputs) as Manifest)
      : [];
  }

  replacedBy(type: string) {
    if (type === releaseType) {
      return ["name", "namespace"];
    }
    const kind = kindOf(type);
    const mutable =
      (kind === "ConfigMap" && this.settings.enableConfigMapMutable) ||
      (kind === "Secret" && this.settings.enableSecretMutable);
    return ["metadata.name", "metadata.namespace", ...(mutable ? [] : (kubernetesReplacedBy[kind] ?? []))];
  }

  isNamed(_: string, inputs: Properties): boolean {
    return textAt(inputs, "metadata.name") !== "" || textAt(inputs, "name") !== "";
  }

  whyNotMake({ type, inputs }: Change): string | undefined {
    const namespace = textAt(inputs, "metadata.namespace") || textAt(inputs, "namespace");
    if (namespace !== "" && inputs["createNamespace"] !== true && !this.hasNamespace(namespace)) {
      return `namespaces "${namespace}" not found`;
    }
    if (isAwaited(inputs) && !this.store.all().some(({ type: other, urn }) => isController(other, urn))) {
      return "timed out waiting for the condition Programmed: no controller is there to meet it";
    }
    const [group = ""] = textAt(inputs, "apiVersion").split("/");
    const defined = definitionGroups.some(([, groups]) => groups.includes(group));
    const name = `${textAt(inputs, "kind")} ${group}`;
    return defined && !this.store.all().some((object) => definitionOf(object) === name)
      ? `no matches for kind "${kindOf(type)}" in group "${group}": its definition is not installed`
      : undefined;
  }

  /** A load balancer or a route that nobody takes down would stay, and keep the VPC. */
  whyNotDelete(object: StoredObject): string | undefined {
    if (!object.type.startsWith("kubernetes:gateway.networking.k8s.io/")) {
      return undefined;
    }
    const gone = this.store
      .journal()
      .filter(({ op, type, urn }) => op === "delete" && isController(type, urn));
    const isThere = this.store.all().some(({ type, urn }) => isController(type, urn));
    return gone.length > 0 && !isThere
      ? `the controller of ${object.id} is gone: nobody would take down what it made`
      : undefined;
  }

  changedByUpdate() {
    return [];
  }

  takesOver() {
    return this.settings.upsertExistingObjects === true;
  }

  idOf({ type, name, inputs }: Change): string {
    const own = textAt(inputs, "metadata.name") || textAt(inputs, "name") || name;
    const namespace = textAt(inputs, "metadata.namespace") || textAt(inputs, "namespace");
    return type === namespaceType || namespace === "" ? own : `${namespace}/${own}`;
  }

  outputsOf({ type, inputs, previous }: Change, id: string): Properties {
    if (type.endsWith("/v1:Gateway")) {
      return { status: { addresses: [{ type: "Hostname", value: `${hash(id)}.elb.amazonaws.com` }] } };
    }
    if (type !== releaseType) {
      return { status: { observedGeneration: revisionOf(previous, "status.observedGeneration") } };
    }
    return {
      resourceNames: {},
      status: {
        name: id.split("/").at(-1),
        namespace: textAt(inputs, "namespace") || "default",
        revision: revisionOf(previous, "status.revision"),
        status: "deployed",
        version: textAt(inputs, "version"),
      },
    };
  }

  construct = async (
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> => {
    const source = String(inputs["file"] ?? inputs["chart"]);
    const groups = definitionGroups.find(([pattern]) => pattern.test(source))?.[1];
    if (groups === undefined) {
      throw new Error(`${type}: nobody knows what "${source}" holds`);
    }
    const component = new RemoteComponent(type, name, options);
    const kinds = Object.entries(tables.kinds[defaultReleaseSet]).map(
      ([key, { scope }]) => [...key.split("/"), scope] as [string, string, string, string],
    );
    for (const [group, version, kind, scope] of kinds.filter(([each]) => groups.includes(each))) {
      const plural = pluralOf(kind);
      const spec = {
        group,
        scope,
        names: { kind, plural },
        versions: [{ name: version, served: true, storage: true }],
      };
      const metadata = { name: `${plural}.${group}` };
      new ChildResource(
        definitionType,
        `${name}:${plural}.${group}`,
        { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata, spec },
        { parent: component },
      );
    }
    return { urn: component.urn, state: { resources: [] } };
  };

  private hasNamespace(namespace: string): boolean {
    return (
      builtInNamespaces.includes(namespace) ||
      this.store.all().some(({ type, id, inputs }) => {
        const created = type === releaseType && inputs["createNamespace"] === true;
        return (type === namespaceType && id === namespace) || (created && inputs["namespace"] === namespace);
      })
    );
  }
}

const hash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);

const isAwaited = (inputs: Properties) =>
  isRecord(at(inputs, "metadata.annotations")) &&
  (at(inputs, "metadata.annotations") as Properties)["pulumi.com/waitFor"] === "condition=Programmed";

const kindOf = (type: string) => type.split(":").at(-1) ?? "";

const isController = (type: string, urn: string) => type === releaseType && urn.endsWith("-envoy-gateway");

/** As the API's own generator makes plurals: "gateways", "gatewayclasses", "securitypolicies". */
const pluralOf = (kind: string) =>
  `${kind.toLowerCase()}s`.replace(/sss$/, "sses").replace(/([^aeiou])ys$/, "$1ies");

/** "Kind group" of a definition. */
function definitionOf({ type, inputs }: StoredObject): string | undefined {
  if (type !== definitionType) {
    return undefined;
  }
  const spec = plainProperties(inputs);
  return `${textAt(spec, "spec.names.kind")} ${textAt(spec, "spec.group")}`;
}

function revisionOf(previous: StoredObject | undefined, path: string): number {
  return Number(at(plainProperties(previous?.outputs ?? {}), path) ?? 0) + 1;
}

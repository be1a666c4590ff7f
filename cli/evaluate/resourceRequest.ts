import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { AliasSpec, PlanResource, ResourceOptions } from "./evaluation";
import type { WireValue } from "./values";

/** The plan's view of a registration. */
export function planResource(
  urn: string,
  request: RegisterResourceRequest,
  inputs: Readonly<Record<string, WireValue>>,
): PlanResource {
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    ...present("parent", request.getParent()),
    dependencies: request.getDependenciesList().sort(),
    ...present("provider", providerUrn(request.getProvider())),
    inputs,
    options: requestOptions(request),
  };
}

/** A provider travels as `<urn>::<id>`. */
export function providerUrn(reference: string): string {
  return reference.slice(0, Math.max(0, reference.lastIndexOf("::")));
}

function requestOptions(request: RegisterResourceRequest): ResourceOptions {
  return {
    ...present("remote", request.getRemote()),
    ...present("protect", request.getProtect()),
    ...present("retainOnDelete", request.getRetainondelete()),
    ...present("deleteBeforeReplace", request.getDeletebeforereplace()),
    ...present("import", request.getImportid()),
    ...present("version", request.getVersion()),
    ...present("pluginDownloadURL", request.getPlugindownloadurl()),
    ...present("deletedWith", request.getDeletedwith()),
    ...present("ignoreChanges", request.getIgnorechangesList()),
    ...present("replaceOnChanges", request.getReplaceonchangesList()),
    ...present("replaceWith", request.getReplaceWithList()),
    ...present("additionalSecretOutputs", request.getAdditionalsecretoutputsList()),
    ...present("aliases", request.getAliasesList().map(alias)),
    ...present("customTimeouts", timeouts(request.getCustomtimeouts())),
  };
}

function alias(message: Alias): string | AliasSpec {
  const spec = message.getSpec();
  if (spec === undefined) {
    return message.getUrn();
  }
  return {
    ...present("name", spec.getName()),
    ...present("type", spec.getType()),
    ...present("stack", spec.getStack()),
    ...present("project", spec.getProject()),
    ...present("parent", spec.getParenturn()),
  };
}

function timeouts(message: RegisterResourceRequest.CustomTimeouts | undefined): Record<string, string> {
  if (message === undefined) {
    return {};
  }
  return {
    ...present("create", message.getCreate()),
    ...present("update", message.getUpdate()),
    ...present("delete", message.getDelete()),
    ...present("read", message.getRead()),
  };
}

/** The field, or nothing when the value is what the protocol sends for "not set". */
function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const absent =
    value === undefined ||
    value === "" ||
    value === false ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return absent ? {} : ({ [key]: value } as { [P in K]?: V });
}

import { AsyncLocalStorage } from "node:async_hooks";
import type * as pulumi from "@pulumi/pulumi";
import type { ShapeProblem } from "./checkShape";
import { failOnCue } from "./failures";
import type { ObjectStore, StoredObject } from "./objectStore";
import { at, changedPaths, isRecord, isUnknownText, type Properties, plainProperties } from "./wire";

/** A change as the provider is asked for it; properties are plain. */
export interface Change {
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
  readonly inputs: Properties;
  /** What is there already, of an update. */
  readonly previous?: StoredObject;
}

/** What one provider does in its own way. */
export interface Behaviour {
  /** What is wrong with inputs. */
  check(type: string, inputs: Properties): readonly ShapeProblem[];
  /** Members whose change makes a new object: a path, and all below it. */
  replacedBy(type: string): readonly string[];
  /** Whether another object of the same name must go first. */
  isNamed(type: string, inputs: Properties): boolean;
  /** Why an object cannot be made or changed now; undefined when it can. */
  whyNotMake(change: Change): string | undefined;
  /** Why an object cannot be deleted now; undefined when it can. */
  whyNotDelete(object: StoredObject): string | undefined;
  /** Outputs that a preview of an update cannot know. */
  changedByUpdate(type: string): readonly string[];
  /** Whether to create what exists already means to change it. */
  takesOver(): boolean;
  /** The id of a new object. */
  idOf(change: Change): string;
  /** What the provider answers beyond the inputs. */
  outputsOf(change: Change, id: string): Properties;
  readonly invoke?: (token: string, args: Properties) => Properties;
  readonly construct?: (
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ) => Promise<pulumi.provider.ConstructResult>;
}

/** A type and a name of a URN such as `urn:pulumi:dev::project::parent$aws:ec2/vpc:Vpc::dev`. */
export function typeAndName(urn: string): { type: string; name: string } {
  const [, , types = "", name = ""] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name };
}

/** Whether the engine only asks what would come of it. */
export const previewing = new AsyncLocalStorage<boolean>();

/** A provider that keeps its objects in a folder. */
export class StandInProvider implements pulumi.provider.Provider {
  /** Newer than any that an SDK asks for. */
  readonly version = "999.0.0";
  readonly invoke?: pulumi.provider.Provider["invoke"];
  readonly construct?: pulumi.provider.Provider["construct"];

  constructor(
    private readonly behaviour: Behaviour,
    private readonly store: ObjectStore,
    private readonly folder: string,
  ) {
    const { invoke, construct } = behaviour;
    if (invoke !== undefined) {
      this.invoke = async (token, args) => ({ outputs: invoke(token, plainProperties(args)) });
    }
    if (construct !== undefined) {
      this.construct = construct;
    }
  }

  async check(urn: string, _: unknown, news: Properties): Promise<pulumi.provider.CheckResult> {
    const { type } = typeAndName(urn);
    const problems = this.behaviour.check(type, plainProperties(news));
    return {
      inputs: news,
      failures: problems.map(({ path, reason }) => ({
        property: path,
        reason: path === "" ? reason : `${path} ${reason}`,
      })),
    };
  }

  async diff(id: string, urn: string, olds: Properties, news: Properties) {
    const { type } = typeAndName(urn);
    const before = plainProperties(this.store.get(type, id)?.inputs ?? olds);
    const after = plainProperties(news);
    const changed = changedPaths(before, after);
    const replaces = changed.filter((path) =>
      this.behaviour
        .replacedBy(type)
        .some((each) => covers(each, path) || isWhollyNew(each, path, before, after)),
    );
    return {
      changes: changed.length > 0,
      replaces,
      deleteBeforeReplace: replaces.length > 0 && this.behaviour.isNamed(type, after),
    };
  }

  async create(urn: string, inputs: Properties): Promise<pulumi.provider.CreateResult> {
    if (previewing.getStore()) {
      // What is not among the inputs counts as not known yet.
      return { id: "", outs: inputs };
    }
    const change: Change = { ...typeAndName(urn), inputs: plainProperties(inputs) };
    failOnCue(this.folder, "create", urn);
    refuse(this.behaviour.whyNotMake(change));
    const id = this.behaviour.idOf(change);
    if (this.store.get(change.type, id) !== undefined && !this.behaviour.takesOver()) {
      throw new Error(`${change.type} ${id} exists already`);
    }
    const outputs = { ...inputs, ...this.behaviour.outputsOf(change, id) };
    this.store.put("create", { id, type: change.type, urn, inputs, outputs });
    return { id, outs: outputs };
  }

  async read(id: string, urn: string, props: Properties): Promise<pulumi.provider.ReadResult> {
    failOnCue(this.folder, "read", urn);
    const found = this.store.get(typeAndName(urn).type, id);
    return found === undefined
      ? { id: "", props: props ?? {} }
      : { id, props: found.outputs, inputs: found.inputs };
  }

  async update(
    id: string,
    urn: string,
    _: unknown,
    inputs: Properties,
  ): Promise<pulumi.provider.UpdateResult> {
    const { type, name } = typeAndName(urn);
    const previous = this.store.get(type, id);
    if (previous === undefined) {
      throw new Error(`${type} ${id} does not exist`);
    }
    if (previewing.getStore()) {
      const computed = Object.entries(previous.outputs).filter(([key]) => previous.inputs[key] === undefined);
      const known = computed.filter(([key]) => !this.behaviour.changedByUpdate(type).includes(key));
      return { outs: { ...Object.fromEntries(known), ...inputs } };
    }
    const change: Change = { type, name, inputs: plainProperties(inputs), previous };
    failOnCue(this.folder, "update", urn);
    refuse(this.behaviour.whyNotMake(change));
    const outputs = { ...inputs, ...this.behaviour.outputsOf(change, id) };
    this.store.put("update", { id, type, urn, inputs, outputs });
    return { outs: outputs };
  }

  async delete(id: string, urn: string): Promise<void> {
    const { type } = typeAndName(urn);
    const found = this.store.get(type, id);
    failOnCue(this.folder, "delete", urn);
    if (found !== undefined) {
      refuse(this.behaviour.whyNotDelete(found));
      this.store.delete(found);
    }
  }
}

function refuse(reason: string | undefined): void {
  if (reason !== undefined) {
    throw new Error(reason);
  }
}

const covers = (path: string, changed: string) => changed === path || changed.startsWith(`${path}.`);

/** A member that came or went with all around it counts too: "spec" for "spec.selector". */
function isWhollyNew(path: string, changed: string, before: Properties, after: Properties): boolean {
  if (!path.startsWith(`${changed}.`)) {
    return false;
  }
  const [old, now] = [at(before, path), at(after, path)];
  return (
    isUnknownText(at(after, changed)) || (isRecord(before) && JSON.stringify(old) !== JSON.stringify(now))
  );
}

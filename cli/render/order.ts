import type { PlanResource } from "../evaluate/evaluation";

/**
 * The resources with every parent, dependency and provider before those that need it. Where that leaves a choice,
 * `compare` decides, so the result does not depend on the order of registration.
 */
export function inDependencyOrder(
  resources: readonly PlanResource[],
  compare: (a: PlanResource, b: PlanResource) => number,
): PlanResource[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const waitingFor = new Map<PlanResource, number>();
  const dependents = new Map<PlanResource, PlanResource[]>();
  const ready = new Heap(compare);
  for (const resource of resources) {
    const needed = neededBy(resource, byUrn);
    for (const other of needed) {
      const known = dependents.get(other);
      if (known === undefined) {
        dependents.set(other, [resource]);
      } else {
        known.push(resource);
      }
    }
    waitingFor.set(resource, needed.size);
    if (needed.size === 0) {
      ready.push(resource);
    }
  }
  const ordered: PlanResource[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    ordered.push(next);
    for (const dependent of dependents.get(next) ?? []) {
      const left = (waitingFor.get(dependent) ?? 0) - 1;
      waitingFor.set(dependent, left);
      if (left === 0) {
        ready.push(dependent);
      }
    }
  }
  return ordered;
}

/** Compares by code unit, the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function neededBy(resource: PlanResource, byUrn: ReadonlyMap<string, PlanResource>): Set<PlanResource> {
  const urns = [...resource.dependencies, resource.parent ?? "", resource.provider ?? ""];
  const found = urns.flatMap((urn) => byUrn.get(urn) ?? []);
  // A component may be among the dependencies of its own child through an output of the component.
  return new Set(found.filter((other) => other !== resource));
}

/** A binary heap: the smallest resource first. */
class Heap {
  private readonly items: PlanResource[] = [];

  constructor(private readonly compare: (a: PlanResource, b: PlanResource) => number) {}

  push(item: PlanResource): void {
    let at = this.items.length;
    this.items.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.items[up];
      if (parent === undefined || this.compare(parent, item) <= 0) {
        break;
      }
      this.items[at] = parent;
      at = up;
    }
    this.items[at] = item;
  }

  pop(): PlanResource | undefined {
    const top = this.items[0];
    const last = this.items.pop();
    if (last !== undefined && this.items.length > 0) {
      this.sink(last);
    }
    return top;
  }

  private sink(item: PlanResource): void {
    let at = 0;
    for (;;) {
      const left = this.items[2 * at + 1];
      const right = this.items[2 * at + 2];
      if (left === undefined) {
        break;
      }
      const rightIsSmaller = right !== undefined && this.compare(right, left) < 0;
      const child = rightIsSmaller ? right : left;
      if (this.compare(item, child) <= 0) {
        break;
      }
      this.items[at] = child;
      at = rightIsSmaller ? 2 * at + 2 : 2 * at + 1;
    }
    this.items[at] = item;
  }
}

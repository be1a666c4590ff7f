import type { ReleaseSet } from "../gateway/releases";
import { checkManifest } from "./crds/checkManifest";
import type { RenderedObject } from "./manifest";
import type { Problems } from "./problems";
import { referenceOf } from "./references";

/**
 * Last look before anything is created: no two objects in one place or under one Pulumi name, and nothing that
 * the schema of the release set refuses or would drop.
 */
export function checkObjects(
  release: ReleaseSet,
  objects: readonly RenderedObject[],
  problems: Problems,
): void {
  const places = new Map<string, RenderedObject>();
  const names = new Map<string, RenderedObject>();
  for (const object of objects) {
    const { key, manifest } = object;
    const place = referenceOf(manifest);
    const other = places.get(place) ?? names.get(`${manifest.kind}/${key}`);
    if (other !== undefined) {
      problems.add(place, `would be made for "${key}" and for "${other.key}" alike; rename one of them`);
    }
    places.set(place, object);
    names.set(`${manifest.kind}/${key}`, object);
    for (const { path, reason } of checkManifest(release, manifest)) {
      problems.add(`${place} ${path}`, reason);
    }
  }
}

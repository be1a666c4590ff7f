import { defaultReleaseSet, ReleaseSet } from "../gateway/releases";
import type { Problems } from "../shared/problems";

/** Where the objects of models stand, and the release set that they are made for. */
export interface ModelScope {
  readonly namespace: string;
  readonly release: ReleaseSet;
}

/** The defaults of a ModelGateway and of a VllmServing, which have to find each other's objects. */
export function modelScope({
  namespace = "ai-gateway",
  release = defaultReleaseSet,
}: Partial<ModelScope>): ModelScope {
  return { namespace, release };
}

/** Reports a release set that there is not. */
export function checkReleaseSet(release: ReleaseSet, problems: Problems): void {
  if (!Object.values(ReleaseSet).includes(release)) {
    problems.add(
      "release",
      `"${release}" is not a release set; use ${Object.values(ReleaseSet).join(" or ")}`,
    );
  }
}

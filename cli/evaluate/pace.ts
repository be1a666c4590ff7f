import type { Sdk } from "./sdk";

/** Registrations that start in one turn of the event loop. */
const perTurn = 200;

/**
 * Lets registrations start in groups, one group per turn of the event loop; returns what undoes it.
 *
 * A program makes all of its resources at once, and the SDK would carry them through every step side by side: all
 * requests, copies and answers of thousands of resources would be in memory at the same time. A group is released
 * by time, not by the end of the one before, so resources that wait for others cannot block them.
 */
export function paceRegistrations(sdk: Sdk): () => void {
  const { dependsOn } = sdk;
  // The first step of every registration.
  const { gatherExplicitDependencies } = dependsOn;
  const waiting: (() => void)[] = [];
  let started = 0;
  const release = () => {
    started = 0;
    for (const start of waiting.splice(0, perTurn)) {
      start();
      started += 1;
    }
    if (started > 0) {
      setImmediate(release);
    }
  };
  dependsOn.gatherExplicitDependencies = (dependencies) => {
    if (started === 0) {
      setImmediate(release);
    }
    if (started < perTurn) {
      started += 1;
      return gatherExplicitDependencies(dependencies);
    }
    return new Promise<void>((resolve) => {
      waiting.push(resolve);
    }).then(() => gatherExplicitDependencies(dependencies));
  };
  return () => {
    dependsOn.gatherExplicitDependencies = gatherExplicitDependencies;
  };
}

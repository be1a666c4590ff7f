import { describe, expect, it } from "vitest";
import {
  defaultReleaseSet,
  imageName,
  localReleaseSet,
  packageVersion,
  ReleaseSet,
  releaseSets,
} from "../../components/gateway/releases";
import packageJson from "../../package.json";

describe("releaseSets", () => {
  it("holds one release for each set, under its own name", () => {
    expect(Object.keys(releaseSets).sort()).toEqual(Object.values(ReleaseSet).sort());
    for (const set of Object.values(ReleaseSet)) {
      expect(releaseSets[set].set).toBe(set);
    }
  });

  it.each([
    ["1.0", "v1.0.0"],
    ["1.1", "v1.1.0"],
  ] as const)("pins set %s to AI Gateway %s and the versions that it supports", (set, aiGateway) => {
    const release = releaseSets[set];
    expect(release.aiGateway.version).toBe(aiGateway);
    expect(release.aiGateway.chart.version).toBe(aiGateway);
    expect(release.aiGateway.crdChart.version).toBe(aiGateway);
    expect(release.envoyGateway.version).toBe("v1.8.1");
    expect(release.envoyGateway.chart.version).toBe("v1.8.1");
    expect(release.envoyGateway.crdChart.version).toBe("v1.8.1");
    expect(release.envoy.version).toBe("v1.38.1");
    expect(release.gatewayApi.version).toBe("v1.5.1");
    expect(release.inferenceExtension.version).toBe("v1.0.2");
    expect(release.gatewayApi.crdBundle).toContain("/v1.5.1/experimental-install.yaml");
    expect(release.inferenceExtension.crdBundle).toContain("/v1.0.2/manifests.yaml");
  });

  it("differs between the sets in AI Gateway only", () => {
    const { aiGateway: _old, set: _oldSet, ...old } = releaseSets["1.0"];
    const { aiGateway: _new, set: _newSet, ...now } = releaseSets["1.1"];
    expect(now).toEqual(old);
  });

  it("gives clusters 1.1 and the local gateway 1.0", () => {
    expect(defaultReleaseSet).toBe("1.1");
    expect(localReleaseSet).toBe("1.0");
  });

  it("tags the processor with the package's own version", () => {
    expect(packageVersion).toBe(packageJson.version);
  });

  it("names no image of the processor, since nobody publishes one", () => {
    expect(Object.keys(releaseSets["1.1"])).not.toContain("processor");
  });

  it("cannot be changed by a program that imports it", () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(releaseSets)).toBe(true);
  });

  it("names every image by a tag and invents no digest", () => {
    const { vllm, envoy, redis, quotaRateLimit } = releaseSets["1.1"];
    for (const image of [vllm.cuda, vllm.rocm, envoy.image, redis, quotaRateLimit]) {
      expect(image.tag).toMatch(/\d/);
      expect(image.digest).toBeUndefined();
    }
  });
});

describe("imageName", () => {
  it("appends a digest where one is known", () => {
    expect(imageName({ repository: "a/b", tag: "v1" })).toBe("a/b:v1");
    expect(imageName({ repository: "a/b", tag: "v1", digest: "sha256:00" })).toBe("a/b:v1@sha256:00");
  });
});

import { describe, expect, it } from "vitest";
import { sizeModel } from "../../../../components/models/sizing";
import { SizingIssue } from "../../../../components/models/sizingArgs";
import {
  type PublishedStart,
  publishedFailures,
  publishedSuccesses,
  publishedTokens,
  recipeMinimums,
  shape,
} from "./publishedFigures";
import { node } from "./shapes";

function title({ model, node: on, options, source }: PublishedStart): string {
  const { tensorParallel = 1, pipelineParallel = 1, gpuMemoryUtilization = 0.92 } = options;
  const split = `TP ${tensorParallel}, PP ${pipelineParallel}, ${gpuMemoryUtilization}`;
  return `${model.name} on ${on.gpu} (${split}; ${source})`;
}

describe("the tokens that vLLM logged at start", () => {
  it.each(publishedTokens.map((each) => [title(each), each] as const))("%s", (_, published) => {
    const { model, node: on, options, tokens, miss } = published;
    const { kvTokens } = sizeModel(model, on, options);
    const percent = (100 * Math.abs(kvTokens - tokens)) / tokens;
    expect(percent).toBeLessThan(miss?.percent ?? 10);
    // A miss that is none any longer has to leave the table.
    expect(percent).toBeGreaterThan(miss === undefined ? -1 : 10);
  });

  it("are met on the average, not only one by one", () => {
    const errors = publishedTokens
      .filter(({ miss }) => miss === undefined)
      .map(({ model, node: on, options, tokens }) => sizeModel(model, on, options).kvTokens / tokens - 1);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(errors.length).toBeGreaterThanOrEqual(12);
    expect(Math.abs(mean)).toBeLessThan(0.03);
  });
});

describe("what did not fit", () => {
  it.each(publishedFailures.map((each) => [title(each), each] as const))(
    "%s",
    (_, { model, node: on, options }) => {
      const { problems } = sizeModel(model, on, options);
      expect(problems).toHaveLength(1);
      expect([SizingIssue.Weights, SizingIssue.KvCache]).toContain(problems[0]?.what);
    },
  );
});

describe("what did fit", () => {
  it.each(publishedSuccesses.map((each) => [title(each), each] as const))(
    "%s",
    (_, { model, node: on, options }) => {
      expect(sizeModel(model, on, options).problems).toEqual([]);
    },
  );
});

describe("the least memory by vLLM's recipes", () => {
  // One large GPU stands for all GPUs together. Models of 20 GB and less have more beside their weights.
  const endless = node({ gpu: "B300", computeCapability: 10.3, gpuMemoryMiB: 4_000_000 });

  it.each(recipeMinimums)("%s: %i GB", (name, minimum) => {
    const { weightBytesPerGpu, overheadBytesPerGpu, kvBytesPerTokenPerGpu } = sizeModel(
      shape(name),
      endless,
      {
        tensorParallel: 1,
        maxSequences: 256,
        maxBatchedTokens: 2_048,
      },
    );
    const needed = (weightBytesPerGpu + overheadBytesPerGpu + 4_096 * kvBytesPerTokenPerGpu) / 0.92 / 1e9;
    expect(needed / minimum).toBeGreaterThan(0.85);
    expect(needed / minimum).toBeLessThan(minimum < 25 ? 1.15 : 1.05);
  });
});

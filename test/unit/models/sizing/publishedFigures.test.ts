import { describe, expect, it } from "vitest";
import { acceleratorNamed } from "../../../../components/cluster/accelerators";
import { modelNamed } from "../../../../components/models/modelCatalogue";
import { sizeModel } from "../../../../components/models/sizing";
import { SizingIssue } from "../../../../components/models/sizingArgs";
import { fitInstances } from "../../../../tools/generate/modelsFit";
import {
  failuresOfCalibration,
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
  it.each([...publishedFailures, ...failuresOfCalibration].map((each) => [title(each), each] as const))(
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

describe("cells of docs/models-fit.md with a published figure", () => {
  /** The cells whose model and instance type are in the table as they are, each once. */
  function cells(starts: readonly PublishedStart[]): Set<string> {
    const inTable = starts.filter(
      ({ model, node: on }) =>
        fitInstances.includes(on.name) &&
        JSON.stringify(acceleratorNamed(on.name)) === JSON.stringify(on) &&
        JSON.stringify(modelNamed(model.name)) === JSON.stringify(model),
    );
    return new Set(inTable.map(({ model, node: on }) => `${model.name} on ${on.name}`));
  }

  // A start on some of the GPUs says nothing of the node.
  const wholeNode = publishedFailures.filter(({ node: on, options }) => options.tensorParallel === on.gpus);
  const refused = cells(wholeNode);
  const counted = cells(publishedTokens.filter(({ miss }) => miss === undefined));

  it("are eight and more, three of them refused", () => {
    expect(refused.size).toBeGreaterThanOrEqual(3);
    expect(counted.size).toBeGreaterThanOrEqual(5);
    expect(new Set([...refused, ...counted, ...cells(publishedSuccesses)]).size).toBeGreaterThanOrEqual(8);
  });

  it("have a link that the constants do not come from", () => {
    for (const { source } of [...publishedTokens, ...publishedFailures, ...publishedSuccesses]) {
      expect(source).toMatch(/^https:\/\//);
      expect(source).not.toMatch(/\/llm-d|qianli-hu/);
    }
  });
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

import { resolve } from "node:path";
import type { AcceleratorShape } from "../../components/cluster/acceleratorShape";
import { accelerators, instancePrices } from "../../components/cluster/accelerators";
import { modelCatalogue } from "../../components/models/modelCatalogue";
import type { ModelShape } from "../../components/models/modelShape";
import { sizeModel } from "../../components/models/sizing";
import type { SizingIssue } from "../../components/models/sizingArgs";

/** The document that is made here. */
export const modelsFitFile = resolve(__dirname, "../../docs/models-fit.md");

/** One instance type for each GPU and number of GPUs, the cheapest of them. */
export const fitInstances: readonly string[] = [
  "g4dn.xlarge",
  "g4dn.12xlarge",
  "g5.xlarge",
  "g5.12xlarge",
  "g5.48xlarge",
  "g6.xlarge",
  "g6.12xlarge",
  "g6.48xlarge",
  "g6e.xlarge",
  "g6e.12xlarge",
  "g6e.48xlarge",
  "g7e.2xlarge",
  "g7e.12xlarge",
  "g7e.24xlarge",
  "p4d.24xlarge",
  "p4de.24xlarge",
  "p5.4xlarge",
  "p5.48xlarge",
  "p5en.48xlarge",
  "p6-b200.48xlarge",
];

/** Tokens of the requests that are counted; a model with less context is counted with its own. */
export const fitTokens = 8_192;

const letters: Readonly<Record<SizingIssue, string>> = {
  gpu: "g",
  weightFormat: "f",
  kvCacheFormat: "f",
  tensorParallel: "s",
  pipelineParallel: "s",
  contextLength: "c",
  weights: "w",
  kvCache: "k",
  option: "o",
};

/** The table of models and instance types as Markdown. Throws when an instance type is not in the catalogue. */
export function modelsFit(): string {
  const nodes = fitInstances.map(instanceNamed);
  const generating = modelCatalogue.filter(({ task }) => task === "generate");
  const others = modelCatalogue.filter(({ task }) => task !== "generate");
  return [
    "<!-- Made by `npm run generate` from the catalogues and the sizing in components/. Do not edit. -->",
    "# Which model fits where",
    "",
    introduction(nodes),
    "## Models that generate text",
    "",
    ...table(generating, nodes),
    "",
    "## Embeddings and scores",
    "",
    ...table(others, nodes),
    "",
  ].join("\n");
}

function instanceNamed(name: string): AcceleratorShape {
  const found = accelerators.find((each) => each.name === name);
  if (found === undefined) {
    throw new Error(`${name} is not in the table of instance types`);
  }
  return found;
}

function introduction(nodes: readonly AcceleratorShape[]): string {
  const { region, date } = instancePrices;
  return `${modelCatalogue.length} models on ${nodes.length} instance types, one node each, as vLLM runs them by itself: 92 % of
each GPU, a KV cache in 16 bits, no adapters. [Sizing](sizing.md) says how the numbers are found, how far off they may
be, and against which published figures they are checked.

A cell reads **TP · context · requests**: the fewest GPUs that share every layer (tensor parallelism), the longest
context when there is one request, and how many requests of ${fitTokens.toLocaleString("en")} tokens (or of the model's own
context, where that is shorter) run at the same time. Fewer GPUs than the node has are used where they are enough; more
of them, or the rest for other replicas, give more. The price under each instance type is USD per hour on demand,
${region}, ${date}; it is the price of every cell of the column.

| Sign | Meaning |
| --- | --- |
| w | does not fit: the weights leave no room |
| k | does not fit: the weights do, the KV cache of one request does not |
| f | the GPU cannot compute with the format of the weights |
| s | the model cannot be split over the GPUs of the node |
| h | fits with \`--dtype half\`, since the GPU has no bf16 |
| * | some number of the model, the GPU or the price was not seen at its source |
`;
}

function table(models: readonly ModelShape[], nodes: readonly AcceleratorShape[]): readonly string[] {
  const head = nodes.map((node) => {
    const mark = node.verified ? "" : " *";
    return `${node.name}${mark}<br>${node.gpus} ${node.gpu}<br>${price(node)}`;
  });
  return [
    `| Model | GiB | ${head.join(" | ")} |`,
    `| --- | ---: | ${nodes.map(() => "---").join(" | ")} |`,
    ...models.map((model) => {
      const cells = nodes.map((node) => cell(model, node));
      return `| ${model.name}${model.verified ? "" : " *"} | ${weights(model, nodes)} | ${cells.join(" | ")} |`;
    }),
  ];
}

function price({ usdPerHour }: AcceleratorShape): string {
  return usdPerHour === undefined ? "no hourly price" : usdPerHour.toFixed(3);
}

/** All weights in GiB, from a sizing on one GPU. */
function weights(model: ModelShape, [any]: readonly AcceleratorShape[]): string {
  const bytes = any === undefined ? 0 : sizeModel(model, any, { tensorParallel: 1 }).weightBytesPerGpu;
  return (bytes / 2 ** 30).toFixed(1);
}

function cell(model: ModelShape, node: AcceleratorShape): string {
  const half = (node.computeCapability ?? 0) < 8;
  const contextLength = Math.min(fitTokens, model.contextTokens);
  const sizing = sizeModel(model, node, { contextLength, half });
  const [problem] = sizing.problems;
  if (problem !== undefined) {
    return letters[problem.what];
  }
  const mark = half && model.weights === "bf16" ? " h" : "";
  const context = sizing.maxContext.toLocaleString("en");
  return `${sizing.tensorParallel} · ${context} · ${requests(sizing.concurrency)}${mark}`;
}

function requests(count: number): string {
  return count < 10 ? (Math.floor(count * 10) / 10).toFixed(1) : String(Math.floor(count));
}

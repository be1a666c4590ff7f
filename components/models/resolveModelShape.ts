import { checkNumber, checkNumbers } from "../shared/numberRules";
import type { Problems } from "../shared/problems";
import {
  type ConfigShape,
  type NeededMember,
  neededMembers,
  readHuggingFaceConfig,
} from "./huggingFaceConfig";
import { modelNamed, nearestModel } from "./modelCatalogue";
import { type AttentionLayers, type ModelShape, WeightFormat } from "./modelShape";
import {
  type AttentionArgs,
  attentionNumbers,
  type ModelShapeArgs,
  ModelTask,
  modelShapeNumbers,
} from "./modelShapeArgs";

/**
 * The size of a model: from the user's numbers, else from the `config.json`, else from the catalogue. `undefined`,
 * with problems, when numbers are wrong or missing. `path`: where `args` stands, or would stand; `config`: what
 * `args.configFile` holds, parsed, or `undefined` when there is none.
 */
export function resolveModelShape(
  path: string,
  name: string,
  args: ModelShapeArgs | undefined,
  config: unknown,
  problems: Problems,
): ModelShape | undefined {
  const known = modelNamed(name);
  if (args === undefined && config === undefined) {
    if (known === undefined) {
      const near = nearestModel(name);
      const first = near === undefined ? "" : `did you mean "${near}"? If not, `;
      problems.add(
        path,
        `"${name}" is not in the catalogue of models; ${first}give its numbers here, or the path of its config.json as configFile`,
      );
    }
    return known;
  }
  const before = problems.count;
  const given = args ?? {};
  checkGiven(path, given, problems);
  const reading = config === undefined ? undefined : readHuggingFaceConfig(config);
  // A file describes the repository as it is; only what no file says is taken from the catalogue then.
  const base = <Member extends keyof ConfigShape>(member: Member) =>
    reading?.shape[member] ?? known?.[member];
  const needed: Pick<ConfigShape, NeededMember> = {
    parametersB: given.parametersB ?? base("parametersB"),
    attention:
      given.attention === undefined
        ? base("attention")
        : attentionLayers(`${path}.attention`, given.attention, problems),
    heads: given.heads ?? base("heads"),
    hiddenSize: given.hiddenSize ?? base("hiddenSize"),
    contextTokens: given.contextTokens ?? base("contextTokens"),
    weights: given.weights ?? base("weights"),
  };
  for (const member of neededMembers) {
    if (needed[member] === undefined) {
      const reason =
        reading === undefined
          ? `is missing, and "${name}" is not in the catalogue of models`
          : `cannot be told from config.json: ${reading.reasons[member]}`;
      problems.add(`${path}.${member}`, `${reason}; give ${nouns[member]}`);
    }
  }
  const { parametersB, attention, hiddenSize, contextTokens, weights } = needed;
  if (
    problems.count > before ||
    parametersB === undefined ||
    attention === undefined ||
    hiddenSize === undefined ||
    contextTokens === undefined ||
    weights === undefined
  ) {
    return undefined;
  }
  const expertSize = given.expertSize ?? base("expertSize");
  // Other parameters than the base's are all active, unless there are experts.
  const isOtherSize = given.parametersB !== undefined && expertSize === undefined;
  return {
    name,
    parametersB,
    activeParametersB:
      given.activeParametersB ?? (isOtherSize ? parametersB : (base("activeParametersB") ?? parametersB)),
    attention,
    heads: needed.heads,
    hiddenSize,
    expertSize,
    contextTokens,
    weights,
    weightBytes: given.weightBytes ?? weightBytes(given, reading?.shape ?? known),
    task: given.task ?? base("task") ?? "generate",
    licence: given.licence ?? known?.licence ?? "not stated",
    gated: given.gated ?? known?.gated ?? false,
    toolParser: given.toolParser ?? known?.toolParser,
    reasoningParser: given.reasoningParser ?? known?.reasoningParser,
    remoteCode: given.remoteCode ?? base("remoteCode") ?? false,
    rocmNote: known?.rocmNote,
    // What the user writes down or has as a file, the user has seen.
    verified: reading !== undefined || (known?.verified ?? true),
  };
}

const nouns: Readonly<Record<NeededMember, string>> = {
  parametersB: modelShapeNumbers.parametersB.noun,
  attention: "the layers by kind, for example { full: { layers: 32, kvHeads: 8, headSize: 128 } }",
  heads: modelShapeNumbers.heads.noun,
  hiddenSize: modelShapeNumbers.hiddenSize.noun,
  contextTokens: modelShapeNumbers.contextTokens.noun,
  weights: `one of ${Object.values(WeightFormat).join(", ")}`,
};

/** Bytes that belong to the number of parameters and the format in use, and to no other ones. */
function weightBytes(
  given: ModelShapeArgs,
  base: { readonly weightBytes?: number | undefined } | undefined,
): number | undefined {
  return given.parametersB === undefined && given.weights === undefined ? base?.weightBytes : undefined;
}

function checkGiven(path: string, given: ModelShapeArgs, problems: Problems): void {
  checkNumbers(path, given, modelShapeNumbers, problems);
  const { parametersB, activeParametersB, weights, task } = given;
  if (parametersB !== undefined && activeParametersB !== undefined && activeParametersB > parametersB) {
    problems.add(
      `${path}.activeParametersB`,
      `${activeParametersB} is more than the ${parametersB} billion parameters there are; make it at most that`,
    );
  }
  if (weights !== undefined && !Object.values(WeightFormat).includes(weights)) {
    problems.add(`${path}.weights`, `${JSON.stringify(weights)} is not known; use ${nouns.weights}`);
  }
  if (task !== undefined && !Object.values(ModelTask).includes(task)) {
    problems.add(
      `${path}.task`,
      `${JSON.stringify(task)} is not known; use one of ${Object.values(ModelTask).join(", ")}`,
    );
  }
}

const attentionMembers: Readonly<Record<string, readonly string[]>> = {
  full: ["layers", "kvHeads", "headSize"],
  sliding: ["layers", "kvHeads", "headSize", "window"],
  latent: ["layers", "width"],
  state: ["layers", "bytesPerSequence"],
};

function attentionLayers(
  path: string,
  { full, sliding, latent, state }: AttentionArgs,
  problems: Problems,
): readonly AttentionLayers[] {
  for (const [kind, args] of Object.entries({ full, sliding, latent, state })) {
    const members = attentionMembers[kind] ?? [];
    for (const [member, rule] of Object.entries(attentionNumbers)) {
      if (args !== undefined && members.includes(member)) {
        checkNumber(
          `${path}.${kind}.${member}`,
          Object.entries(args).find(([key]) => key === member)?.[1],
          rule,
          problems,
        );
      }
    }
  }
  return [
    ...(full === undefined ? [] : [{ ...full, kind: "full" } as const]),
    ...(sliding === undefined ? [] : [{ ...sliding, kind: "sliding" } as const]),
    ...(latent === undefined ? [] : [{ ...latent, kind: "latent" } as const]),
    ...(state === undefined ? [] : [{ ...state, kind: "state" } as const]),
  ];
}

import { at, type Problems } from "../shared/problems";
import { publicMembers } from "./checkTogether";
import type { ModelArgs } from "./modelArgs";

/** Models with their adapters among them, each a model by its own public name. */
export interface ExpandedModels {
  readonly models: Readonly<Record<string, ModelArgs>>;
  /** The model whose pods serve an adapter, by the adapter's name. */
  readonly baseOf: ReadonlyMap<string, string>;
}

/**
 * Makes a model of every adapter: of the same namespace, limits, price and policies as the model whose pods serve it.
 * Everything that names models may then name adapters: aliases, budgets, teams.
 */
export function expandLoras(
  declared: Readonly<Record<string, ModelArgs>>,
  problems: Problems,
): ExpandedModels {
  const baseOf = new Map<string, string>();
  const models: Record<string, ModelArgs> = {};
  for (const [key, model] of Object.entries(declared)) {
    models[key] = model;
    for (const [name, lora] of Object.entries(model.vllm?.loras ?? {})) {
      const path = at(`${at("models", key)}.vllm.loras`, name);
      const other = Object.hasOwn(declared, name) ? name : baseOf.get(name);
      if (other !== undefined) {
        const taken = other === name ? "a model has this name" : `"${other}" has an adapter of this name`;
        problems.add(path, `${taken} already, and clients call both by it; rename one`);
      } else {
        baseOf.set(name, key);
        models[name] = adapterModel(name, model, lora.public ?? true);
      }
    }
  }
  return baseOf.size === 0 ? { models: declared, baseOf } : { models, baseOf };
}

function adapterModel(name: string, base: ModelArgs, isPublic: boolean): ModelArgs {
  // What is left out stands for the base alone: its name, its clients' name and its fallback.
  const { fallback: _fallback, upstreamName: _upstreamName, createdAt: _createdAt, vllm, ...shared } = base;
  const { loras: _loras, loraSlots: _loraSlots, ...own } = vllm ?? { source: "" };
  const inherited = Object.entries(shared).filter(
    ([member]) => isPublic || !publicMembers.some((each) => each === member),
  );
  return { ...Object.fromEntries(inherited), public: isPublic, upstreamName: name, vllm: own };
}

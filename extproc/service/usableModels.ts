import { answersOn, modelList, modelListDialect } from "../answers/modelList";
import { refuseUnknownPath } from "../answers/refusals";
import type { RuleSubject } from "../policy/accessRules";
import type { ModelPolicy, Policy } from "../policy/policy";
import { dialectOf, endpointOf } from "../usage/endpoint";
import type { HeaderReader, ProcessingResponse } from "../wire/messages";
import { immediate } from "./replies";

/** The models that a caller may use, in the order of the policy. */
export function usableModels(policy: Policy, subject: RuleSubject): readonly ModelPolicy[] {
  const all = [...policy.models.values()];
  const rules = policy.access?.rules;
  if (rules === undefined) {
    return all;
  }
  const names = new Set(rules.allowed(subject, policy.models.keys()));
  return all.filter(({ name }) => names.has(name));
}

/**
 * What is answered here where rules say who may call what, besides calls of models: the list of models, of which AI
 * Gateway would tell everybody all, and paths where it might call a model that nobody has checked. `undefined` for calls
 * of models, and where everybody may call every model.
 */
export function answerByRules(
  policy: Policy,
  headers: HeaderReader,
  subject: RuleSubject,
): ProcessingResponse | undefined {
  if (policy.access?.rules === undefined) {
    return undefined;
  }
  const path = headers.get(":path") ?? "";
  const list = headers.get(":method") === "GET" ? modelListDialect(path) : undefined;
  if (list !== undefined) {
    const authority = headers.get(":authority") ?? "";
    const models = usableModels(policy, subject).filter((model) => answersOn(model, authority));
    return immediate(modelList(list, models), "access_models");
  }
  return endpointOf(path) === undefined
    ? immediate(refuseUnknownPath(dialectOf(path), headers.get("x-request-id")), "access_unknown_path")
    : undefined;
}

import { type MembersOf, requiring } from "../models/memberShapes";
import type { AccessArgs, AccessRuleArgs, ClientKeyArgs, ClientKeyVersionArgs, JwtArgs } from "./accessArgs";
import type { BudgetArgs, BudgetLimitArgs } from "./budgetArgs";
import type { QuotaServiceArgs } from "./quotaArgs";

const texts = { listOf: "text" } as const;
const numbers = { listOf: "number" } as const;
const namedTexts = { eachOf: "text" } as const;

const jwt = requiring<JwtArgs>(
  { issuer: "text", audiences: texts, jwksUri: "input", localJwks: "input", claims: namedTexts },
  "issuer",
);
const accessRule: MembersOf<AccessRuleArgs> = {
  models: texts,
  teams: texts,
  users: texts,
  attributes: { eachOf: texts },
};
const clientKeyVersion: MembersOf<ClientKeyVersionArgs> = {
  key: "secret",
  generated: "flag",
  notBefore: "text",
  expires: "text",
};
const clientKey: MembersOf<ClientKeyArgs> = {
  ...clientKeyVersion,
  versions: { eachOf: clientKeyVersion },
  team: "text",
  user: "text",
  organisation: "text",
  attributes: namedTexts,
};

/** Every member of `access`, and what it must be. */
export const accessMembers: MembersOf<AccessArgs> = {
  jwt,
  issuers: { eachOf: jwt },
  apiKeys: { eachOf: clientKey },
  apiKeySecretName: "input",
  anonymous: "flag",
  rules: { eachOf: accessRule },
  clientHeaders: namedTexts,
};

const limit: MembersOf<BudgetLimitArgs> = {
  usd: "number",
  tokens: "number",
  inputTokens: "number",
  outputTokens: "number",
  requests: "number",
  concurrency: "number",
};

/** Every member of a budget, and what it must be. */
export const budgetMembers: MembersOf<BudgetArgs> = {
  per: "text",
  models: texts,
  teams: texts,
  users: texts,
  limit,
  period: "text",
  timeZone: "text",
  window: "text",
  burst: "number",
  warnAt: numbers,
  atLimit: "text",
  overflowTo: "text",
  returnBelow: "number",
  dwellSeconds: "number",
  status: "number",
  hold: "text",
  holdCeiling: "number",
  whenStoreIsDown: "text",
  settle: "text",
  onExpiry: "text",
  shadow: "flag",
  enforcedBy: "text",
  trustClientHeaders: "flag",
};

/** Every member of `quotas`, and what it must be. */
export const quotaMembers: MembersOf<QuotaServiceArgs> = {
  enabled: "flag",
  replicas: "number",
  envoyGatewayNamespace: "text",
  aiGatewayNamespace: "text",
  image: "input",
  redisUrl: "input",
  redisSecretName: "input",
};

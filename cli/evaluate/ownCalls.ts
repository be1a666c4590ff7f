import type { AnswerCall } from "./monitor";
import { maskedSecret } from "./values";

/**
 * The functions of providers that our own components call, and what they answer where no provider runs. The token of a
 * registry goes into a login alone, which a plan masks in any case.
 */
const answers: Readonly<Record<string, Record<string, unknown>>> = {
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": { userName: "AWS", password: maskedSecret },
};

export const answerOwnCall: AnswerCall = (token) =>
  Object.hasOwn(answers, token) ? answers[token] : undefined;

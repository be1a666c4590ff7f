import { expect, it } from "vitest";
import { isCredentialField, isCredentialHeader } from "../../../components/models/credentialNames";

it.each([
  "Authorization",
  "Proxy-Authorization",
  "Cookie",
  "api-key",
  "x-api-key",
  "X-Goog-Api-Key",
  "apikey",
  "x-apikey",
  "Ocp-Apim-Subscription-Key",
  "x-functions-key",
  "X-Auth-Token",
  "x-amz-security-token",
  "token",
  "x-client-secret",
  "X-Password",
])("the header %s holds a credential", (name) => {
  expect(isCredentialHeader(name)).toBe(true);
});

it.each([
  "x-team",
  "idempotency-key",
  "x-key",
  "x-max-tokens",
  "x-token-count",
  "anthropic-beta",
  "openai-organization",
  "x-secretary",
  "authorization-kind",
  "cookie-policy",
])("the header %s does not", (name) => {
  expect(isCredentialHeader(name)).toBe(false);
});

it.each([
  "api_key",
  "apiKey",
  "apikey",
  "access_token",
  "accessToken",
  "password",
  "secret",
  "client_secret",
])("the field %s holds a credential", (name) => {
  expect(isCredentialField(name)).toBe(true);
});

it.each(["max_tokens", "stop_token_ids", "prompt_cache_key", "seed", "user", "key", "tokens", "secretary"])(
  "the field %s does not",
  (name) => {
    expect(isCredentialField(name)).toBe(false);
  },
);

import type { ResolvedCredential, ResolvedModel, ResolvedSecret } from "./resolved";

/** Prefix of the annotation by which the standalone gateway fills a Secret's key from its environment. */
const fromEnvironment = "substitution.aigw.run/env/";

/** What a simulated provider gets in place of a key; it opens nothing. */
export const simulatedKey = "simulated-key";

/**
 * Environment variable that holds the key of a model whose provider answers for real; `undefined` where the
 * provider's own SDK reads its environment (AWS, Google) or no key is needed.
 */
export function keyVariable(model: ResolvedModel): string | undefined {
  if (model.credential === undefined) {
    return undefined;
  }
  switch (model.provider) {
    case "openai":
      return "OPENAI_API_KEY";
    case "anthropic":
      return "ANTHROPIC_API_KEY";
    case "azureOpenAI":
      return "AZURE_OPENAI_API_KEY";
    case "cohere":
      return "COHERE_API_KEY";
    case "openAICompatible":
      // Never a provider's own variable: the key would go to whoever the URL names.
      return `AI_GATEWAY_KEY_${model.key.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`;
    default:
      return undefined;
  }
}

/** The credential that a model has on a laptop: from the environment when real, else one that opens nothing. */
export function localCredential(model: ResolvedModel, isReal: boolean): ResolvedCredential | undefined {
  const { credential } = model;
  if (credential === undefined) {
    return undefined;
  }
  switch (credential.type) {
    case "AWSCredentials": {
      const file = `[default]\naws_access_key_id = ${simulatedKey}\naws_secret_access_key = ${simulatedKey}\n`;
      const secret = isReal ? undefined : localSecret(model, "credentials", file, undefined);
      return { ...credential, secret, oidc: undefined, roleArn: undefined };
    }
    case "GCPCredentials":
      return isReal ? { ...credential, secret: undefined } : undefined;
    case "AzureCredentials":
      return { type: "AzureAPIKey", secret: localSecret(model, "apiKey", simulatedKey, undefined) };
    default: {
      const variable = isReal ? keyVariable(model) : undefined;
      return { type: credential.type, secret: localSecret(model, "apiKey", simulatedKey, variable) };
    }
  }
}

function localSecret(
  model: ResolvedModel,
  dataKey: string,
  value: string,
  variable: string | undefined,
): ResolvedSecret {
  return {
    name: model.objectName,
    make: {
      key: model.key,
      name: model.objectName,
      data: { [dataKey]: value },
      annotations: variable === undefined ? {} : { [`${fromEnvironment}${dataKey}`]: variable },
    },
  };
}

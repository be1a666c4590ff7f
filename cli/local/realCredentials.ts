import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { keyVariable } from "../../components/models/localCredential";
import type { ProviderKind, ResolvedModel } from "../../components/models/resolved";

/** Where a cloud's own SDK looks for credentials: any one of these is enough. */
interface CloudCredentials {
  readonly variables: readonly string[];
  /** Below the home folder. */
  readonly file: string;
}

const aws: CloudCredentials = {
  variables: ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  file: ".aws/credentials",
};
const google: CloudCredentials = {
  variables: ["GOOGLE_APPLICATION_CREDENTIALS"],
  file: ".config/gcloud/application_default_credentials.json",
};

const clouds: Readonly<Partial<Record<ProviderKind, CloudCredentials>>> = {
  bedrock: aws,
  bedrockAnthropic: aws,
  vertex: google,
  vertexAnthropic: google,
};

/** What is missing for a model to answer for real, in a sentence; undefined when all is there. */
export function missingCredential(model: ResolvedModel, env: NodeJS.ProcessEnv): string | undefined {
  const isSet = (variable: string) => (env[variable] ?? "") !== "";
  const cloud = clouds[model.provider];
  if (cloud !== undefined) {
    const found = cloud.variables.some(isSet) || existsSync(join(homedir(), cloud.file));
    const places = `${cloud.variables.join(", ")} or ~/${cloud.file}`;
    return found ? undefined : `there are no credentials in ${places}; set one of them`;
  }
  const variable = keyVariable(model);
  return variable === undefined || isSet(variable)
    ? undefined
    : `the variable ${variable} is not set; it must hold the provider's key`;
}

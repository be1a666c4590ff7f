import * as pulumi from "@pulumi/pulumi";
import { ModelGateway } from "../../../components";

/** The program that is rendered: one gateway with so many models of kind `openAICompatible`. */
export function declareModels(count: number, keys: boolean): void {
  const models = Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const number = String(index).padStart(4, "0");
      return [
        `model-${number}`,
        {
          openAICompatible: {
            url: `https://llm-${number}.example.com/v1`,
            ...(keys ? { apiKey: pulumi.secret(`key-${number}`) } : {}),
          },
        },
      ];
    }),
  );
  new ModelGateway("bench", { models });
}

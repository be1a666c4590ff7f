import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { vi } from "vitest";
import { parse } from "yaml";
import type { AiPlatformArgs } from "../../../components/platformArgs";
import type { Program, StackConfig } from "./engine";

const root = resolve(__dirname, "../../..");

/** A change that a user makes to a declaration. */
export type Change = (args: AiPlatformArgs) => AiPlatformArgs;

/** The program of a stack, by its file as it is. With a change, its platform is declared otherwise. */
export const stackProgram =
  (stack: string, change: Change = (args) => args): Program =>
  async () => {
    // The program is the file's own evaluation: each run needs a fresh one.
    vi.resetModules();
    vi.doMock("../../../components", async (importOriginal) => {
      const components = await importOriginal<typeof import("../../../components")>();
      class AiPlatform extends components.AiPlatform {
        constructor(...[name, args, opts]: ConstructorParameters<typeof components.AiPlatform>) {
          super(name, change(args), opts);
        }
      }
      return { ...components, AiPlatform };
    });
    return { ...((await import(join(root, "stacks", `${stack}.ts`))) as object) };
  };

/** A stack's configuration file, with secrets that tests can look for in place of the placeholders. */
export function stackConfig(stack: string): StackConfig {
  const text = readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
  const { config } = parse(text) as { config: Record<string, string | { secure: string }> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : { secret: `secret-${key.split(":").at(-1)}-0123456789` },
    ]),
  );
}

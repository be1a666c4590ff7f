import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");
const project = mkdtempSync(join(tmpdir(), "ai-gateway-package-"));

const program = `import { ModelGateway } from "pulumi-ai-gateway";

export const gateway = new ModelGateway("mine", {
  models: { llama: { openAICompatible: { url: "https://llm.example.com/v1" } } },
});
`;

const tsconfig = {
  compilerOptions: {
    strict: true,
    target: "es2022",
    module: "node16",
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
  },
  include: ["index.ts"],
};

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** What a user does who has nothing of this repository: an empty project, the tarball, five lines. */
beforeAll(() => {
  run("npm", ["pack", "--pack-destination", project], root);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "mine", private: true }));
  writeFileSync(join(project, "Pulumi.yaml"), "name: mine\nruntime: nodejs\n");
  writeFileSync(join(project, "index.ts"), program);
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
  const { version, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly version: string;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const development = ["typescript", "@types/node"].map((name) => `${name}@${devDependencies[name]}`);
  const install = ["install", "--prefer-offline", "--ignore-scripts", `./pulumi-ai-gateway-${version}.tgz`];
  run("npm", [...install, ...development], project);
});

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});

describe("the packed tarball in an empty project", () => {
  it("type-checks a program of five lines", () => {
    expect(run("npx", ["tsc"], project)).toBe("");
  });

  it("renders it", () => {
    const output = run("npx", ["ai-gateway", "render", "--stack", "dev", "--out", "out"], project);
    expect(output).toContain("Rendered mine/dev to out");
    const objects = readFileSync(join(project, "out/ai-gateway.yaml"), "utf8");
    expect(objects.match(/^kind: AIGatewayRoute$/gm)).toHaveLength(1);
    expect(objects).toContain("hostname: llm.example.com");
  });

  it("says what is wrong with a declaration, and ends with 2", () => {
    writeFileSync(join(project, "index.ts"), program.replace("https://llm.example.com/v1", "http://vllm"));
    const result = (() => {
      try {
        return run("npx", ["ai-gateway", "render", "--stack", "dev", "--out", "bad"], project);
      } catch (error) {
        return error as { readonly status: number; readonly stderr: string };
      }
    })();
    expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining('"vllm" has a single label') });
  });

  it("brings the processor, as the context of its image and to be run in a process", () => {
    const installed = join(project, "node_modules/pulumi-ai-gateway");
    const dockerfile = readFileSync(join(installed, "extproc/Dockerfile"), "utf8");
    for (const file of /^COPY (dist\/.*) \/app\/$/m.exec(dockerfile)?.[1]?.split(" ") ?? ["none"]) {
      expect(existsSync(join(installed, "extproc", file)), file).toBe(true);
    }
    expect(run("node", [join(installed, "extproc/dist/processor.cjs"), "--help"], project)).toContain(
      "POLICY_FILE=PATH",
    );
    const program = `const { startProcessor } = require("${join(installed, "dist/extproc/processor.js")}");
      const { defaultSettings } = require("${join(installed, "dist/extproc/service/settings.js")}");
      const policy = { version: 1, models: { m: { backends: { b: {} } } } };
      const settings = { ...defaultSettings, host: "127.0.0.1", port: 0, healthPort: 0, drainDelayMs: 0 };
      startProcessor({ settings, policy, log: { write() {} } }).then(async (running) => {
        const { status } = await fetch(\`http://127.0.0.1:\${running.healthPort}/ready\`);
        await running.drain();
        console.log("ready", status);
      });`;
    expect(run("node", ["-e", program], project)).toBe("ready 200\n");
  });
});

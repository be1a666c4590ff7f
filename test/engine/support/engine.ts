import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { log } from "@pulumi/pulumi";
import { type EngineEvent, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { afterAll, vi } from "vitest";
import { requireTool } from "../../../tools/find";
import { runProgram } from "../../../tools/runProgram";
import { type Plugins, preparePlugins } from "./plugins";
import { type Cue, failOnce, openCues } from "./standIn/failures";
import { type JournalEntry, ObjectStore, type StoredObject } from "./standIn/objectStore";

/** A program as Pulumi runs it; what it returns are the outputs of the stack. */
export type Program = () => object | undefined | Promise<object | undefined>;

/** What was done, or would be done, to a resource. */
export interface Step {
  readonly urn: string;
  /** "same", "create", "update", "delete", "replace", "create-replacement", "delete-replaced", "refresh" or "read". */
  readonly op: string;
}

/** What an operation of the engine came to. */
export interface Outcome {
  /** In the order in which they ended; of a preview, in which they were planned. */
  readonly steps: readonly Step[];
  /** URNs whose operation failed. */
  readonly failed: readonly string[];
  /** Messages of severity "error". */
  readonly errors: string;
  /** Messages of severity "warning". */
  readonly warnings: string;
  readonly ok: boolean;
}

/** Values of a stack's configuration; a secret is `{ secret: ... }`. */
export type StackConfig = Readonly<Record<string, string | { readonly secret: string }>>;

/** Names in the engine tests. */
export interface EngineOptions {
  /** Default: "test". */
  readonly stack?: string;
  /** Default: "ai-gateway", as in Pulumi.yaml. */
  readonly project?: string;
  readonly config?: StackConfig;
}

// Pulumi prints messages in order, each when its resource has a URN. After a run that failed some never get one, and
// no later run in the same process would end: so messages go without their resource.
for (const level of ["info", "warn"] as const) {
  const original = log[level];
  vi.spyOn(log, level).mockImplementation((message, _, ...rest) => original(message, undefined, ...rest));
}

/** Made once for a file of tests, and removed after the last. */
let prepared: Promise<Plugins> | undefined;
const pluginFolder = join(tmpdir(), `ai-gateway-stand-ins-${process.pid}`);
afterAll(() => rmSync(pluginFolder, { recursive: true, force: true }));

/** The real engine with stand-ins for all providers, and everything in one folder. */
export class TestEngine {
  private constructor(
    private readonly folder: string,
    private readonly options: EngineOptions,
    private readonly stack: Stack,
  ) {}

  static async create(options: EngineOptions = {}): Promise<TestEngine> {
    const folder = mkdtempSync(join(tmpdir(), "ai-gateway-engine-"));
    const engine = new TestEngine(folder, options, await openStack(folder, options));
    const values = Object.entries(options.config ?? {}).map(
      ([key, value]) =>
        [key, typeof value === "string" ? { value } : { value: value.secret, secret: true }] as const,
    );
    await engine.stack.setAllConfig(Object.fromEntries(values));
    return engine;
  }

  /** Another engine with the same state and the same objects, which goes its own way from here. */
  async copy(): Promise<TestEngine> {
    const folder = mkdtempSync(join(tmpdir(), "ai-gateway-engine-"));
    for (const name of ["state", "cloud", "work"]) {
      cpSync(join(this.folder, name), join(folder, name), { recursive: true });
    }
    return new TestEngine(folder, this.options, await openStack(folder, this.options));
  }

  preview = (program: Program) =>
    this.run(
      async (onEvent) => void (await this.stack.preview({ program: asAsync(program), onEvent })),
      planned,
    );

  up = (program: Program) =>
    this.run(async (onEvent) => void (await this.stack.up({ program: asAsync(program), onEvent })), done);

  refresh = () => this.run(async (onEvent) => void (await this.stack.refresh({ onEvent })), done);

  destroy = () => this.run(async (onEvent) => void (await this.stack.destroy({ onEvent })), done);

  /** `pulumi destroy --yes`: unlike the Automation API it looks first whether it would work, and returns what it said. */
  async destroyByCommand(): Promise<{ readonly ok: boolean; readonly said: string }> {
    const { workDir, pulumiHome, envVars } = this.stack.workspace;
    const args = ["destroy", "--yes", "--color", "never", "--stack", this.stack.name];
    const env = { ...process.env, ...envVars, PULUMI_HOME: pulumiHome };
    const lines: string[] = [];
    const onLine = (line: string) => void lines.push(line);
    const { code } = await runProgram(requireTool("pulumi"), args, { cwd: workDir, env, onLine });
    return { ok: code === 0, said: lines.join("\n") };
  }

  /** What exists at the providers. */
  objects(): readonly StoredObject[] {
    return this.cloud.all();
  }

  /** What the providers did, in order. */
  journal(): readonly JournalEntry[] {
    return this.cloud.journal();
  }

  /** Changes what exists at a provider, as somebody with a console does. */
  drift(object: StoredObject, change: StoredObject["inputs"]): void {
    const { inputs, outputs } = object;
    this.cloud.put("update", {
      ...object,
      inputs: { ...inputs, ...change },
      outputs: { ...outputs, ...change },
    });
  }

  /** The next operation of this kind on a resource fails, once. */
  failOnce(cue: Cue): void {
    failOnce(join(this.folder, "cloud"), cue);
  }

  openCues(): readonly string[] {
    return openCues(join(this.folder, "cloud"));
  }

  /** What the state knows of each resource: the URNs that it waits for, by its own. */
  async dependencies(): Promise<ReadonlyMap<string, readonly string[]>> {
    const { deployment } = await this.stack.exportStack();
    const resources = deployment.resources as { urn: string; dependencies?: string[]; parent?: string }[];
    return new Map(resources.map(({ urn, dependencies = [] }) => [urn, dependencies]));
  }

  /** Outputs of the stack; secrets in clear. */
  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = await this.stack.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
  }

  /** All that the engine has written: state, backups, history and configuration. */
  writtenTexts(): string {
    return ["state", "work"].flatMap((name) => textsIn(join(this.folder, name))).join("\n");
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get cloud(): ObjectStore {
    return new ObjectStore(join(this.folder, "cloud"));
  }

  private async run(
    operate: (onEvent: (event: EngineEvent) => void) => Promise<void>,
    stepOf: (event: EngineEvent) => Step | undefined,
  ): Promise<Outcome> {
    const events: EngineEvent[] = [];
    let thrown: unknown;
    try {
      await operate((event) => events.push(event));
    } catch (error) {
      thrown = error;
    }
    const messages = (severity: string) =>
      events
        .flatMap(({ diagnosticEvent }) =>
          diagnosticEvent?.severity === severity ? [diagnosticEvent.message] : [],
        )
        .filter((message) => !/^using pulumi-resource-\S+ from \$PATH/.test(message))
        .join("\n");
    const errors = messages("error");
    return {
      steps: events.flatMap((event) => stepOf(event) ?? []).filter(isVisible),
      failed: events.flatMap(({ resOpFailedEvent }) => resOpFailedEvent?.metadata.urn ?? []),
      errors: thrown === undefined || errors !== "" ? errors : String(thrown),
      warnings: messages("warning"),
      ok: thrown === undefined,
    };
  }
}

async function openStack(folder: string, { stack = "test", project = "ai-gateway" }: EngineOptions) {
  const inside = (name: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  prepared ??= preparePlugins(pluginFolder);
  symlinkSync(requireTool("pulumi"), join(inside("pulumi/bin"), "pulumi"));
  return LocalWorkspace.createOrSelectStack(
    { stackName: stack, projectName: project, program: async () => {} },
    {
      pulumiCommand: await PulumiCommand.get({ root: join(folder, "pulumi") }),
      workDir: inside("work"),
      pulumiHome: inside("home"),
      envVars: {
        ...surroundings(inside("cloud"), await prepared),
        PULUMI_BACKEND_URL: `file://${inside("state")}`,
      },
      secretsProvider: "passphrase",
    },
  );
}

const asAsync = (program: Program) => async () => ({ ...(await program()) });

function surroundings(cloud: string, { bin, shapes }: Plugins): Record<string, string> {
  const { version } = require("@pulumi/aws/package.json") as { version: string };
  return {
    PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    STAND_IN_FOLDER: cloud,
    STAND_IN_SHAPES: shapes,
    STAND_IN_AWS_VERSION: version,
  };
}

const planned = ({ resourcePreEvent }: EngineEvent): Step | undefined =>
  resourcePreEvent && { urn: resourcePreEvent.metadata.urn, op: resourcePreEvent.metadata.op };

const done = ({ resOutputsEvent }: EngineEvent): Step | undefined =>
  resOutputsEvent && { urn: resOutputsEvent.metadata.urn, op: resOutputsEvent.metadata.op };

/** The stack itself and the providers that the engine makes say nothing about a program. */
const isVisible = ({ urn }: Step) => !/::pulumi:pulumi:Stack::|::pulumi:providers:[\w-]+::default/.test(urn);

function textsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"));
}

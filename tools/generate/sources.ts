import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ReleaseSet } from "../../components/gateway/releases";

/** One upstream project that brings CRDs. */
interface CrdProject {
  /** Folder below a directory of CRD files, without the version. */
  readonly folder: string;
  /** Folder inside of that, if the project has several channels. */
  readonly channel?: string;
  readonly module: string;
  /** Where the CRD files lie in the Go module. */
  readonly inModule: string;
}

const projects = {
  aiGateway: {
    folder: "ai-gateway",
    module: "github.com/envoyproxy/ai-gateway",
    inModule: "manifests/charts/ai-gateway-crds-helm/templates",
  },
  envoyGateway: {
    folder: "envoy-gateway",
    module: "github.com/envoyproxy/gateway",
    inModule: "charts/gateway-helm/charts/crds/crds/generated",
  },
  gatewayApi: {
    folder: "gateway-api",
    channel: "experimental",
    module: "sigs.k8s.io/gateway-api",
    inModule: "config/crd/experimental",
  },
  inferenceExtension: {
    folder: "inference-extension",
    module: "sigs.k8s.io/gateway-api-inference-extension",
    inModule: "config/crd/bases",
  },
} as const satisfies Record<string, CrdProject>;

type ProjectName = keyof typeof projects;

/** The versions whose CRD files a release set is generated from and checked against. */
export const crdVersions: Readonly<Record<ReleaseSet, Readonly<Record<ProjectName, string>>>> = {
  "1.0": { aiGateway: "v1.0.0", envoyGateway: "v1.8.1", gatewayApi: "v1.5.1", inferenceExtension: "v1.0.2" },
  "1.1": { aiGateway: "v1.1.0", envoyGateway: "v1.8.1", gatewayApi: "v1.5.1", inferenceExtension: "v1.0.2" },
};

/** The directories with the CRD files of a release set, or why there are none. */
export type CrdSource =
  | { readonly directories: readonly string[]; readonly missing?: undefined }
  | { readonly directories?: undefined; readonly missing: string };

const repository = resolve(__dirname, "../..");
const found = new Map<string, string | undefined>();

/**
 * Finds the CRD files of a release set: below `$AI_GATEWAY_CRDS`, then in `../shared/crds` beside the
 * repository, then in the Go modules, which Go fetches if it is installed and a module proxy has them.
 */
export function findCrds(set: ReleaseSet): CrdSource {
  const directories: string[] = [];
  const missing: string[] = [];
  for (const name of Object.keys(projects) as ProjectName[]) {
    const version = crdVersions[set][name];
    const directory = findProject(projects[name], version);
    if (directory === undefined) {
      missing.push(`${projects[name].folder} ${version}`);
    } else {
      directories.push(directory);
    }
  }
  if (missing.length === 0) {
    return { directories };
  }
  const hint =
    "set AI_GATEWAY_CRDS to a directory with them, or let Go fetch them, where its module proxy has that version";
  return { missing: `no CRD files of ${missing.join(", ")}: ${hint}` };
}

/** The CRD files of a directory, sorted; a directory may hold other YAML files too. */
export function crdFilesOf(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => /^[a-z0-9.-]+_[a-z]+\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(directory, file));
}

function findProject(project: CrdProject, version: string): string | undefined {
  const key = `${project.folder}@${version}`;
  if (!found.has(key)) {
    found.set(key, inFolders(project, version) ?? inGoModule(project, version));
  }
  return found.get(key);
}

function inFolders(project: CrdProject, version: string): string | undefined {
  const bases = [process.env["AI_GATEWAY_CRDS"], join(repository, "../shared/crds")];
  return bases
    .flatMap((base) => (base ? [join(base, `${project.folder}-${version}`, project.channel ?? "")] : []))
    .find((directory) => existsSync(directory));
}

/** `go mod download` answers from the module cache where it can, and verifies what it fetches. */
function inGoModule(project: CrdProject, version: string): string | undefined {
  try {
    const answer = execFileSync("go", ["mod", "download", "-json", `${project.module}@${version}`], {
      cwd: join(repository, "tools/aigw"),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 120_000,
    });
    const { Dir: root } = JSON.parse(answer) as { Dir?: string };
    const directory = root === undefined ? undefined : join(root, project.inModule);
    return directory !== undefined && existsSync(directory) ? directory : undefined;
  } catch {
    return undefined;
  }
}

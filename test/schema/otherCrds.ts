import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { defaultReleaseSet, releaseSets } from "../../components/gateway/releases";

const { keda, leaderWorkerSet } = releaseSets[defaultReleaseSet];

/** Kinds of controllers that come with the first model that needs them, in the version that is installed then, or that a cluster has. */
const projects = {
  keda: {
    module: "github.com/kedacore/keda/v2",
    version: `v${keda.version}`,
    file: "config/crd/bases/keda.sh_scaledobjects.yaml",
  },
  prometheusOperator: {
    module: "github.com/prometheus-operator/prometheus-operator",
    // The rules of v1 have not changed for years; a cluster brings its own version.
    version: "v0.85.0",
    file: "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
  },
  leaderWorkerSet: {
    module: "sigs.k8s.io/lws",
    version: `v${leaderWorkerSet.version}`,
    file: "config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml",
  },
} as const;

/** The files of these CRDs, or why there are none. */
export type OtherCrds =
  | { readonly files: readonly string[]; readonly missing?: undefined }
  | { readonly files?: undefined; readonly missing: string };

/** Finds them in Go's modules, which Go fetches where its module proxy can be reached. */
export function findOtherCrds(): OtherCrds {
  const found = Object.values(projects).map((project) => ({ ...project, path: inModule(project) }));
  const missing = found.filter(({ path }) => path === undefined);
  return missing.length === 0
    ? { files: found.flatMap(({ path }) => path ?? []) }
    : {
        missing: `no CRD files of ${missing.map(({ module, version }) => `${module} ${version}`).join(", ")}: Go's module proxy cannot be reached, or has none`,
      };
}

function inModule({ module, version, file }: (typeof projects)[keyof typeof projects]): string | undefined {
  try {
    const answer = execFileSync("go", ["mod", "download", "-json", `${module}@${version}`], {
      cwd: join(resolve(__dirname, "../.."), "tools/aigw"),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 120_000,
    });
    const { Dir: root } = JSON.parse(answer) as { readonly Dir?: string };
    const path = root === undefined ? undefined : join(root, file);
    return path !== undefined && existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

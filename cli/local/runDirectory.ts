import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Everything that one run of the gateway writes; removed when it ends. */
export interface RunDirectory {
  readonly path: string;
  /** The manifests that `aigw` reads. */
  readonly manifests: string;
  readonly accessLog: string;
  /** Folder whose files the gateway below `aigw` reads, once `aigw` has made it. */
  readonly resources: string;
  /** Log of `aigw` itself. */
  readonly aigwLog: string;
  /** The `AIGW_...` folders, by variable. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder for a link to Envoy. */
  readonly data: string;
  remove(): void;
}

/** Longest path of a Unix socket that every supported system takes (macOS: 104 bytes with the end mark). */
const maxSocketPath = 103;

const runId = "0";

/** Makes a directory that only this user can read, since the gateway keeps credentials in it. */
export function createRunDirectory(): RunDirectory {
  const wanted = tmpdir();
  const socket = join(wanted, "aigw-XXXXXX", "run", runId, "uds.sock");
  const path = mkdtempSync(join(Buffer.byteLength(socket) > maxSocketPath ? "/tmp" : wanted, "aigw-"));
  const inside = (name: string) => {
    mkdirSync(join(path, name));
    return join(path, name);
  };
  const data = inside("data");
  const state = inside("state");
  return {
    path,
    manifests: join(path, "gateway.yaml"),
    accessLog: join(path, "access.log"),
    resources: join(state, "runs", runId, "envoy-ai-gateway-resources"),
    aigwLog: join(state, "runs", runId, "aigw.log"),
    data,
    env: {
      AIGW_CONFIG_HOME: inside("config"),
      AIGW_DATA_HOME: data,
      AIGW_STATE_HOME: state,
      AIGW_RUNTIME_DIR: inside("run"),
      AIGW_RUN_ID: runId,
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

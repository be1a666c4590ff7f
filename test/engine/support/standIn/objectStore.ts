import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Properties } from "./wire";

/** Something that exists at a provider. */
export interface StoredObject {
  readonly id: string;
  readonly type: string;
  readonly urn: string;
  /** As the engine sent them, secrets wrapped. */
  readonly inputs: Properties;
  /** What the provider answered, inputs and more. */
  readonly outputs: Properties;
}

/** What was done, in order. */
export interface JournalEntry {
  readonly op: "create" | "update" | "delete";
  readonly type: string;
  readonly urn: string;
  readonly id: string;
}

/** A cloud in a folder, which all providers of a test share: a file for each object, and a journal. */
export class ObjectStore {
  private readonly objects: string;
  private readonly journalFile: string;

  constructor(folder: string) {
    this.objects = join(folder, "objects");
    this.journalFile = join(folder, "journal.jsonl");
    mkdirSync(this.objects, { recursive: true });
  }

  get(type: string, id: string): StoredObject | undefined {
    const file = this.fileOf(type, id);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as StoredObject) : undefined;
  }

  all(): readonly StoredObject[] {
    return readdirSync(this.objects)
      .filter((name) => name.endsWith(".json"))
      .flatMap((name) => {
        try {
          return JSON.parse(readFileSync(join(this.objects, name), "utf8")) as StoredObject;
        } catch {
          // Another provider has just deleted it.
          return [];
        }
      });
  }

  put(op: "create" | "update", object: StoredObject): void {
    const file = this.fileOf(object.type, object.id);
    // By one rename, for other providers read at the same time.
    writeFileSync(`${file}.tmp`, JSON.stringify(object));
    renameSync(`${file}.tmp`, file);
    this.note(op, object);
  }

  delete(object: StoredObject): void {
    rmSync(this.fileOf(object.type, object.id), { force: true });
    this.note("delete", object);
  }

  journal(): readonly JournalEntry[] {
    if (!existsSync(this.journalFile)) {
      return [];
    }
    const lines = readFileSync(this.journalFile, "utf8").split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as JournalEntry);
  }

  private note(op: JournalEntry["op"], { type, urn, id }: StoredObject): void {
    appendFileSync(this.journalFile, `${JSON.stringify({ op, type, urn, id } satisfies JournalEntry)}\n`);
  }

  private fileOf(type: string, id: string): string {
    const hash = createHash("sha256").update(`${type} ${id}`).digest("hex").slice(0, 24);
    return join(this.objects, `${hash}.json`);
  }
}

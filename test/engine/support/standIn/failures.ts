import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An operation that is to fail once. */
export interface Cue {
  readonly op: "create" | "update" | "delete" | "read";
  /** Part of the URN. */
  readonly urn: string;
}

const folderOf = (folder: string) => join(folder, "cues");

/** Tells the stand-ins of a folder to fail once. */
export function failOnce(folder: string, { op, urn }: Cue): void {
  mkdirSync(folderOf(folder), { recursive: true });
  writeFileSync(join(folderOf(folder), encodeURIComponent(`${op} ${urn}`)), "");
}

/** Cues that nobody has taken, as "create LaunchTemplate::dev": what they name was never done. */
export function openCues(folder: string): string[] {
  return existsSync(folderOf(folder)) ? readdirSync(folderOf(folder)).map(decodeURIComponent) : [];
}

/** Throws where a cue asks for it, and takes the cue away. */
export function failOnCue(folder: string, op: Cue["op"], urn: string): void {
  for (const cue of openCues(folder)) {
    if (cue.startsWith(`${op} `) && urn.includes(cue.slice(op.length + 1))) {
      rmSync(join(folderOf(folder), encodeURIComponent(cue)), { force: true });
      throw new Error(`told to fail: ${op} of ${urn}`);
    }
  }
}

import { spawnSync } from "node:child_process";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";

/** CHROMIUM_BIN names another one than what is on PATH. */
export function chromiumProgram(): string | undefined {
  const names = [process.env["CHROMIUM_BIN"] ?? "chromium", "chromium-browser", "google-chrome"];
  return names.find((name) => spawnSync(name, ["--version"]).status === 0);
}

/** Why tests that need a browser are skipped here; nothing if they are not. */
export function whyNoBrowser(): string | undefined {
  return chromiumProgram() === undefined
    ? "no chromium on PATH (apt-get install chromium), and CHROMIUM_BIN names none"
    : undefined;
}

/** A browser without a window. */
export async function startBrowser(): Promise<Browser> {
  const name = chromiumProgram();
  if (name === undefined) {
    throw new Error(whyNoBrowser());
  }
  const path = spawnSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).stdout.trim();
  // Root may not use Chromium's own sandbox; the page is ours.
  return chromium.launch({ executablePath: path, args: ["--no-sandbox"] });
}

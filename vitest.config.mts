import { defineConfig } from "vitest/config";

const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: "node" as const, ...extra },
});

// A file name here asks for a report that a machine can count (.ci/run).
const report = process.env["VITEST_JSON"];

export default defineConfig({
  test: {
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      // No test is about speed: a busy machine must not fail one.
      project("unit", { testTimeout: 60_000 }),
      // Pulumi keeps its monitor in process-wide state: a process for each file.
      project("components", { pool: "forks", testTimeout: 60_000 }),
      project("extproc", { pool: "forks", testTimeout: 120_000, hookTimeout: 120_000 }),
      project("schema", { pool: "forks", testTimeout: 300_000, hookTimeout: 600_000 }),
      project("package", { testTimeout: 300_000, hookTimeout: 600_000 }),
      // Each operation of the engine starts a process for every provider: one file at a time.
      project("engine", {
        pool: "forks",
        fileParallelism: false,
        testTimeout: 300_000,
        hookTimeout: 600_000,
      }),
      // The standalone gateway takes fixed ports: one file at a time.
      project("e2e", { pool: "forks", fileParallelism: false, testTimeout: 300_000, hookTimeout: 600_000 }),
    ],
  },
});

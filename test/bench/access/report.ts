import { describeMachine, type MachineFigures, machineFigures } from "../machine";
import { median, round } from "../processor/statistics";
import { formatTable } from "../table";

/** Processors that are asked: with one key, the same again, and with all keys and rules. */
export const stacks = ["oneKey", "oneKeyAgain", "all"] as const;
export type Stack = (typeof stacks)[number];

/** The medians of a round's requests, in milliseconds. */
export type Round = Readonly<Record<Stack, number>>;

/** A time until new files were in force, and what of it was processor time: other programs take their share. */
export interface Reload {
  readonly ms: number;
  readonly cpuMs: number;
}

export interface AccessSettings {
  readonly keys: number;
  readonly rules: number;
  readonly rounds: number;
  /** Of each processor in each round. */
  readonly requests: number;
  readonly reloads: number;
}

/** What is aimed at. */
export const bars = { reloadMs: 1_000, addedP50Ms: 0.1 } as const;

export interface AccessReport {
  readonly bench: "access";
  readonly machine: MachineFigures;
  readonly settings: AccessSettings;
  /** Sizes of the two files with all keys and rules. */
  readonly files: { readonly policyBytes: number; readonly keysBytes: number };
  /** From the files' text until they are in force. The first one also warms the code up. */
  readonly reload: {
    readonly firstMs: number;
    readonly medianMs: number;
    readonly worstMs: number;
    /** Processor time of the median reload, garbage collector included. */
    readonly medianCpuMs: number;
    readonly isMet: boolean;
  };
  readonly latency: {
    /** Medians over the rounds. */
    readonly p50Ms: Round;
    /** What all keys and rules add to the p50 of one key: the median over the rounds, and each of them. */
    readonly addedMs: number;
    readonly addedByRound: readonly number[];
    /** The same between two processors that do not differ: what the machine makes of nothing. */
    readonly noiseMs: number;
    readonly noiseByRound: readonly number[];
    readonly isMet: boolean;
  };
}

export function accessReport(
  settings: AccessSettings,
  files: AccessReport["files"],
  reloads: readonly Reload[],
  rounds: readonly Round[],
): AccessReport {
  const middle = (stack: Stack) => round(median(rounds.map((one) => one[stack])), 4);
  const added = rounds.map(({ all, oneKey }) => round(all - oneKey, 4));
  const noise = rounds.map(({ oneKeyAgain, oneKey }) => round(oneKeyAgain - oneKey, 4));
  const times = reloads.map(({ ms }) => ms);
  const [firstMs = Number.NaN] = times;
  const worstMs = round(Math.max(...times), 1);
  const addedMs = round(median(added), 4);
  return {
    bench: "access",
    machine: machineFigures(),
    settings,
    files,
    reload: {
      firstMs: round(firstMs, 1),
      medianMs: round(median(times), 1),
      worstMs,
      medianCpuMs: round(median(reloads.map(({ cpuMs }) => cpuMs)), 1),
      isMet: worstMs < bars.reloadMs,
    },
    latency: {
      p50Ms: { oneKey: middle("oneKey"), oneKeyAgain: middle("oneKeyAgain"), all: middle("all") },
      addedMs,
      addedByRound: added,
      noiseMs: round(median(noise), 4),
      noiseByRound: noise,
      isMet: addedMs < bars.addedP50Ms,
    },
  };
}

/** The report as a table for people. */
export function formatAccessReport({ machine, settings, files, reload, latency }: AccessReport): string {
  const { keys, rules, rounds, requests, reloads } = settings;
  const all = `${keys.toLocaleString("en")} keys, ${rules.toLocaleString("en")} rules`;
  const us = (ms: number) => `${(ms * 1_000).toFixed(0)} us`;
  const rows = [
    ["", "p50", "added", "of each round"],
    ["one key, no rules", us(latency.p50Ms.oneKey), "", ""],
    [
      "the same again",
      us(latency.p50Ms.oneKeyAgain),
      us(latency.noiseMs),
      latency.noiseByRound.map(us).join(" "),
    ],
    [all, us(latency.p50Ms.all), us(latency.addedMs), latency.addedByRound.map(us).join(" ")],
  ];
  const isMet = (is: boolean) => (is ? "met" : "MISSED");
  return [
    describeMachine(machine),
    `reload of ${all} (policy ${kib(files.policyBytes)}, keys ${kib(files.keysBytes)}), ${reloads} times: ` +
      `median ${reload.medianMs.toFixed(0)} ms, first ${reload.firstMs.toFixed(0)} ms, ` +
      `worst ${reload.worstMs.toFixed(0)} ms, processor time ${reload.medianCpuMs.toFixed(0)} ms; below ${bars.reloadMs} ms: ${isMet(reload.isMet)}`,
    `requests one after the other, ${requests} of each in each of ${rounds} rounds, in turn; ` +
      `added p50 below ${us(bars.addedP50Ms)}: ${isMet(latency.isMet)}`,
    "",
    ...formatTable(rows),
    "",
  ].join("\n");
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}

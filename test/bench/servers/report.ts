import { describeMachine, type MachineFigures, machineFigures } from "../machine";
import type { Sample } from "../processor/measure";
import { median, memberMedians, round } from "../processor/statistics";
import { bodyBytes, connections } from "../processor/traffic";
import { formatTable } from "../table";
import { type ServerName, serverNames } from "./servers";

/** Medians over the rounds. */
export interface ServerFigures {
  readonly description: string;
  /** Requests a second. */
  readonly throughput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Over all rounds. */
  readonly requests: number;
  readonly failures: number;
  /** Microseconds of a processor for one request, by process. */
  readonly cpuUs: Readonly<Record<string, number>>;
  readonly rssMiB: Readonly<Record<string, number>>;
  /** Processors that other programs of the machine used meanwhile. */
  readonly othersShare: number;
}

export interface ServersReport {
  readonly bench: "servers";
  readonly machine: MachineFigures;
  readonly settings: {
    readonly rounds: number;
    readonly seconds: number;
    readonly connections: number;
    readonly bodyBytes: number;
  };
  readonly servers: Readonly<Record<string, ServerFigures>>;
}

/** Sums up what was measured. */
export function serversReport(
  samples: ReadonlyMap<ServerName, readonly Sample[]>,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): ServersReport {
  return {
    bench: "servers",
    machine: machineFigures(),
    settings: { rounds, seconds, connections, bodyBytes },
    servers: Object.fromEntries([...samples].map(([name, list]) => [name, figuresOf(name, list)])),
  };
}

function figuresOf(name: ServerName, samples: readonly Sample[]): ServerFigures {
  const middle = (figure: (sample: Sample) => number, digits: number) =>
    round(median(samples.map(figure)), digits);
  const sum = (figure: (sample: Sample) => number) =>
    samples.reduce((total, sample) => total + figure(sample), 0);
  return {
    description: serverNames[name],
    throughput: middle(({ throughput }) => throughput, 0),
    p50Ms: middle(({ p50Ms }) => p50Ms, 2),
    p99Ms: middle(({ p99Ms }) => p99Ms, 2),
    requests: sum(({ requests }) => requests),
    failures: sum(({ failures }) => failures),
    cpuUs: memberMedians(
      samples.map(({ cpuUs }) => cpuUs),
      0,
    ),
    rssMiB: memberMedians(
      samples.map(({ rssMiB }) => rssMiB),
      0,
    ),
    othersShare: middle(({ othersShare }) => othersShare, 2),
  };
}

/** The report as a table for people. */
export function formatServersReport({ machine, settings, servers }: ServersReport): string {
  const { rounds, seconds } = settings;
  const titles = [
    "server",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "server us",
    "Envoy us",
    "MiB",
    "failed",
    "others' CPU",
  ];
  const rows = Object.values(servers).map((figures) => [
    figures.description,
    ...[figures.throughput.toFixed(0), figures.p50Ms.toFixed(2), figures.p99Ms.toFixed(2)],
    ...[figures.cpuUs["processor"], figures.cpuUs["envoy"], figures.rssMiB["processor"]].map((value) =>
      value === undefined ? "-" : String(value),
    ),
    `${figures.failures} of ${figures.requests}`,
    figures.othersShare.toFixed(2),
  ]);
  return [
    describeMachine(machine),
    `Everything on this machine; ${settings.connections} connections, bodies of ${settings.bodyBytes} bytes; ` +
      `medians of ${rounds} runs of ${seconds} s; us: processor time of one request`,
    "",
    ...formatTable([titles, ...rows]),
    "",
  ].join("\n");
}

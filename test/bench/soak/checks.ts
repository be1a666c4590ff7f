import type { Settle } from "../../../components/budgets/budgetArgs";
import { median } from "../processor/statistics";

/** Something that a soak has to hold, and whether it did. */
export interface Check {
  readonly name: string;
  readonly isMet: boolean;
  /** The figures behind it. */
  readonly detail: string;
}

/** Counts of the client, by what became of its requests. */
export interface ClientCounts {
  readonly sent: number;
  /** Whole answers. */
  readonly answered: number;
  /** Streams that were read to their end. */
  readonly streamed: number;
  /** Streams that the client gave up. */
  readonly cut: number;
  /** Errors of the model server that were asked for. */
  readonly refused: number;
  /** Requests without an answer. */
  readonly lost: number;
  /** Answers with a status that nobody asked for. */
  readonly unexpected: number;
  readonly firstBad?: string;
}

/** Resident memory of the processor, at a point of the soak. */
export interface MemorySample {
  /** Requests sent until then. */
  readonly sent: number;
  readonly rssMiB: number;
}

/** Everything that a soak is judged by. */
export interface SoakOutcome {
  readonly requests: number;
  readonly mode: Settle;
  readonly client: ClientCounts;
  /** Tokens of complete answers, as the model server counted them. */
  readonly delivered: number;
  /** Tokens of streams that were cut: the prompts, and what was written of the answers. */
  readonly deliveredCut: number;
  /** Tokens in the ledger: of the requests that were answered to their end, and of the streams that were cut. */
  readonly charged: number;
  readonly chargedCut: number;
  /** Reservations that are open in the ledger at the end. */
  readonly holds: number;
  /** Failures that the processor has counted itself. */
  readonly failures: number;
  /** Settlements by source and kind, for example `stream exact`. */
  readonly settles: Readonly<Record<string, number>>;
  readonly memory: readonly MemorySample[];
}

/** Most resident memory of the processor. */
const mostRssMiB = 200;
/** How much higher it may stand at the end than after the warm-up. */
const mostGrowth = 0.1;
/** What the warm-up is: caches fill, code is compiled, the heap finds its size. */
const warmUpShare = 0.2;
/** Fewer requests are all warm-up. */
const leastRequests = 100_000;
/** A cut stream has no usage: it is estimated from what passed, which the model server may have written beyond. */
const mostCutError = 0.25;

/** Judges a soak. */
export function checksOf(outcome: SoakOutcome): readonly Check[] {
  const { requests, client, holds, failures } = outcome;
  const kept = client.answered + client.streamed + client.cut + client.refused;
  const bad = client.firstBad === undefined ? "" : `; first: ${client.firstBad}`;
  const cutRatio = outcome.chargedCut / outcome.deliveredCut;
  return [
    {
      name: "every request was answered as asked",
      isMet: kept === requests && client.lost === 0 && client.unexpected === 0,
      detail: `${kept} of ${requests}, ${client.lost} lost, ${client.unexpected} with another status${bad}`,
    },
    exactness(outcome),
    {
      name: "cut streams are charged what was delivered, within 25 %",
      isMet: client.cut === 0 || Math.abs(cutRatio - 1) <= mostCutError,
      detail: `${outcome.chargedCut} tokens charged, ${outcome.deliveredCut} delivered`,
    },
    { name: "nothing is held at the end", isMet: holds === 0, detail: `${holds} reservations are open` },
    { name: "the processor counted no failure", isMet: failures === 0, detail: `${failures} failures` },
    ...memoryChecks(outcome),
  ];
}

/** The gateway, or the answer itself, says of each complete answer what it used: nothing is left to estimates. */
function exactness({ client, delivered, charged, settles }: SoakOutcome): Check {
  const estimated = Object.entries(settles)
    .filter(([kind]) => kind.endsWith("estimated"))
    .reduce((sum, [, count]) => sum + count, 0);
  const beyondCut = Math.max(0, estimated - client.cut);
  return {
    name: "complete answers are charged exactly",
    isMet: delivered > 0 && beyondCut === 0 && charged === delivered,
    detail: `${charged} tokens charged, ${delivered} delivered, ${beyondCut} complete answers estimated`,
  };
}

function memoryChecks({ requests, memory }: SoakOutcome): readonly Check[] {
  const between = (from: number, to: number) =>
    memory.filter(({ sent }) => sent >= from * requests && sent <= to * requests).map(({ rssMiB }) => rssMiB);
  const early = between(warmUpShare, 2 * warmUpShare);
  const late = between(1 - warmUpShare, 1);
  const peak = Math.max(0, ...memory.map(({ rssMiB }) => rssMiB));
  const isEnough = requests >= leastRequests && early.length > 0 && late.length > 0;
  const growth = isEnough ? median(late) / median(early) - 1 : Number.NaN;
  return [
    {
      name: `memory of the processor stays below ${mostRssMiB} MiB`,
      isMet: memory.length > 0 && peak < mostRssMiB,
      detail: `at most ${peak.toFixed(0)} MiB`,
    },
    {
      name: "memory of the processor is flat within 10 %",
      isMet: !isEnough || growth <= mostGrowth,
      detail: isEnough
        ? `${median(early).toFixed(0)} MiB after the warm-up, ${median(late).toFixed(0)} MiB at the end`
        : `not judged: fewer than ${leastRequests} requests`,
    },
  ];
}

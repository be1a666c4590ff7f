import type { Learned } from "../usage/estimate";
import { LearnedValues } from "../usage/learnedValues";
import { type LearnableRequest, ModelLearning } from "../usage/modelLearning";
import type { ResponseReport } from "../usage/responseReader";
import { learnFrom, type SettledUsage } from "../usage/settleUsage";
import { outputTokensOf, type Usage } from "../usage/usage";

/** A tenth of the streams has fewer bytes to a token: what is charged for those that were cut is seldom too low. */
const carefulShare = 0.1;
/** Values are learned to 9 %. */
const width = 1.09;
/** Bytes of a stream to an output token until they are learned: frames of several tokens each, on the careful side. */
const unknownStreamBytes = 40;
/** Learned values are positive: this stands for none. */
const none = 0.01;

/** What this replica has learned about one model, from requests whose usage was reported. */
export class ModelKnowledge {
  private readonly learning = new ModelLearning();
  private readonly streamBytes = new LearnedValues();
  private readonly hidden = new LearnedValues();

  /** For the estimate of the next request. */
  learned(): Learned {
    return this.learning.learned();
  }

  /** For streams that were cut. */
  get estimator() {
    return this.learning.estimator;
  }

  /** Takes a request with the usage that was reported for it. */
  observe(request: LearnableRequest, usage: Usage): void {
    this.learning.observe(request, usage);
  }

  /** Takes a stream that came to its end, of which the usage and the length in bytes are known. */
  observeStream(bytes: number, usage: Usage): void {
    this.streamBytes.observe(bytes / outputTokensOf(usage));
  }

  /** Takes an answer that was read to its end. */
  observeAnswer(report: ResponseReport, choices: number): void {
    const { usage } = report;
    if (usage === undefined || !report.isFinal || !report.isStream) {
      return;
    }
    learnFrom(report, this.estimator);
    this.observeStream(report.bytes, usage);
    const shown = report.reasoning.isEmpty ? 0 : this.estimator.estimate(report.reasoning);
    this.hidden.observe(Math.max(none, (usage.reasoning - shown) / choices));
  }

  /** Output tokens of a stream of which only the length is known. */
  tokensOfStream(bytes: number): number {
    const learned = this.streamBytes.quantile(carefulShare);
    return Math.ceil(bytes / (learned === undefined ? unknownStreamBytes : learned / width));
  }

  /**
   * An estimate with the tokens added that the model thought without saying so. A model thinks before it speaks, so
   * a cut stream holds all of it whatever it holds of the text: as much as every second answer of the model had,
   * and no more than the output may have in all. Before that is learned, nothing is added.
   */
  withHidden(
    settled: SettledUsage,
    report: ResponseReport,
    choices: number,
    mostOutput: number,
  ): SettledUsage {
    const { usage } = settled;
    // An estimate that stayed with what was reported knows of all output that it can.
    const isReported = report.usage !== undefined && outputTokensOf(report.usage) === outputTokensOf(usage);
    if (settled.kind !== "estimated" || !report.isStream || isReported) {
      return settled;
    }
    const typical = Math.floor(this.hidden.quantile(0.5) ?? 0) * choices;
    const added = Math.max(0, Math.min(typical, mostOutput - outputTokensOf(usage)));
    return { usage: { ...usage, reasoning: usage.reasoning + added }, kind: settled.kind };
  }
}

/** What is known about every model that was called. */
export class Knowledge {
  private readonly models = new Map<string, ModelKnowledge>();

  /** Only for names of a policy: what clients make up is not remembered. */
  of(model: string): ModelKnowledge {
    let known = this.models.get(model);
    if (known === undefined) {
      known = new ModelKnowledge();
      this.models.set(model, known);
    }
    return known;
  }
}

import type { Learned } from "./estimate";
import { LearnedValues } from "./learnedValues";
import type { ModelRequest } from "./modelRequest";
import { TokenEstimator } from "./tokenEstimator";
import { inputTokensOf, outputTokensOf, type Usage } from "./usage";

/** A tenth of the requests has fewer bytes to a token: estimates are seldom too low. */
const carefulShare = 0.1;
/** One choice in twenty is longer. */
const likelyShare = 0.95;

/** What of a request is needed to learn from its usage. */
export type LearnableRequest = Pick<
  ModelRequest,
  "textBytes" | "tokenInputs" | "choices" | "imageParts" | "fileParts" | "audioParts" | "hasStoredInput"
>;

/** What one model teaches: how many tokens bodies and answers of it have. */
export class ModelLearning {
  /** For streams that were cut. */
  readonly estimator = new TokenEstimator();
  private readonly bytesPerToken = new LearnedValues();
  private readonly outputTokens = new LearnedValues();

  /** Takes a request with the usage that was reported for it. */
  observe(request: LearnableRequest, usage: Usage): void {
    const tokens = inputTokensOf(usage) - request.tokenInputs;
    const isPlain =
      request.imageParts + request.fileParts + request.audioParts === 0 && !request.hasStoredInput;
    if (isPlain && tokens > 0) {
      this.bytesPerToken.observe(request.textBytes / tokens);
    }
    this.outputTokens.observe(Math.ceil(outputTokensOf(usage) / request.choices));
  }

  /** For the estimate of the next request. */
  learned(): Learned {
    const bytes = this.bytesPerToken.quantile(carefulShare);
    const output = this.outputTokens.quantile(likelyShare);
    return {
      bytesPerToken: bytes === undefined ? undefined : Math.max(0.5, bytes / 1.09),
      outputTokens: output === undefined ? undefined : Math.ceil(output),
    };
  }

  /** As numbers that can be stored, and read by any replica. */
  snapshot() {
    return {
      estimator: this.estimator.learned(),
      bytesPerToken: this.bytesPerToken.learned(),
      outputTokens: this.outputTokens.learned(),
    };
  }

  /** Takes a snapshot in place of what was learned; false when a part of it is none, which is then left as it was. */
  restore(snapshot: ReturnType<ModelLearning["snapshot"]>): boolean {
    const parts = [
      this.estimator.restore(snapshot.estimator),
      this.bytesPerToken.restore(snapshot.bytesPerToken),
      this.outputTokens.restore(snapshot.outputTokens),
    ];
    return parts.every((isRestored) => isRestored);
  }
}

/** How the processor treats requests, whatever the policy says. */
export interface ProcessorSettings {
  /** Longer request bodies are refused with 413: reading one takes the event loop some 10 ms for each megabyte. */
  readonly maxBodyBytes: number;
  /** How long a request that is over waits for its access log entry until it is settled by what was expected. */
  readonly logWaitMs: number;
  /**
   * Whether Envoy keeps the stream of a request open until its answer has ended, where nothing of the answer is read:
   * then the hold is renewed as long as the answer takes. Envoy is asked for trailers, which are seldom there. Without
   * it a stream that takes longer than `logWaitMs` is settled by what was expected, and corrected by its log entry.
   */
  readonly lifetimeSignal: boolean;
  /** Requests that wait for their log entry at once; the oldest beyond that are settled by what was expected. */
  readonly mostAwaiting: number;
  /** Counters that are remembered as being over their limit, to return from their tier; the oldest is forgotten. */
  readonly mostOverflows: number;
  /** Requests whose settlement is remembered, so that a log entry that comes after it is not settled again. */
  readonly mostSettled: number;
}

/** What is not said otherwise. */
export const processorDefaults: ProcessorSettings = Object.freeze({
  maxBodyBytes: 32 * 1024 * 1024,
  logWaitMs: 10_000,
  lifetimeSignal: true,
  mostAwaiting: 50_000,
  mostOverflows: 10_000,
  mostSettled: 10_000,
});

/** A LoRA adapter: a change to a model's weights that is a model of its own to clients. One of `source`, `s3Path`. */
export interface VllmLoraArgs {
  /** Hugging Face repository of the adapter, for example `acme/qwen3-support-lora`. */
  source?: string;
  /** Path of the adapter's folder in the bucket of `s3`, for example `adapters/support`. */
  s3Path?: string;
  /** Rank of the adapter, as `r` in its `adapter_config.json`, 1 to 512. */
  rank: number;
  /** Whether clients see the name. Default: true. */
  public?: boolean;
}

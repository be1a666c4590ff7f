/** Names that are the same once everything but letters and digits is gone. */
export const alikeNames = [
  "Qwen/Qwen3",
  "qwen-qwen3",
  "qwen.qwen3",
  "QWEN/qwen3",
  "qwen_qwen3",
  "qwen--qwen3",
  "Qwen-Qwen3",
] as const;

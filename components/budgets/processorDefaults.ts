import { type ProcessorAutoscalingArgs, ProcessorLogLevel, ProcessorSpread } from "./processorArgs";

/** Port of external processing and of the access log. */
export const processorPort = 9002;

/** Port of health and metrics. */
export const processorHealthPort = 9003;

/** Environment variable with the value of the webhook's `authorization` header. */
export const webhookVariable = "WEBHOOK_AUTHORIZATION";

/** The defaults of `ProcessorArgs`, applied where it is resolved only. */
export const processorDefaults = Object.freeze({
  replicas: 2,
  autoscaling: Object.freeze({ min: 2, max: 10, cpuPercent: 60 }),
  platforms: Object.freeze(["linux/amd64"]),
  cpu: "500m",
  memory: "1Gi",
  spread: ProcessorSpread.Preferred,
  storeTimeoutMs: 20,
  holdSeconds: 60,
  drainSeconds: 300,
  messageTimeout: "5s",
  logLevel: ProcessorLogLevel.Info,
});

/** Pods by load, with the defaults filled in. */
export function autoscalingBounds(args: ProcessorAutoscalingArgs): Required<ProcessorAutoscalingArgs> {
  const { min, max, cpuPercent } = processorDefaults.autoscaling;
  return { min: args.min ?? min, max: args.max ?? max, cpuPercent: args.cpuPercent ?? cpuPercent };
}

import { describe, it } from "vitest";
import { type Case, expectAlone, model } from "./cases";

const cases: readonly Case[] = [
  [
    "a source without an owner",
    model({ vllm: { source: "qwen3" } }),
    'models["m"].vllm.source',
    /owner\/name/,
  ],
  [
    "an unknown accelerator",
    model({ vllm: { source: "a/b", accelerator: "tpu" } }),
    'models["m"].vllm.accelerator',
    /"tpu" is not known/,
  ],
  [
    "no GPUs",
    model({ vllm: { source: "a/b", gpus: 0 } }),
    'models["m"].vllm.gpus',
    /0 is not a whole number from 1 to 16/,
  ],
  [
    "half a replica",
    model({ vllm: { source: "a/b", replicas: 0.5 } }),
    'models["m"].vllm.replicas',
    /0.5 is not/,
  ],
  [
    "no context",
    model({ vllm: { source: "a/b", maxModelLen: 0 } }),
    'models["m"].vllm.maxModelLen',
    /0 is not/,
  ],
  [
    "a start of a second",
    model({ vllm: { source: "a/b", startupSeconds: 1 } }),
    'models["m"].vllm.startupSeconds',
    /from 60 to 7,200/,
  ],
  [
    "a day to stop",
    model({ vllm: { source: "a/b", shutdownSeconds: 86_400 } }),
    'models["m"].vllm.shutdownSeconds',
    /from 0 to 3,600/,
  ],
  [
    "memory in thousandths of a byte",
    model({ vllm: { source: "a/b", resources: { memory: "512m" } } }),
    'models["m"].vllm.resources.memory',
    /"512m" is not a size/,
  ],
  [
    "CPUs in gibibytes",
    model({ vllm: { source: "a/b", resources: { cpu: "4Gi" } } }),
    'models["m"].vllm.resources.cpu',
    /not a number of CPUs/,
  ],
  [
    "a cache of no size",
    model({ vllm: { source: "a/b", cache: { size: "big" } } }),
    'models["m"].vllm.cache.size',
    /not a size/,
  ],
  [
    "a pool with a blank",
    model({ vllm: { source: "a/b", pool: "a b" } }),
    'models["m"].vllm.pool',
    /node label/,
  ],
  [
    "a flag that the package sets",
    model({ vllm: { source: "a/b", extraArgs: ["--tensor_parallel_size=2"] } }),
    'models["m"].vllm.extraArgs',
    /is set by this package/,
  ],
  [
    "a claim of one node for many replicas",
    model({ vllm: { source: "a/b", replicas: 2, cache: { storageClassName: "gp3" } } }),
    'models["m"].vllm.cache.accessMode',
    /there are 2 replicas; use ReadWriteMany/,
  ],
  [
    "an access mode without a claim",
    model({ vllm: { source: "a/b", cache: { accessMode: "ReadWriteMany" } } }),
    'models["m"].vllm.cache.accessMode',
    /without storageClassName there is none/,
  ],
  [
    "a storage class that is none",
    model({ vllm: { source: "a/b", cache: { storageClassName: "Bad Name!" } } }),
    'models["m"].vllm.cache.storageClassName',
    /Bad Name!/,
  ],
  [
    "a token among the arguments",
    model({ vllm: { source: "a/b", extraArgs: ["--hf-token", "x"] } }),
    'models["m"].vllm.extraArgs',
    /"--hf-token" is set by this package/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});

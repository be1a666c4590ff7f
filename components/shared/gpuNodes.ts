/** Maker of a GPU. */
export const GpuVendor = { Nvidia: "nvidia", Amd: "amd" } as const;
export type GpuVendor = (typeof GpuVendor)[keyof typeof GpuVendor];

/** Extended resource by which Kubernetes hands out GPUs, and the key of the taint of nodes that have some. */
export const gpuResources: Readonly<Record<GpuVendor, string>> = {
  [GpuVendor.Nvidia]: "nvidia.com/gpu",
  [GpuVendor.Amd]: "amd.com/gpu",
};

/** Label of nodes: the name of their pool. Node groups carry it, and pods of models ask for it. */
export const poolLabel = "ai-gateway/pool";

import { type MembersOf, requiring } from "../models/memberShapes";
import { acceleratorMembers } from "./acceleratorArgs";
import type { HybridPoolArgs, PoolArgs, PoolDiskArgs, PoolTaintArgs } from "./poolArgs";

const texts = { listOf: "text" } as const;
const disk: MembersOf<PoolDiskArgs> = {
  size: "number",
  throughput: "number",
  iops: "number",
  kmsKeyId: "input",
};
const taint: MembersOf<PoolTaintArgs> = { value: "text", effect: "text" };
const hybrid = requiring<HybridPoolArgs>(
  {
    credentials: "text",
    activationExpires: "text",
    privateCaArn: "input",
    caCertificate: "input",
    hosts: texts,
  },
  "credentials",
);

/** Every member of a pool, and what it must be. */
export const poolMembers = requiring<PoolArgs>(
  {
    instanceType: "text",
    accelerator: acceleratorMembers,
    min: "number",
    max: "number",
    capacity: "text",
    reservationId: "input",
    zones: texts,
    disk,
    instanceStore: "flag",
    taints: { eachOf: taint },
    labels: { eachOf: "text" },
    ami: "text",
    amiId: "input",
    amiRelease: "text",
    userData: "input",
    efa: "flag",
    nodeRepair: "flag",
    devicePlugin: "flag",
    hybrid,
  },
  "max",
);

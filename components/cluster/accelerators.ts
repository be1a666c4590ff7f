import { nearest } from "../shared/nearest";
import type { AcceleratorShape } from "./acceleratorShape";
import { gpuNamed, usableMiB } from "./gpuModels";

/** Where and when the prices of this table were those of on-demand Linux instances. */
export const instancePrices = { region: "us-east-1", date: "2026-07-20" } as const;

/** Name, GPUs, GPU, vCPUs, GiB, MiB left for pods, GB of NVMe, Gbps, EFA interfaces, USD per hour. */
type Row = readonly [
  name: string,
  gpus: number,
  gpu: string,
  vcpus: number,
  memoryGiB: number,
  allocatableMiB: number,
  nvmeGB: number,
  networkGbps: number,
  efaInterfaces: number,
  usdPerHour: number | undefined,
];

/**
 * Source: instance page (21 August 2026) and price list (2026-07-20, us-east-1, Linux on demand) of
 * aws/karpenter-provider-aws; every row was compared with both in November 2026. The figure of the network is the one
 * that lasts, not the burst.
 */
const rows: readonly Row[] = [
  ["g4dn.xlarge", 1, "T4", 4, 16, 14_481, 125, 5, 0, 0.526],
  ["g4dn.2xlarge", 1, "T4", 8, 32, 29_636, 225, 10, 0, 0.752],
  ["g4dn.12xlarge", 4, "T4", 48, 192, 178_933, 900, 50, 1, 3.912],
  ["g5.xlarge", 1, "A10G", 4, 16, 14_162, 250, 2.5, 0, 1.006],
  ["g5.2xlarge", 1, "A10G", 8, 32, 29_317, 450, 5, 0, 1.212],
  ["g5.4xlarge", 1, "A10G", 16, 64, 57_691, 600, 10, 0, 1.624],
  ["g5.8xlarge", 1, "A10G", 32, 128, 118_312, 900, 25, 1, 2.448],
  ["g5.12xlarge", 4, "A10G", 48, 192, 173_400, 3_800, 40, 1, 5.672],
  ["g5.48xlarge", 8, "A10G", 192, 768, 723_299, 7_600, 100, 1, 16.288],
  ["g6.xlarge", 1, "L4", 4, 16, 14_162, 250, 2.5, 0, 0.805],
  ["g6.2xlarge", 1, "L4", 8, 32, 29_317, 450, 5, 0, 0.978],
  ["g6.4xlarge", 1, "L4", 16, 64, 57_691, 600, 10, 0, 1.323],
  ["g6.8xlarge", 1, "L4", 32, 128, 118_312, 900, 25, 1, 2.014],
  ["g6.12xlarge", 4, "L4", 48, 192, 178_933, 3_760, 40, 1, 4.602],
  ["g6.48xlarge", 8, "L4", 192, 768, 718_987, 7_520, 100, 1, 13.35],
  ["gr6.4xlarge", 1, "L4", 16, 128, 118_312, 600, 10, 0, 1.539],
  ["g6e.xlarge", 1, "L40S", 4, 32, 29_317, 250, 2.5, 0, 1.861],
  ["g6e.2xlarge", 1, "L40S", 8, 64, 59_627, 450, 5, 0, 2.242],
  ["g6e.4xlarge", 1, "L40S", 16, 128, 118_312, 600, 20, 0, 3.004],
  ["g6e.8xlarge", 1, "L40S", 32, 256, 239_554, 900, 25, 1, 4.529],
  ["g6e.12xlarge", 4, "L40S", 48, 384, 360_157, 3_800, 100, 1, 10.493],
  ["g6e.24xlarge", 4, "L40S", 96, 768, 721_682, 3_800, 200, 2, 15.066],
  ["g6e.48xlarge", 8, "L40S", 192, 1_536, 1_449_132, 7_600, 400, 4, 30.131],
  ["g7.2xlarge", 1, "RTX PRO 4500", 8, 32, 27_161, 440, 60, 0, 2.52],
  ["g7.12xlarge", 2, "RTX PRO 4500", 48, 192, 173_169, 1_900, 175, 1, 7.128],
  ["g7e.2xlarge", 1, "RTX PRO 6000", 8, 64, 57_471, 1_900, 50, 0, 3.363],
  ["g7e.4xlarge", 1, "RTX PRO 6000", 16, 128, 115_320, 1_900, 50, 0, 3.998],
  ["g7e.8xlarge", 1, "RTX PRO 6000", 32, 256, 236_562, 1_900, 100, 1, 5.268],
  ["g7e.12xlarge", 2, "RTX PRO 6000", 48, 512, 477_659, 3_800, 400, 1, 8.286],
  ["g7e.24xlarge", 4, "RTX PRO 6000", 96, 1_024, 962_625, 7_600, 800, 2, 16.572],
  ["g7e.48xlarge", 8, "RTX PRO 6000", 192, 2_048, 1_932_558, 15_200, 1_600, 4, 33.144],
  ["p4d.24xlarge", 8, "A100 40GB", 96, 1_152, 1_082_712, 8_000, 400, 4, 21.958],
  ["p4de.24xlarge", 8, "A100 80GB", 96, 1_152, 1_082_712, 8_000, 400, 4, 27.447],
  ["p5.4xlarge", 1, "H100", 16, 256, 240_830, 3_800, 100, 1, 6.88],
  ["p5.48xlarge", 8, "H100", 192, 2_048, 1_938_410, 30_400, 3_200, 32, 55.04],
  // Sold by Capacity Blocks only, so it has no price by the hour.
  ["p5e.48xlarge", 8, "H200", 192, 2_048, 1_938_410, 30_400, 3_200, 32, undefined],
  ["p5en.48xlarge", 8, "H200", 192, 2_048, 1_937_332, 30_400, 3_200, 16, 63.296],
  ["p6-b200.48xlarge", 8, "B200", 192, 2_048, 1_937_332, 30_400, 3_200, 8, 113.933],
  ["p6-b300.48xlarge", 8, "B300", 192, 4_096, 3_877_198, 30_400, 6_400, 16, 142.416],
  // The only EC2 types with AMD's GPUs.
  ["g4ad.xlarge", 1, "Radeon Pro V520", 4, 16, 14_712, 150, 2, 0, 0.379],
  ["g4ad.2xlarge", 1, "Radeon Pro V520", 8, 32, 29_867, 300, 4.167, 0, 0.541],
  ["g4ad.4xlarge", 1, "Radeon Pro V520", 16, 64, 59_946, 600, 8.333, 0, 0.867],
  ["g4ad.8xlarge", 2, "Radeon Pro V520", 32, 128, 120_248, 1_200, 15, 0, 1.734],
  ["g4ad.16xlarge", 4, "Radeon Pro V520", 64, 256, 239_554, 2_400, 25, 0, 3.468],
];

/** Instance types with GPUs. An open list: others are declared with their numbers, see `AcceleratorArgs`. */
export const accelerators: readonly AcceleratorShape[] = rows.flatMap(
  ([name, gpus, gpu, vcpus, memoryGiB, allocatableMiB, nvmeGB, networkGbps, efa, usd]) => {
    const model = gpuNamed(gpu);
    // A row without its GPU would vanish here; a test counts them.
    return model === undefined
      ? []
      : [
          {
            name,
            vendor: model.vendor,
            gpu,
            gpus,
            gpuMemoryMiB: usableMiB(model),
            computeCapability: model.computeCapability,
            gfx: model.gfx,
            vcpus,
            memoryGiB,
            allocatableMiB,
            nvmeGB,
            networkGbps,
            efaInterfaces: efa,
            nvlink: /^p[456]/.test(name),
            usdPerHour: usd,
            verified: model.verified,
          },
        ];
  },
);

const byName: ReadonlyMap<string, AcceleratorShape> = new Map(
  accelerators.map((shape) => [shape.name, shape]),
);

/** The instance type of a name; `undefined` for one that the table lacks. */
export function acceleratorNamed(name: string): AcceleratorShape | undefined {
  return byName.get(name);
}

/** What to do about a name that the table lacks: the nearest name of it, if there is one. */
export function nearestAccelerator(name: string): string | undefined {
  return nearest(name.toLowerCase(), [...byName.keys()]);
}

/** Whether a name is one of an EC2 instance type: a host of one's own has no dot in its name. */
export function isInstanceType(name: string): boolean {
  return /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(name);
}

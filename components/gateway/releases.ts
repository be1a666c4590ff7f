/** The release sets: every version that the package installs or renders for stands in this file. */
export const ReleaseSet = { V1_0: "1.0", V1_1: "1.1" } as const;
export type ReleaseSet = (typeof ReleaseSet)[keyof typeof ReleaseSet];

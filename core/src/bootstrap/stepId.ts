/** The steps of a bootstrap, in their order. */
export const stepIds = [
  "inspect",
  "connect",
  "prepare-target",
  "build",
  "kexec",
  "prepare-installer",
  "disk-gate",
  "disko-patch",
  "disko",
  "store-overlay",
  "install",
  "proof-before-reboot",
  "reboot",
  "proof-after-boot",
] as const;

export type StepId = (typeof stepIds)[number];

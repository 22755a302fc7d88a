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

export const stepTitles: Readonly<Record<StepId, string>> = {
  inspect: "Look at the target",
  connect: "Log in with a key made for this run",
  "prepare-target": "Prepare the old system",
  build: "Build the system and the disko script",
  kexec: "Start the NixOS installer",
  "prepare-installer": "Prepare the installer",
  "disk-gate": "Make sure that nothing uses the disk",
  "disko-patch": "Patch the disko script",
  disko: "Partition and format the disk",
  "store-overlay": "Put the installer's store on the disk",
  install: "Install NixOS",
  "proof-before-reboot": "Check the installed system",
  reboot: "Reboot",
  "proof-after-boot": "Check the running system",
};

import type { BootstrapChoices } from "./plan.ts";
import type { BootstrapRequest } from "./request.ts";

/** The words of `nixos-vps bootstrap` that ask for this, the host and the target last. */
export function requestArguments(request: Omit<BootstrapRequest, "nixosAnywhere">): string[] {
  const { reference, target, diskKeys } = request;
  return [
    ...option("port", request.port),
    ...option("installer-port", request.installerPort),
    ...option("installed-port", request.installedPort),
    ...settingsArguments(request),
    ...option("host-key", request.hostKey),
    ...option("extra-files", request.extraFiles),
    ...diskKeys.flatMap(({ remote, local }) => option("disk-key", `${remote}=${local}`)),
    ...choiceArguments({
      ...request,
      diskoDependencies: request.diskoDependencies || undefined,
      buildHost: request.buildHost ?? undefined,
    }),
    `${reference.flake}#${reference.host}`,
    target,
  ];
}

/** The words for what is the same for every host and target. */
export function settingsArguments({
  sshConfig,
  kexec,
  initrdMiB,
}: Pick<BootstrapRequest, "sshConfig" | "kexec" | "initrdMiB">): string[] {
  return [...option("ssh-config", sshConfig), ...option("kexec", kexec), ...option("initrd-mib", initrdMiB)];
}

/** The words for choices, also for those that are made anew with `--resume`. */
export function choiceArguments(
  choices: { readonly [Name in keyof BootstrapChoices]?: BootstrapChoices[Name] | undefined },
): string[] {
  const { patch, overlay, swapFile, accept = [], diskoDependencies, buildHost } = choices;
  return [
    ...option("patch", patch),
    ...option("overlay", overlay),
    ...option("swap-file", swapFile),
    ...accept.flatMap((id) => option("accept", id)),
    ...(diskoDependencies === undefined ? [] : [diskoDependencies ? "--disko-deps" : "--no-disko-deps"]),
    ...(buildHost === null ? ["--no-build-host"] : option("build-host", buildHost)),
  ];
}

/** In one word, so that no value can be taken for an option. */
function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

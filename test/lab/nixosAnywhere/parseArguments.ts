/** nixos-anywhere's phases, in the order they run in. */
export const phases = ["kexec", "disko", "install", "reboot"] as const;
export type Phase = (typeof phases)[number];

export interface Arguments {
  readonly target: string;
  readonly phases: ReadonlySet<string>;
  /** The configuration to build, as `FLAKE#nixosConfigurations."HOST".config`. */
  readonly configuration: string | undefined;
  readonly storePaths: { readonly disko: string; readonly system: string } | undefined;
  /** The script of `system.build` that partitions the disks. */
  readonly diskoAttribute: string;
  readonly buildsRemotely: boolean;
  readonly kexec: string | undefined;
  readonly forceKexec: boolean;
  readonly kexecExtraFlags: string;
  readonly identityFile: string | undefined;
  /** Options for every ssh. */
  readonly sshArgs: readonly string[];
  readonly postKexecPort: string;
  readonly envPassword: boolean;
  /** Of the store's address, behind the question mark. */
  readonly storeSettings: string;
  readonly copyHostKeys: boolean;
  readonly extraFiles: string | undefined;
  /** Paths on the new system and who is to own them. */
  readonly ownership: readonly (readonly string[])[];
  /** Files on the installer and the files of this machine that go there. */
  readonly diskKeys: readonly (readonly string[])[];
  readonly nixOptions: readonly string[];
  readonly nixCopyOptions: readonly string[];
  /** Whether the configuration's binary caches are told to the installer. */
  readonly useCaches: boolean;
}

/** What nixos-anywhere says on standard error before it ends with 1. */
export class Aborted extends Error {}

/** How many values follow each option. */
const valueCounts: Readonly<Record<string, number>> = {
  ...{ "--flake": 1, "--target-host": 1, "-i": 1, "--ssh-port": 1, "--ssh-option": 1, "--store-paths": 2 },
  ...{ "--kexec": 1, "--kexec-extra-flags": 1, "--ssh-store-setting": 2, "--post-kexec-ssh-port": 1 },
  // The real one loses the argument that follows this option, so the stand-in does too.
  "--force-kexec": 1,
  ...{ "--copy-host-keys": 0, "--extra-files": 1, "--chown": 2, "--disk-encryption-keys": 2, "--phases": 1 },
  ...{ "--disko-mode": 1, "--no-disko-deps": 0, "--build-on": 1, "--from": 1, "--option": 2, "--env-password": 0 },
  ...{ "--no-substitute-on-destination": 0, "--no-use-machine-substituters": 0 },
  ...{ "--print-build-logs": 0, "--debug": 0, "--show-trace": 0 },
};
const shortForms: Readonly<Record<string, string>> = {
  ...{ "-f": "--flake", "-p": "--ssh-port", "-s": "--store-paths", "-L": "--print-build-logs" },
};

/** @throws Aborted with nixos-anywhere's own words where it has some */
export function parseArguments(argv: readonly string[]): Arguments {
  const { options, positionals } = collect(argv);
  const all = (option: string) => options.get(option) ?? [];
  const last = (option: string) => all(option).at(-1)?.[0];
  const has = (option: string) => options.has(option);
  const first = (values: readonly string[]) => values[0] ?? "";

  const target = last("--target-host") ?? positionals[0];
  const flake = last("--flake");
  const [disko, system] = all("--store-paths").at(-1) ?? [];
  const storePaths = disko === undefined || system === undefined ? undefined : { disko, system };
  const diskoMode = last("--disko-mode");
  if (diskoMode !== undefined && storePaths) throw new Aborted("--disko-mode cannot be used if --store-paths is used");
  if (target === undefined) throw new Aborted("ssh-host must be set");
  if (flake === undefined && storePaths === undefined) throw new Aborted("--flake or --store-paths must be set");
  const substitutes = !has("--no-substitute-on-destination");
  return {
    target,
    storePaths,
    phases: parsePhases(last("--phases")),
    configuration: flake === undefined ? undefined : parseFlake(flake),
    diskoAttribute: `${diskoMode ?? "disko"}Script${has("--no-disko-deps") ? "NoDeps" : ""}`,
    // Where nothing is said it builds here: whoever runs the lab can.
    buildsRemotely: last("--build-on") === "remote",
    kexec: last("--kexec"),
    forceKexec: has("--force-kexec"),
    kexecExtraFlags: last("--kexec-extra-flags") ?? "",
    identityFile: last("-i"),
    sshArgs: [
      ...all("--ssh-port").flatMap((values) => ["-p", first(values)]),
      ...all("--ssh-option").flatMap((values) => ["-o", first(values)]),
    ],
    postKexecPort: last("--post-kexec-ssh-port") ?? "22",
    envPassword: has("--env-password"),
    storeSettings: ["compress=true", ...all("--ssh-store-setting").map((pair) => pair.join("="))].join("&"),
    copyHostKeys: has("--copy-host-keys"),
    extraFiles: last("--extra-files"),
    ownership: all("--chown"),
    diskKeys: all("--disk-encryption-keys"),
    nixOptions: [
      ...["--extra-experimental-features", "nix-command flakes", "--no-write-lock-file"],
      ...all("--option").flatMap((pair) => ["--option", ...pair]),
      ...(has("--print-build-logs") ? ["-L"] : []),
    ],
    nixCopyOptions: [
      ...all("--from").flatMap((values) => ["--from", first(values)]),
      ...(substitutes ? ["--substitute-on-destination"] : []),
    ],
    useCaches: flake !== undefined && substitutes && !has("--no-use-machine-substituters"),
  };
}

function collect(argv: readonly string[]): { options: Map<string, string[][]>; positionals: string[] } {
  const options = new Map<string, string[][]>();
  const positionals: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const given = argv[index] ?? "";
    const option = shortForms[given] ?? given;
    const count = valueCounts[option];
    if (count === undefined) {
      if (option.startsWith("-") || positionals.length > 0) throw new Aborted(`the stand-in does not know ${given}`);
      positionals.push(given);
    } else {
      const values = argv.slice(index + 1, index + 1 + count);
      if (values.length < count) throw new Aborted(`${given} needs ${count} more argument${count > 1 ? "s" : ""}`);
      options.set(option, [...(options.get(option) ?? []), values]);
      index += count;
    }
  }
  return { options, positionals };
}

function parsePhases(list: string | undefined): ReadonlySet<string> {
  const chosen = list?.split(",") ?? phases;
  const unknown = chosen.find((name) => !phases.some((phase) => phase === name));
  if (unknown !== undefined) throw new Aborted(`Unknown phase: ${unknown}`);
  return new Set(chosen);
}

function parseFlake(uri: string): string {
  const [flake, attribute = ""] = uri.split("#");
  if (attribute === "") throw new Aborted(`${uri} does not say which configuration: append #HOST`);
  const isPath = attribute.startsWith("nixosConfigurations.");
  return isPath ? uri : `${flake}#nixosConfigurations."${attribute}".config`;
}

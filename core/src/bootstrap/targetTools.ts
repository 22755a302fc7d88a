import type { TargetFacts } from "./targetFacts.ts";

/** How a distribution installs packages, as an argv. */
export interface PackageManager {
  readonly name: string;
  /** Learns what there is; images of machines come with empty lists. */
  readonly refresh?: readonly string[];
  readonly install: (packages: readonly string[]) => readonly string[];
}

const packageManagers: readonly PackageManager[] = [
  { name: "pacman", install: (packages) => ["pacman", "-Sy", "--noconfirm", "--needed", ...packages] },
  {
    name: "apt-get",
    refresh: ["apt-get", "update"],
    install: (packages) => [
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      "apt-get",
      "install",
      "-y",
      "--no-install-recommends",
      ...packages,
    ],
  },
  { name: "dnf", install: (packages) => ["dnf", "install", "-y", ...packages] },
  { name: "apk", install: (packages) => ["apk", "add", ...packages] },
  { name: "zypper", install: (packages) => ["zypper", "--non-interactive", "install", ...packages] },
];

/** What nixos-anywhere and the installer's start script run on the old system, and the package that has it everywhere. */
const neededTools: Readonly<Record<string, string>> = {
  bash: "bash",
  tar: "tar",
  gzip: "gzip",
  cpio: "cpio",
  find: "findutils",
  grep: "grep",
  setsid: "util-linux",
};

export function missingTools({ tools }: TargetFacts): string[] {
  return tools === "unknown" ? [] : Object.keys(neededTools).filter((tool) => !tools.includes(tool));
}

/** Names of packages that bring the tools, each once. */
export function packagesFor(tools: readonly string[]): string[] {
  return [...new Set(tools.map((tool) => neededTools[tool] ?? tool))];
}

export function packageManagerOf({ tools }: TargetFacts): PackageManager | undefined {
  return tools === "unknown" ? undefined : packageManagers.find((manager) => tools.includes(manager.name));
}

import type { TargetFacts } from "./targetFacts.ts";

/** How a distribution installs packages, as an argv. */
export interface PackageManager {
  readonly name: string;
  /** Distributions that come with it, by their ID in os-release(5). */
  readonly distributions: readonly string[];
  /** Learns what there is; images of machines come with empty lists. */
  readonly refresh?: readonly string[];
  readonly install: (packages: readonly string[]) => readonly string[];
}

const packageManagers: readonly PackageManager[] = [
  {
    name: "pacman",
    distributions: ["arch", "archarm", "endeavouros", "manjaro"],
    install: (packages) => ["pacman", "-Sy", "--noconfirm", "--needed", ...packages],
  },
  {
    name: "apt-get",
    distributions: ["debian", "ubuntu", "raspbian", "linuxmint"],
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
  {
    name: "dnf",
    distributions: ["fedora", "rhel", "centos", "rocky", "almalinux", "ol", "amzn"],
    install: (packages) => ["dnf", "install", "-y", ...packages],
  },
  { name: "apk", distributions: ["alpine"], install: (packages) => ["apk", "add", ...packages] },
  {
    name: "zypper",
    distributions: ["opensuse-leap", "opensuse-tumbleweed", "sles"],
    install: (packages) => ["zypper", "--non-interactive", "install", ...packages],
  },
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

export function packageManagerAmong(programs: readonly string[]): PackageManager | undefined {
  return packageManagers.find(({ name }) => programs.includes(name));
}

/** The one that was seen; where nobody looked, as in facts that were written by hand, the one of the distribution. */
export function packageManagerOf({ packageManager, tools, os }: TargetFacts): PackageManager | undefined {
  if (packageManager !== "unknown") return packageManagerAmong([packageManager]);
  const seen = tools === "unknown" ? undefined : packageManagerAmong(tools);
  return seen ?? (os === "unknown" ? undefined : packageManagers.find((each) => each.distributions.includes(os.id)));
}

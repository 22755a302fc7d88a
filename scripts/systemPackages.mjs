import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CommandFailed, exitCodeOf } from "./run.mjs";

/**
 * What a fresh machine may lack, under the names of Debian and Ubuntu.
 *
 * @typedef {{ package: string, isPresent: () => boolean }} Requirement
 */

/** code-server compiles native modules when it is installed. */
export const compilers = [
  requirement("g++", () => isOnPath("g++")),
  requirement("make", () => isOnPath("make")),
  requirement("python3", () => isOnPath("python3")),
  requirement("pkg-config", () => isOnPath("pkg-config")),
  requirement("libkrb5-dev", () => existsSync("/usr/include/gssapi/gssapi.h")),
];

/** The end-to-end tests drive a browser. */
export const browser = [requirement("chromium", () => isOnPath("chromium"))];

/** Tests and benchmarks hold the parser against Nix's own. */
export const nix = [requirement("nix-bin", () => isOnPath("nix-instantiate"))];

/** The ssh tests log in to a real server on the loopback interface. */
export const ssh = [
  requirement("openssh-client", () => isOnPath("ssh") && isOnPath("ssh-keygen")),
  requirement("openssh-server", () => existsSync("/usr/sbin/sshd")),
];

/** The lab's machines are virtual ones. */
export const lab = [
  requirement("qemu-system-x86", () => isOnPath("qemu-system-x86_64")),
  requirement("qemu-utils", () => isOnPath("qemu-img")),
];

/**
 * Installs what is missing with apt-get when this user may, and otherwise says in one line what to install.
 *
 * @param {readonly Requirement[]} requirements
 */
export async function installSystemPackages(requirements) {
  const missing = requirements.filter((each) => !each.isPresent()).map((each) => each.package);
  if (missing.length === 0) return;

  const names = missing.join(" ");
  const prefix = await rootPrefix();
  if (!isOnPath("apt-get") || prefix === undefined) {
    throw new CommandFailed(`Install these packages first: ${names} (Debian, Ubuntu: sudo apt-get install ${names})`);
  }
  process.stdout.write(`Installing the system packages ${names}\n`);
  const aptGet = (/** @type {string[]} */ ...args) => {
    const [file = "", ...rest] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args];
    return exitCodeOf(file, rest);
  };
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  // Without package lists, as in a container image, or with old ones the first attempt fails.
  if ((await aptGet(...install)) !== 0) {
    await aptGet("update");
    if ((await aptGet(...install)) !== 0) throw new CommandFailed(`apt-get could not install ${names}.`);
  }
}

/** How to become root without being asked for a password, if there is a way. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!isOnPath("sudo")) return undefined;
  const exitCode = await exitCodeOf("sudo", ["-n", "true"], { stdio: "ignore" });
  return exitCode === 0 ? ["sudo", "-n"] : undefined;
}

/** @param {string} name @param {() => boolean} isPresent @returns {Requirement} */
function requirement(name, isPresent) {
  return { package: name, isPresent };
}

/** @param {string} program */
function isOnPath(program) {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

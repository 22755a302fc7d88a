import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { execa } from "execa";
import { cacheFolder } from "./cache.ts";

/** Settings with which Nix builds for the lab: alone, offline, without users of its own. */
const settings = [
  "experimental-features = nix-command flakes",
  "build-users-group =",
  "sandbox = false",
  "substituters =",
  "flake-registry =",
  "connect-timeout = 1",
].join("\n");

/** For programs that use the lab's store, and what these start. */
export const nixEnvironment: Readonly<Record<string, string>> = { NIX_CONFIG: settings, NIX_REMOTE: "" };

let prefix: Promise<readonly string[]> | undefined;

/**
 * The command line that runs a program with /nix being the lab's own store, for it and what it starts.
 *
 * Nothing of the machine's own /nix is touched. To be run with `nixEnvironment`.
 *
 * @throws Error that says what this machine does not allow
 */
export async function inLabStore(file: string, args: readonly string[]): Promise<[string, string[]]> {
  prefix ??= storePrefix();
  const [first = file, ...rest] = [...(await prefix), file, ...args];
  return [first, rest];
}

/** Runs a program in the lab's store and returns what it prints. */
export async function runInLabStore(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const [program, programArgs] = await inLabStore(file, args);
  const { stdout } = await execa(program, programArgs, { env: nixEnvironment, ...(cwd === undefined ? {} : { cwd }) });
  return stdout;
}

async function storePrefix(): Promise<readonly string[]> {
  const nix = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "nix"))
    .find(existsSync);
  if (nix === undefined) throw new Error("Nix is not installed: npm run setup installs nix-bin.");
  // A Nix that lives in the store itself cannot be run with another store in its place.
  if (nix.startsWith("/nix/") || nix.includes("/.nix-profile/") || nix.startsWith("/run/current-system/")) return [];

  const store = join(cacheFolder(), "nix");
  await mkdir(store, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  const script = 'mount --bind "$0" /nix && exec "$@"';
  const unshare = [
    "unshare",
    "--mount",
    ...(isRoot ? [] : ["--map-current-user", "--keep-caps"]),
    "--",
    "sh",
    "-c",
    script,
    store,
  ];
  if (isRoot) await mkdir("/nix", { recursive: true });
  const [file = "", ...args] = [...unshare, "true"];
  try {
    await execa(file, args);
  } catch (error) {
    const reason = existsSync("/nix")
      ? "user and mount namespaces are needed, and root always has them"
      : "run sudo mkdir /nix";
    throw new Error(`The lab cannot have a Nix store of its own: ${reason}.`, { cause: error });
  }
  return unshare;
}

/**
 * Copies a folder into the lab's store.
 *
 * @param name what follows the hash in the store path
 */
export async function addToLabStore(name: string, folder: string): Promise<string> {
  return runInLabStore("nix", ["store", "add-path", "--name", name, folder]);
}

/** The folder in which the lab's own store is `nix/store`; undefined when the lab uses this machine's. */
export async function labStoreRoot(): Promise<string | undefined> {
  const isOwn = (await inLabStore("true", []))[0] !== "true";
  return isOwn ? cacheFolder() : undefined;
}

/** Where the content of a store path lies for programs outside of the lab's store. */
export async function physicalPath(storePath: string): Promise<string> {
  const root = await labStoreRoot();
  return root === undefined ? storePath : join(root, "nix/store", basename(storePath));
}

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { root } from "../../scripts/root.mjs";
import type { RegisteredPath, TemporaryStore } from "./temporaryStore.ts";

export const articleHost = "vps-ultraman";

/** Whom commits of test repositories are by. */
const author = ["-c", "user.name=test", "-c", "user.email=test@localhost"];

/**
 * Puts a flake with a host of 7.6 GB beside a store, as a git repository with one commit. Its packages are a stand-in: they have
 * sizes and no content, and `registerHost` makes them known in place of a build.
 */
export async function articleFlake(store: TemporaryStore, name = "flake"): Promise<string> {
  const fixture = join(root, "test/fixtures/article");
  const flake = join(store.directory, name);
  const nixpkgs = join(store.directory, "nixpkgs");
  cpSync(join(fixture, "flake"), flake, { recursive: true });
  cpSync(join(fixture, "nixpkgs"), nixpkgs, { recursive: true });
  replaceIn(join(flake, "flake.nix"), 'url = "nixpkgs"', `url = "path:${nixpkgs}"`);
  await git(store, flake, "init", "--quiet");
  await git(store, flake, "add", "--all");
  await store.nix("flake", "lock", flake);
  await commit(store, flake, "before");
  return flake;
}

/** Makes everything known that a host of the flake consists of. */
export async function registerHost(store: TemporaryStore, flake: string, host = articleHost): Promise<void> {
  const nixpkgs = join(store.directory, "nixpkgs");
  const attribute = `${flake}#nixosConfigurations."${host}".config.system.build.toplevel`;
  const apply = `(builtins.getFlake "path:${nixpkgs}").lib.registration`;
  const output = await store.nix("eval", "--impure", "--json", attribute, "--apply", apply);
  await store.register(JSON.parse(output) as RegisteredPath[]);
}

/** What the article did: what nobody on the proxy node needs is no longer put on it. */
export async function slimDown(store: TemporaryStore, flake: string): Promise<void> {
  const hey = join(flake, "modules/hey.nix");
  replaceIn(hey, "    grimblast\n", "");
  replaceIn(hey, "    zbar # QR codes from the phone\n", "");
  replaceIn(hey, "  user.packages = [ pkgs.hyprland ];\n", "");
  replaceIn(join(flake, "modules/desktop.nix"), "environment.systemPackages = [ pkgs.qt6 ];", "");
  replaceIn(join(flake, "modules/default.nix"), "    ./virt/microvm.nix\n", "");
  const host = join(flake, `hosts/${articleHost}/default.nix`);
  replaceIn(host, "cc.enable = true;", "cc.enable = false;");
  replaceIn(host, "rust.enable = true;", "rust.enable = false;");
  replaceIn(host, "  hardware.firmware = [ pkgs.linux-firmware ];\n", "");
  await commit(store, flake, "after");
}

async function commit(store: TemporaryStore, flake: string, message: string): Promise<void> {
  await git(store, flake, "add", "--all");
  await git(store, flake, ...author, "commit", "--quiet", "--message", message);
}

async function git(store: TemporaryStore, directory: string, ...args: readonly string[]): Promise<void> {
  await execa("git", ["-C", directory, ...args], { env: store.env });
}

function replaceIn(file: string, before: string, after: string): void {
  const text = readFileSync(file, "utf8");
  if (!text.includes(before)) throw new Error(`${file} has no ${JSON.stringify(before)}`);
  writeFileSync(file, text.replace(before, after));
}

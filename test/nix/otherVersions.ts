import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cachedFolder } from "../lab/cache.ts";

/** Debian releases with another Nix than the one of Debian 12. */
export const releases = ["trixie", "sid"] as const;

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * The Nix of another Debian release with all it needs, unpacked beside this machine's; nothing is installed, and no root is needed.
 *
 * @returns the `nix` program; `nix-store` is beside it
 * @throws Error when this machine cannot fetch Debian packages
 */
export async function nixOfRelease(release: (typeof releases)[number]): Promise<string> {
  const mirror = await debianMirror();
  // sid moves on: once a week is often enough.
  const week = String(Math.floor(Date.now() / (7 * 24 * 60 * 60 * 1000)));
  const folder = await cachedFolder(`nix-${release}`, [mirror, release, week], async (draft) => {
    const state = join(draft, "apt");
    await mkdir(join(state, "lists/partial"), { recursive: true });
    await mkdir(join(state, "archives/partial"), { recursive: true });
    await writeFile(join(state, "status"), "");
    await writeFile(join(state, "sources.list"), `deb [signed-by=${keyring}] ${mirror} ${release} main\n`);
    const options = {
      "Dir::State::lists": join(state, "lists"),
      "Dir::State::status": join(state, "status"),
      "Dir::Cache": state,
      "Dir::Cache::archives": join(state, "archives"),
      "Dir::Etc::sourcelist": join(state, "sources.list"),
      "Dir::Etc::sourceparts": "/dev/null",
      "APT::Sandbox::User": "root",
      "Debug::NoLocking": "1",
    };
    const settings = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    await execa("apt-get", ["-qq", ...settings, "update"]);
    await execa("apt-get", [
      ...["-qq", ...settings, "install"],
      ...["--no-install-recommends", "--download-only", "--yes", "nix-bin"],
    ]);
    for (const file of await readdir(join(state, "archives")))
      if (file.endsWith(".deb")) await execa("dpkg-deb", ["-x", join(state, "archives", file), join(draft, "root")]);
    await execa("rm", ["-r", state]);
    await mkdir(join(draft, "bin"));
    for (const name of ["nix", "nix-store"]) {
      await writeFile(join(draft, "bin", name), wrapper(name));
      await chmod(join(draft, "bin", name), 0o755);
    }
  });
  return join(folder, "bin/nix");
}

/** Where this machine gets the packages of Debian's main archive from (apt-get(8), indextargets). */
async function debianMirror(): Promise<string> {
  const filters = ["Created-By: Packages", "Origin: Debian", "Component: main"];
  const { stdout } = await execa("apt-get", ["indextargets", "--format", "$(REPO_URI)", ...filters]);
  const mirror = stdout.split("\n").find((uri) => uri !== "" && !uri.includes("security"));
  if (mirror === undefined) throw new Error("apt-get knows no archive of Debian: run apt-get update first.");
  return mirror.replace(/\/$/, "");
}

/** Nix runs with the C library it was built for; its build hook would start itself without it. */
function wrapper(name: string): string {
  return `#!/bin/sh
root=\${0%/*}/../root
NIX_CONFIG="$NIX_CONFIG
build-hook ="
export NIX_CONFIG
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --argv0 ${name} \\
  --library-path "$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu" "$root/usr/bin/nix" "$@"
`;
}

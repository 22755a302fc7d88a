import { join } from "node:path";
import { execa } from "execa";
import { root } from "../../scripts/root.mjs";
import { nixOfRelease, releases } from "./otherVersions.ts";

// `npm run test:nix-versions` runs the tests of this folder with the Nix of other Debian releases.
for (const release of releases) {
  const nix = await nixOfRelease(release);
  const { stdout } = await execa(nix, ["--version"]);
  process.stdout.write(`\n${stdout} (Debian ${release})\n`);
  const args = ["--test", "--test-reporter=spec", "--test-timeout=300000", ...process.argv.slice(2)];
  const { exitCode } = await execa(process.execPath, [...args, join(root, "test/nix/**/*.test.ts")], {
    env: { NIXOS_VPS_NIX: nix },
    stdio: "inherit",
    reject: false,
  });
  if (exitCode !== 0) process.exitCode = 1;
}

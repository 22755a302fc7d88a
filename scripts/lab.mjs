// Rents machines to try an installation on; `npm run lab` lists what it can do.
import { join } from "node:path";
import { root } from "./root.mjs";
import { exitCodeOf } from "./run.mjs";
import { installSystemPackages, lab, nix, ssh } from "./systemPackages.mjs";
import { withToolchain } from "./toolchain.mjs";

await withToolchain(async () => {
  await installSystemPackages([...lab, ...nix, ...ssh]);
  process.exitCode = await exitCodeOf(process.execPath, [join(root, "test/lab/main.ts"), ...process.argv.slice(2)]);
});

// Everything that tests and a start need, as far as this machine lacks it.
import { endToEndFolder, installDependencies, isInstalled } from "./dependencies.mjs";
import { browser, compilers, installSystemPackages, lab, nix, ssh } from "./systemPackages.mjs";
import { withToolchain } from "./toolchain.mjs";

await withToolchain(async () => {
  await installSystemPackages([...(isInstalled(endToEndFolder) ? [] : compilers), ...browser, ...nix, ...ssh, ...lab]);
  await installDependencies(endToEndFolder);
});

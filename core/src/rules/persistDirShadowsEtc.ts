import type { Configuration } from "../flake/configuration.ts";
import { type GeneratedPath, generatedAtOrBelow, generatedLinkAround, stateOf } from "./generatedPaths.ts";
import { hostKeysOf } from "./hostKeys.ts";
import { isBelow } from "./paths.ts";
import type { PersistedEntry } from "./persistence.ts";
import { persistedEntries } from "./persistence.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { shadowFixes } from "./shadowFixes.ts";
import { textOf } from "./textOf.ts";

// Activation writes /etc before systemd mounts persisted directories: stage-2-init.sh and initrd-nixos-activation.service run it,
// local-fs.target comes later (nixpkgs nixos/modules/system/boot/stage-2-init.sh, systemd/initrd.nix; impermanence nixos.nix,
// preservation lib.nix; https://github.com/nix-community/impermanence/issues/90). Only a `nixos-rebuild switch` on the running
// machine writes through the mount, so the fault shows on the first boot and whenever a file is new.
export const persistDirShadowsEtc: Rule = {
  id: "persist-dir-shadows-etc",
  title: "Persisted directory hides generated files",
  summary:
    "A persisted directory is mounted over files that NixOS writes into it at activation, so they are gone on the first boot.",
  severity: "error",
  check: function* (configuration, context) {
    for (const entry of persistedEntries(configuration, context.settings)) {
      if (entry.kind !== "directory" || entry.early || generatedLinkAround(entry.path, configuration)) continue;
      const generated = generatedAtOrBelow(entry.path, configuration);
      if (generated.length > 0) yield finding(entry, generated, configuration, context);
    }
  },
};

function finding(
  entry: PersistedEntry,
  generated: readonly GeneratedPath[],
  configuration: Configuration,
  context: RuleContext,
): RuleFinding {
  const { path, item, via } = entry;
  const certain = generated.filter(({ written }) => written === "yes");
  const [worst] = [...certain.filter(({ effect }) => effect !== undefined), ...certain, ...generated];
  const isLink = via === "preservation" && isSymlinked(entry, configuration);
  const message = isLink
    ? `Nothing in ${path} is kept: activation makes the directory before preservation can put a link in its place.`
    : `${whatHappens(path, worst)} ${whatToDo(path, configuration)}`;
  return {
    at: item.at,
    message,
    severity: via === "private" ? "hint" : certain.length === 0 || isLink ? "warning" : "error",
    related: generated.flatMap(({ path: hidden, inFlake }) =>
      inFlake ? [{ ...inFlake.at, message: `${inFlake.option} writes ${hidden} here` }] : [],
    ),
    fixes: isLink ? [] : shadowFixes(entry, configuration, context),
  };
}

function whatHappens(path: string, generated: GeneratedPath | undefined): string {
  if (!generated) return "";
  if (generated.inFlake) {
    return `${generated.path} is not there on the first boot: ${path} is mounted over what ${generated.inFlake.option} writes.`;
  }
  const { effect, hides, files, condition } = generated;
  const where = generated.path === path ? "" : ` in ${generated.path}`;
  const when = condition === undefined ? "" : ` (with ${condition})`;
  const what = hides ?? listed(files);
  return `${effect ?? "Programs run without their settings"} on the first boot: ${path} is mounted over the ${what} that NixOS generates${where}${when}.`;
}

function whatToDo(path: string, configuration: Configuration): string {
  const state = stateOf(path);
  if (path === "/etc/ssh") {
    const isKeyInside = hostKeysOf(configuration).paths.some((key) => isBelow(key, path));
    return isKeyInside ? "Persist the host keys as files instead." : "The host keys are not in it.";
  }
  if (state && state.directories.length > 0) return `Persist ${state.directories.join(" and ")} instead.`;
  if (state && state.files.length > 0) return `Persist ${state.files.join(" and ")} instead.`;
  if (state && !state.holdsState) return "Nothing in it is state.";
  return "Persist only the files in it that are state.";
}

const maximalNames = 3;

function listed(files: readonly string[]): string {
  const known = files.filter((file) => !/[<*…]/.test(file));
  const names = (known.length > 0 ? known : files).slice(0, maximalNames);
  const last = names.at(-1) ?? "files";
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${last}` : last;
}

/** `how = "symlink"`: systemd-tmpfiles does not replace a directory by a link (tmpfiles.d(5), type L). */
function isSymlinked({ attributes }: PersistedEntry, configuration: Configuration): boolean {
  const how = attributes?.entries.find(({ name }) => name === "how")?.value();
  return how !== undefined && configuration.values(how).some((value) => textOf(value) === "symlink");
}

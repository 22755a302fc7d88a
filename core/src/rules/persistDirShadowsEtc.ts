import type { Configuration } from "../flake/configuration.ts";
import type { Severity } from "./finding.ts";
import { type GeneratedPath, generatedAtOrBelow, generatedLinkAround, stateOf } from "./generatedPaths.ts";
import { hostKeysOf } from "./hostKeys.ts";
import { mountsOf } from "./mounts.ts";
import { isBelow } from "./paths.ts";
import { isEntry, mountEarly } from "./persistedEntryEdits.ts";
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
      if (generated.length > 0) yield entryFinding(entry, generated, configuration, context);
    }
    yield* mountFindings(configuration, context);
  },
};

function entryFinding(
  entry: PersistedEntry,
  generated: readonly GeneratedPath[],
  configuration: Configuration,
  context: RuleContext,
): RuleFinding {
  const { path, item, via } = entry;
  const isLink = via === "preservation" && isSymlinked(entry, configuration);
  const usual = severityOf(generated);
  return {
    at: item.at,
    message: isLink
      ? `Nothing in ${path} is kept: activation makes the directory before preservation can put a link in its place.`
      : `${whatHappens(path, generated)} ${whatToDo(path, configuration, context)}`,
    severity: via === "private" ? "hint" : isLink ? "warning" : usual,
    related: writtenInFlake(generated),
    fixes: isLink ? [] : shadowFixes(entry, configuration, context),
  };
}

/** File systems of their own (a dataset, a subvolume) that are mounted after activation. */
function* mountFindings(configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  const entries = persistedEntries(configuration, context.settings);
  for (const { path, early, neededForBoot, at, via, definition } of mountsOf(configuration)) {
    if (early || neededForBoot !== "no" || path === "/" || entries.some((entry) => entry.path === path)) continue;
    const generated = generatedAtOrBelow(path, configuration);
    if (generated.length === 0) continue;
    const edits = via === "fileSystems" ? mountEarly(definition, context) : undefined;
    yield {
      at,
      message: `${whatHappens(path, generated)} Set fileSystems."${path}".neededForBoot.`,
      severity: severityOf(generated),
      related: writtenInFlake(generated),
      fixes: edits ? [{ title: `Mount ${path} before activation`, safe: false, edits }] : [],
    };
  }
}

function severityOf(generated: readonly GeneratedPath[]): Severity {
  return generated.some(({ written }) => written === "yes") ? "error" : "warning";
}

function writtenInFlake(generated: readonly GeneratedPath[]): NonNullable<RuleFinding["related"]> {
  return generated.flatMap(({ path, inFlake }) =>
    inFlake ? [{ ...inFlake.at, message: `${inFlake.option} writes ${path} here` }] : [],
  );
}

function whatHappens(path: string, all: readonly GeneratedPath[]): string {
  const certain = all.filter(({ written }) => written === "yes");
  const [generated] = [...certain.filter(({ effect }) => effect !== undefined), ...certain, ...all];
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

function whatToDo(path: string, configuration: Configuration, context: RuleContext): string {
  const state = stateOf(path);
  if (path === "/etc/ssh") {
    const isKeyInside = hostKeysOf(configuration).paths.some((key) => isBelow(key, path));
    return isKeyInside ? "Persist the host keys as files instead." : "The host keys are not in it.";
  }
  const instead = state ? [...state.directories, ...state.files] : [];
  const missing = instead.filter((other) => !isEntry(other, configuration, context));
  if (missing.length > 0) return `Persist ${missing.join(" and ")} instead.`;
  if (instead.length > 0) return `${instead.join(" and ")} is persisted already.`;
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

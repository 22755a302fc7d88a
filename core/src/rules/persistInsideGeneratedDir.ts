import type { Configuration } from "../flake/configuration.ts";
import { type GeneratedLink, generatedLinkAround } from "./generatedPaths.ts";
import { isSameOrBelow } from "./paths.ts";
import { dropEntry, isWrittenInPlace } from "./persistedEntryEdits.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { stateFixes } from "./shadowFixes.ts";

// An entry of environment.etc whose source is a directory is one link into the store (nixpkgs nixos/modules/system/etc/setup-etc.pl,
// etc.nix): nothing can be made below it, and where something is mounted on it activation cannot put the link
// ("directory contains user files. Symlinking may fail.").
export const persistInsideGeneratedDir: Rule = {
  id: "persist-inside-generated-dir",
  title: "Persisted path lies in a link into the store",
  summary:
    "A persisted path is, or lies below, a directory that NixOS makes as one link, so it cannot be mounted or the link cannot be made.",
  severity: "error",
  check: function* (configuration, context) {
    for (const entry of persistedEntries(configuration, context.settings)) {
      const link = generatedLinkAround(entry.path, configuration);
      if (link) yield finding(entry, link, configuration, context);
    }
  },
};

function finding(
  entry: PersistedEntry,
  link: GeneratedLink,
  configuration: Configuration,
  context: RuleContext,
): RuleFinding {
  const { path, item, via } = entry;
  const { inFlake, written, condition } = link;
  const when = written === "yes" || condition === undefined ? "" : ` (with ${condition})`;
  const isStore = link.target === "/nix/store";
  const what = isStore ? "one link into the read-only store" : `a link to ${link.target}`;
  const message =
    path === link.path
      ? `NixOS makes ${path} as ${what}${when}, which it cannot while a directory is mounted there.`
      : `${path} cannot be mounted: NixOS makes ${link.path} as ${what}${when}.`;
  const drop = dropEntry(entry, context);
  const fixes =
    path === link.path
      ? stateFixes(entry, configuration, context)
      : drop
        ? [
            {
              title: `Do not persist ${path}`,
              safe: isStore && via !== "private" && isWrittenInPlace(entry),
              edits: drop,
            },
          ]
        : [];
  return {
    at: item.at,
    message: `${message}${declaredElsewhere(path)}`,
    severity: via === "private" ? "hint" : written === "yes" ? "error" : "warning",
    related: inFlake ? [{ ...inFlake.at, message: `${inFlake.option} makes ${link.path} here` }] : [],
    fixes,
  };
}

function declaredElsewhere(path: string): string {
  if (isSameOrBelow(path, "/etc/systemd/system")) return " Declare units with systemd.services.";
  if (isSameOrBelow(path, "/etc/systemd/user")) return " Declare units with systemd.user.services.";
  if (isSameOrBelow(path, "/etc/udev/rules.d")) return " Declare rules with services.udev.extraRules.";
  return "";
}

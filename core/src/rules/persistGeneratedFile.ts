import { isAccountFile } from "./accountFiles.ts";
import { generatedFileAt } from "./generatedPaths.ts";
import { dropEntry, isWrittenInPlace } from "./persistedEntryEdits.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { Rule } from "./rule.ts";

// Impermanence refuses to mount over a file that is there and not empty (impermanence mount-file.bash, "A file already exists at");
// preservation binds an empty file over it (preservation lib.nix). Seen with /etc/hosts, /etc/NIXOS and others:
// https://github.com/nix-community/impermanence/issues/122, /235, /77.
export const persistGeneratedFile: Rule = {
  id: "persist-generated-file",
  title: "Generated file is persisted",
  summary:
    "A persisted file is one that NixOS writes itself at activation, so mounting it fails or hides what NixOS wrote.",
  severity: "error",
  check: function* (configuration, context) {
    for (const entry of persistedEntries(configuration, context.settings)) {
      if (entry.kind !== "file" || isAccountFile(entry.path)) continue;
      const generated = generatedFileAt(entry.path, configuration);
      if (generated?.written !== "yes") continue;
      const { inFlake } = generated;
      const edits = dropEntry(entry, context);
      yield {
        at: entry.item.at,
        severity: entry.via === "private" ? "hint" : "error",
        message: `${whatHappens(entry)} Nothing in it is state.`,
        related: inFlake ? [{ ...inFlake.at, message: `${inFlake.option} writes ${entry.path} here` }] : [],
        fixes: edits
          ? [{ title: `Do not persist ${entry.path}`, safe: entry.via !== "private" && isWrittenInPlace(entry), edits }]
          : [],
      };
    }
  },
};

function whatHappens({ path, via }: PersistedEntry): string {
  if (via === "preservation")
    return `${path} is what an earlier system left there, or empty, at each boot: it is mounted over the file that NixOS generates.`;
  return `Persisting ${path} fails at each boot with "A file already exists at ${path}!": NixOS generates it.`;
}

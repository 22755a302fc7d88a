// Preservation bind-mounts files unless told otherwise; for that systemd-tmpfiles creates an empty file with mode 0644 on both sides
// (preservation lib.nix, `f` rules). sshd-keygen wants to replace a key file that is empty, which a mount point cannot be
// (https://github.com/nix-community/preservation/issues/4; preservation docs, "Migration from impermanence").

import type { Configuration } from "../flake/configuration.ts";
import { setEntryAttributes } from "./entryAttributes.ts";
import { endsInStore, takesAttributes } from "./isStoreList.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { isSshdOn } from "./sshd.ts";
import { textOf } from "./textOf.ts";

export const preservationHostkeyBindmount: Rule = {
  id: "preservation-hostkey-bindmount",
  title: "SSH host key is a bind mount of an empty file",
  summary:
    "Preservation mounts an empty file over the SSH host key, sshd cannot make the key, and nobody can log in over SSH.",
  severity: "error",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    if (isSshdOn(configuration) === "no") return;
    for (const entry of persistedEntries(configuration, context.settings)) {
      if (!isPreservedKey(entry) || isSafe(entry, configuration)) continue;
      const edits = takesAttributes(entry)
        ? setEntryAttributes(entry, { how: '"symlink"', configureParent: "true" }, context)
        : undefined;
      yield {
        at: entry.item.at,
        message:
          `sshd gets no host key: preservation mounts an empty file that everyone can read on ${entry.path}, and ssh-keygen cannot ` +
          "replace a file that is mounted. Keep the key behind a symlink.",
        fixes: edits ? [{ title: "Keep the key behind a symlink", safe: true, edits }] : [],
      };
    }
  },
};

function isPreservedKey(entry: PersistedEntry): boolean {
  const { path, kind, via } = entry;
  const isKey = kind === "file" && /\/ssh_host_[^/]*_key$/.test(path);
  return isKey && via === "preservation" && endsInStore(entry);
}

/** A symlink, or a file that at least keeps the mode of a key that was put there beforehand. */
function isSafe({ attributes }: PersistedEntry, configuration: Configuration): boolean {
  const known = (name: string): readonly string[] | undefined => {
    const entry = attributes?.entries.find((candidate) => candidate.name === name);
    return entry && configuration.values(entry.value()).map((value) => textOf(value) ?? "?");
  };
  const how = known("how");
  const mode = known("mode");
  return (
    how?.some((text) => text !== "bindmount") === true || mode?.some((text) => /^(?:0?[46]00|\?)$/.test(text)) === true
  );
}

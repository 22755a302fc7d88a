// systemd reads /etc/machine-id when it starts, in the initrd already, and makes up a new one when there is none (man machine-id).
// Preservation's examples therefore have `inInitrd = true` for it, and switch off systemd-machine-id-commit.service, which cannot
// work then (preservation docs/src/examples.md; https://github.com/nix-community/preservation/issues/6).
import type { Configuration } from "../flake/configuration.ts";
import { appendToFilesBeside } from "./addPersisted.ts";
import type { Fix } from "./finding.ts";
import { isMissingEverywhere } from "./isMissingEverywhere.ts";
import { endsInStore, isStoreList, takesAttributes } from "./isStoreList.ts";
import { isMentioned } from "./mentions.ts";
import { missingFrom } from "./missingFrom.ts";
import { mountInInitrd } from "./persistedEntryEdits.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { PersistenceBase } from "./persistenceBase.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

const file = "/etc/machine-id";

export const machineId: Rule = {
  id: "machine-id",
  title: "The machine gets a new id at each boot",
  summary:
    "Without a kept /etc/machine-id each boot looks like a new machine: the journal is split and DHCP may give another address.",
  severity: "info",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    const entries = persistedEntries(configuration, context.settings);
    const own = entries.filter(({ path }) => path === file);
    for (const entry of own.filter(isLatelyPreserved)) {
      const edits = takesAttributes(entry) ? mountInInitrd(entry, context) : undefined;
      yield {
        at: entry.item.at,
        severity: "warning",
        message:
          `systemd makes up a new machine id at each boot: preservation mounts ${file} only after systemd has read it. ` +
          "Preserve it in the initrd.",
        fixes: edits ? [{ title: "Preserve it in the initrd", safe: true, edits }] : [],
      };
    }
    if (own.length === 0) yield* missing(configuration, context);
  },
};

function isLatelyPreserved(entry: PersistedEntry): boolean {
  const { via, kind, early } = entry;
  return via === "preservation" && kind === "file" && !early && endsInStore(entry);
}

function* missing(configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  const base = missingFrom([file], configuration, context);
  if (!base || base.via === "private") return;
  if (isMentioned({ pattern: /machine[-_]id/i }, context.flake, configuration.complete ? configuration : undefined))
    return;
  const fix = persistFix(base, context);
  yield {
    at: base.at,
    message:
      `Nothing keeps ${file}, so each boot has a new machine id: the journal of earlier boots belongs to other machines, and DHCP may ` +
      "give another address.",
    fixes: fix ? [fix] : [],
  };
}

function persistFix(base: PersistenceBase, context: RuleContext): Fix | undefined {
  const { via, directories } = base;
  if (!directories || !isStoreList(directories)) return undefined;
  const element = via === "preservation" ? `{ file = "${file}"; inInitrd = true; }` : `"${file}"`;
  const edit = appendToFilesBeside(directories, [element], context);
  return edit && { title: `Persist ${file}`, safe: isMissingEverywhere([file], base, context), edits: [edit] };
}

// update-users-groups.pl (nixpkgs nixos/modules/config) remembers in /var/lib/nixos which ids it gave to users and groups without a
// fixed one (NixOS manual, "Necessary system state"). Impermanence warns of it at evaluation (nixos.nix); preservation does not.
import type { Configuration } from "../flake/configuration.ts";
import { appendToList } from "./addPersisted.ts";
import type { Fix } from "./finding.ts";
import { isMissingEverywhere } from "./isMissingEverywhere.ts";
import { isStoreList } from "./isStoreList.ts";
import { missingFrom } from "./missingFrom.ts";
import type { PersistenceBase } from "./persistenceBase.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { runsUserScript } from "./userScript.ts";

const userIds = "/var/lib/nixos";

export const varLibNixosMissing: Rule = {
  id: "var-lib-nixos-missing",
  title: "User and group ids are not kept",
  summary:
    "Nothing keeps /var/lib/nixos, so after a reboot service users may get other ids and lose the files they own.",
  severity: "warning",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    if (!runsUserScript(configuration) || hasWarningsOff(configuration)) return;
    const base = missingFrom([userIds], configuration, context);
    if (!base) return;
    const fix = persistFix(base, context);
    yield {
      at: base.at,
      message:
        `Nothing keeps ${userIds}: after a reboot NixOS no longer knows which ids it gave to users and groups, numbers them afresh, ` +
        "and what a service left under /var/lib may belong to another one.",
      fixes: fix ? [fix] : [],
    };
  },
};

function persistFix(base: PersistenceBase, context: RuleContext): Fix | undefined {
  const { via, directories } = base;
  if (!directories) return undefined;
  const isOwn = isStoreList(directories);
  if (via === "preservation" && !isOwn) return undefined;
  const element = via === "preservation" ? `{ directory = "${userIds}"; inInitrd = true; }` : `"${userIds}"`;
  const edit = appendToList(directories, [element], context);
  return (
    edit && { title: `Persist ${userIds}`, safe: isOwn && isMissingEverywhere([userIds], base, context), edits: [edit] }
  );
}

/** `environment.persistence.<store>.enableWarnings = false` turns off impermanence's own warning of the same. */
function hasWarningsOff(configuration: Configuration): boolean {
  return configuration
    .definitions("environment.persistence.*.enableWarnings")
    .some(({ value }) => configuration.values(value).some((known) => known.kind === "boolean" && !known.value));
}

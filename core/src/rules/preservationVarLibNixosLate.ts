// update-users-groups.pl (nixpkgs nixos/modules/config) reads and writes /var/lib/nixos/{uid-map,gid-map,declarative-users,…} during
// activation. Preservation mounts an entry without `inInitrd` only when systemd starts services, after activation (preservation
// module.nix; its "Complex" example has inInitrd here, its "Simple" one has not).
import type { Configuration } from "../flake/configuration.ts";
import { endsInStore, takesAttributes } from "./isStoreList.ts";
import { mountsOf } from "./mounts.ts";
import { isSameOrBelow } from "./paths.ts";
import { mountInInitrd } from "./persistedEntryEdits.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { runsUserScript } from "./userScript.ts";

const userIds = "/var/lib/nixos";

export const preservationVarLibNixosLate: Rule = {
  id: "preservation-var-lib-nixos-late",
  title: "User ids are mounted after they were needed",
  summary:
    "Preservation mounts /var/lib/nixos after users were made, so each boot numbers users afresh and the kept ids are never read.",
  severity: "warning",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    if (!runsUserScript(configuration) || rootIsWiped(configuration, context.settings) === "no") return;
    const keeping = persistedEntries(configuration, context.settings).filter(({ path }) =>
      isSameOrBelow(userIds, path),
    );
    if (keeping.some(({ early }) => early) || isOwnFileSystem(configuration)) return;
    for (const entry of keeping.filter(isPreserved)) {
      const edits = takesAttributes(entry) ? mountInInitrd(entry, context) : undefined;
      yield {
        at: entry.item.at,
        message:
          `The user and group ids in ${userIds} are never read: ${entry.path} is mounted after activation made the users, so each boot numbers them ` +
          "afresh, and once a service is added or removed its files belong to another user. Preserve it in the initrd.",
        fixes: edits ? [{ title: "Preserve it in the initrd", safe: entry.path === userIds, edits }] : [],
      };
    }
  },
};

function isPreserved(entry: PersistedEntry): boolean {
  return entry.via === "preservation" && entry.kind === "directory" && endsInStore(entry);
}

function isOwnFileSystem({ widest }: Configuration): boolean {
  return mountsOf(widest).some(({ path }) => path !== "/" && isSameOrBelow(userIds, path));
}

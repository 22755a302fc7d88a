import type { Configuration } from "../flake/configuration.ts";
import { quoted } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { hostKeysOf } from "./hostKeys.ts";
import { isBelow } from "./paths.ts";
import { isEntry, moveToFiles } from "./persistedEntryEdits.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { Rule, RuleContext } from "./rule.ts";

// The initrd mounts /etc before activation (nixpkgs nixos/lib/utils.nix, pathsNeededForBoot), so nothing is hidden; but setup-etc.pl
// copies entries that have a mode and removes only what it knows of, and the account databases stay as well.
export const persistWholeEtc: Rule = {
  id: "persist-whole-etc",
  title: "All of /etc is persisted",
  summary:
    "A persisted /etc keeps old accounts and copied files, so what the configuration no longer says still holds.",
  severity: "warning",
  check: function* (configuration, context) {
    for (const entry of persistedEntries(configuration, context.settings)) {
      if (entry.kind !== "directory" || entry.path !== "/etc" || !entry.early) continue;
      yield {
        at: entry.item.at,
        severity: entry.via === "private" ? "hint" : "warning",
        message:
          "A persisted /etc keeps passwd, shadow and every file that was once copied there: a revoked key in authorized_keys.d may still let somebody in. Persist the single files and directories that are state.",
        fixes: narrow(entry, configuration, context),
      };
    }
  },
};

/** What every machine keeps in /etc, and what NetworkManager does where it may run. */
function narrow(entry: PersistedEntry, configuration: Configuration, context: RuleContext): readonly Fix[] {
  const isNew = (path: string): boolean => !isEntry(path, configuration, context);
  const hasNetworkManager = configuration.flag("networking.networkmanager.enable").state !== "no";
  const directories = ["/etc/nixos", ...(hasNetworkManager ? ["/etc/NetworkManager/system-connections"] : [])].filter(
    isNew,
  );
  const keys = hostKeysOf(configuration).paths.filter((path) => isBelow(path, "/etc"));
  const files = ["/etc/machine-id", ...keys.flatMap((path) => [path, `${path}.pub`])].filter(isNew);
  const edits = moveToFiles(
    entry,
    files.map((path) => fileEntry(path, entry)),
    context,
    configuration,
    directories.map(quoted),
  );
  return edits ? [{ title: "Persist the state in /etc instead", safe: false, edits }] : [];
}

/** Preservation needs the machine id in the initrd, and host keys as links (preservation docs/src/examples.md). */
function fileEntry(path: string, { via }: PersistedEntry): string {
  if (via !== "preservation") return quoted(path);
  if (path === "/etc/machine-id") return `{ file = ${quoted(path)}; inInitrd = true; }`;
  return `{ file = ${quoted(path)}; how = "symlink"; configureParent = true; }`;
}

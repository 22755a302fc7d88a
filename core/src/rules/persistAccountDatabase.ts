import { isAccountFile } from "./accountFiles.ts";
import { flakeFiles } from "./flakeFiles.ts";
import { dropEntry } from "./persistedEntryEdits.ts";
import { persistedEntries } from "./persistence.ts";
import type { Rule } from "./rule.ts";

// update-users-groups.pl (nixpkgs nixos/modules/config) and the shadow tools write a new file and rename it over the old one; rename(2)
// gives EBUSY for a mount point and replaces a link by a file. https://github.com/nix-community/impermanence/issues/120, /88;
// https://github.com/shadow-maint/shadow/issues/821.
export const persistAccountDatabase: Rule = {
  id: "persist-account-database",
  title: "Account database is persisted as a file",
  summary:
    "passwd, shadow and group are replaced by rename, which a mounted file refuses: activation cannot set up the users.",
  severity: "error",
  check: function* (configuration, context) {
    for (const entry of persistedEntries(configuration, context.settings)) {
      const { path, kind, item, via } = entry;
      if (kind !== "file" || !isAccountFile(path)) continue;
      const edits = dropEntry(entry, context);
      yield {
        at: item.at,
        severity: via === "private" ? "hint" : "error",
        message: `Activation cannot set up the users: it renames a new file over ${path}, which is busy while it is mounted. ${advice}`,
        fixes: edits ? [{ title: `Do not persist ${path}`, safe: false, edits }] : [],
      };
    }
    for (const { path, at, option } of flakeFiles(configuration)) {
      // The user module writes subuid and subgid through environment.etc itself.
      if (option !== "environment.etc" || !isAccountFile(path) || path.startsWith("/etc/sub")) continue;
      yield {
        at,
        message: `${path} is a link until activation, or the first passwd, replaces it by a file of its own: what changes is lost. ${advice}`,
      };
    }
  },
};

const advice = "Keep passwords in users.users.<name>.hashedPasswordFile instead.";

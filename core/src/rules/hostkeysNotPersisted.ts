// sshd-keygen makes the keys of `services.openssh.hostKeys` when they are not there, by default /etc/ssh/ssh_host_{rsa,ed25519}_key
// (nixpkgs nixos/modules/services/networking/ssh/sshd.nix). On a root that is wiped it does so at each boot.
import type { Configuration } from "../flake/configuration.ts";
import { appendToFilesBeside } from "./addPersisted.ts";
import { quoted } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { hostKeysOf } from "./hostKeys.ts";
import { isMissingEverywhere } from "./isMissingEverywhere.ts";
import { isPersisted } from "./isPersisted.ts";
import { isStoreList } from "./isStoreList.ts";
import { missingFrom } from "./missingFrom.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { PersistenceBase } from "./persistenceBase.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { isSshdOn } from "./sshd.ts";

/** A key that is named with another directory than the default one, as where secrets are decrypted with a key in the store. */
const keptElsewhere = { pattern: /(?<!^\/etc\/ssh\/)ssh_host_/, holds: "ssh_host_" };

export const hostkeysNotPersisted: Rule = {
  id: "hostkeys-not-persisted",
  title: "SSH host keys are not kept",
  summary:
    "Nothing keeps the SSH host keys, so each boot makes new ones: clients refuse to connect and secrets cannot be decrypted.",
  severity: "warning",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    if (isSshdOn(configuration) !== "yes") return;
    const { paths, areDefault } = hostKeysOf(configuration);
    if (!areDefault) return;
    const base = missingFrom(paths, configuration, context, keptElsewhere);
    if (!base) {
      const isCertain = configuration.complete && rootIsWiped(configuration, context.settings) === "yes";
      if (isCertain) yield* partlyKept(paths, configuration, context);
      return;
    }
    if (base.via === "private") return;
    const fix = persistFix(base, paths, context);
    yield {
      at: base.at,
      message:
        'Nothing keeps the SSH host keys: each boot makes new ones, so SSH clients refuse to connect ("REMOTE HOST IDENTIFICATION HAS ' +
        'CHANGED") and secrets that are encrypted for the host cannot be decrypted.',
      fixes: fix ? [fix] : [],
    };
  },
};

/** Some keys are kept and some are not, all of them by name. */
function* partlyKept(
  paths: readonly string[],
  configuration: Configuration,
  context: RuleContext,
): Iterable<RuleFinding> {
  const entries = persistedEntries(configuration, context.settings);
  const entryOf = (path: string): PersistedEntry | undefined => entries.find((entry) => entry.path === path);
  const [first] = paths.flatMap((path) => entryOf(path) ?? []);
  const lost = paths.filter((path) => isPersisted(path, configuration, context, keptElsewhere) === "no");
  if (!first || lost.length === 0) return;
  yield {
    at: first.item.at,
    severity: "info",
    message:
      `Only this host key is kept: each boot makes a new ${lost.join(" and ")}, and clients that know it refuse to connect. ` +
      "Keep it too, or set services.openssh.hostKeys to the one key.",
  };
}

function persistFix(base: PersistenceBase, paths: readonly string[], context: RuleContext): Fix | undefined {
  const { via, directories } = base;
  if (!directories || !isStoreList(directories)) return undefined;
  const elements =
    via === "preservation"
      ? paths.map((path) => `{ file = ${quoted(path)}; how = "symlink"; configureParent = true; }`)
      : paths.flatMap((path) => [path, `${path}.pub`]).map(quoted);
  const edit = appendToFilesBeside(directories, elements, context);
  return edit && { title: "Persist the SSH host keys", safe: isMissingEverywhere(paths, base, context), edits: [edit] };
}

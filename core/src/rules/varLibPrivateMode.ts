// systemd keeps the state of DynamicUser services in /var/lib/private and wants it to be closed to others (systemd
// src/core/exec-invoke.c, setup_exec_directory: "already exists, but has mode … that is too permissive (0700 was requested)").
// Impermanence and systemd-tmpfiles make missing parents with 0755 (https://github.com/nix-community/impermanence/issues/254).
import type { Configuration } from "../flake/configuration.ts";
import { insertBefore } from "./addPersisted.ts";
import { setEntryAttributes } from "./entryAttributes.ts";
import type { Fix } from "./finding.ts";
import { endsInStore, isStoreList, takesAttributes } from "./isStoreList.ts";
import { isMentioned } from "./mentions.ts";
import { isSameOrBelow } from "./paths.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import { type PersistenceBase, persistenceBase } from "./persistenceBase.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { textOf } from "./textOf.ts";

const privateDirectories = ["/var/lib/private", "/var/cache/private", "/var/log/private"];

export const varLibPrivateMode: Rule = {
  id: "var-lib-private-mode",
  title: "Private state directory is open to others",
  summary: "A persisted /var/lib/private gets mode 0755, so systemd refuses to start every service with DynamicUser.",
  severity: "warning",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    for (const directory of privateDirectories) yield* checkDirectory(directory, configuration, context);
  },
};

function* checkDirectory(directory: string, configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  const entries = persistedEntries(configuration, context.settings).filter(isProven);
  const below = inOrder(
    entries.filter(({ path }) => isSameOrBelow(path, directory)),
    persistenceBase(configuration, context.settings),
  );
  const own = below.filter(({ path }) => path === directory);
  if (below.length === 0 || own.some((entry) => modeOf(entry, configuration) === "closed")) return;
  const isHandled = new RegExp(`(?<![\\w.-])${directory}(?![\\w./-])`);
  const within = configuration.complete ? configuration : undefined;
  if (own.length === 0 && isMentioned({ pattern: isHandled }, context.flake, within)) return;
  for (const entry of own.length > 0 ? own : below.slice(0, 1)) {
    const fix = own.length > 0 ? closeFix(entry, context) : insertFix(entry, directory, context);
    yield {
      at: entry.item.at,
      message:
        `systemd will refuse to start services with DynamicUser: ${directory} is made with mode 0755, "too permissive (0700 was requested)". ` +
        `Give it an entry with mode 0700, and run chmod 0700 on the directory below ${entry.store ?? "the store"} if it is there already.`,
      fixes: fix ? [fix] : [],
    };
  }
}

function isProven(entry: PersistedEntry): boolean {
  return entry.kind === "directory" && endsInStore(entry);
}

/** Entries of the list that a machine begins with come first: one new entry there is enough for all. */
function inOrder(entries: readonly PersistedEntry[], base: PersistenceBase | undefined): PersistedEntry[] {
  const rank = ({ definition }: PersistedEntry): number => (definition === base?.directories ? 0 : 1);
  const byPlace = (a: PersistedEntry, b: PersistedEntry): number =>
    a.item.at.file < b.item.at.file ? -1 : a.item.at.file > b.item.at.file ? 1 : a.item.at.start - b.item.at.start;
  return entries.toSorted((a, b) => rank(a) - rank(b) || byPlace(a, b));
}

/** Whether an entry's mode leaves nothing to others; a mode that is not known may. */
function modeOf({ attributes }: PersistedEntry, configuration: Configuration): "closed" | "open" {
  const mode = attributes?.entries.find(({ name }) => name === "mode");
  if (!mode) return attributes?.open ? "closed" : "open";
  const texts = configuration.values(mode.value()).map(textOf);
  return texts.every((text) => text === undefined || /^0?700$|^u=rwx,g=,o=$|^u=rwx,go=$/.test(text))
    ? "closed"
    : "open";
}

function closeFix(entry: PersistedEntry, context: RuleContext): Fix | undefined {
  const edits = takesAttributes(entry) ? setEntryAttributes(entry, { mode: '"0700"' }, context) : undefined;
  return edits && { title: `Give ${entry.path} mode 0700`, safe: true, edits };
}

function insertFix(entry: PersistedEntry, directory: string, context: RuleContext): Fix | undefined {
  const edit = isStoreList(entry.definition)
    ? insertBefore(entry, `{ directory = "${directory}"; mode = "0700"; }`, context)
    : undefined;
  return edit && { title: `Persist ${directory} with mode 0700`, safe: false, edits: [edit] };
}

import type { Configuration } from "../flake/configuration.ts";
import { indentationAt, insertBindingAfter, listText, quoted } from "./edits.ts";
import type { Fix, TextEdit } from "./finding.ts";
import { stateOf } from "./generatedPaths.ts";
import { hostKeysOf } from "./hostKeys.ts";
import { isStoreList } from "./isStoreList.ts";
import { isBelow } from "./paths.ts";
import {
  dropEntry,
  isEntry,
  isWrittenInPlace,
  mountEarly,
  mountInInitrd,
  moveToFiles,
  replacePath,
} from "./persistedEntryEdits.ts";
import type { PersistedEntry } from "./persistence.ts";
import { persistenceStores } from "./persistence.ts";
import type { RuleContext } from "./rule.ts";

/** Ways to persist what is state in a directory without mounting over the generated files beside it; the best one first. */
export function shadowFixes(entry: PersistedEntry, configuration: Configuration, context: RuleContext): readonly Fix[] {
  const { path, via, definition } = entry;
  const early = via === "preservation" ? fix(`Mount ${path} in the initrd`, false, mountInInitrd(entry, context)) : [];
  if (definition.path[0] === "fileSystems") {
    return fix(`Mount ${path} before activation`, false, mountEarly(definition, context));
  }
  if (path === "/etc") return early;
  const fixes = (path === "/etc/ssh" ? hostKeyFixes : stateFixes)(entry, configuration, context);
  // What an option does that only by its name persists is not known.
  return [
    ...fixes.map((fix) => ({ ...fix, safe: fix.safe && via !== "private" && isWrittenInPlace(entry) })),
    ...early,
  ];
}

/** Ways to persist what is state in a known directory other than /etc/ssh. */
export function stateFixes(entry: PersistedEntry, configuration: Configuration, context: RuleContext): readonly Fix[] {
  const { path } = entry;
  const state = stateOf(path);
  const isKept = (other: string): boolean => isEntry(other, configuration, context);
  const [directory, ...more] = (state?.directories ?? []).filter((other) => !isKept(other));
  if (directory !== undefined && more.length === 0) {
    const safe = isBelow(directory, path);
    return fix(`Persist ${directory} instead of ${path}`, safe, replacePath(entry, directory, context));
  }
  const files = (state?.files ?? []).filter((file) => !isKept(file)).map((file) => quoted(file));
  const title = `Persist ${state?.files.join(", ")} instead of ${path}`;
  const moved = files.length > 0 ? fix(title, false, moveToFiles(entry, files, context, configuration)) : [];
  const isSafe = state?.holdsState === false;
  return moved.length > 0 ? moved : fix(`Do not persist ${path}`, isSafe, dropEntry(entry, context));
}

/** Host keys are the only state in /etc/ssh. */
function hostKeyFixes(entry: PersistedEntry, configuration: Configuration, context: RuleContext): readonly Fix[] {
  const keys = hostKeysOf(configuration);
  const files = keys.paths
    .filter((path) => isBelow(path, entry.path))
    .flatMap((path) => [path, `${path}.pub`])
    .filter((path) => !isEntry(path, configuration, context));
  if (files.length === 0) return fix(`Do not persist ${entry.path}`, keys.areAllKnown, dropEntry(entry, context));
  const elements = files.map((path) =>
    entry.via === "preservation"
      ? `{ file = ${quoted(path)}; how = "symlink"; configureParent = true; }`
      : quoted(path),
  );
  const asFiles = fix(
    `Persist the host keys instead of ${entry.path}`,
    entry.via !== "preservation" || isStoreList(entry.definition),
    moveToFiles(entry, elements, context, configuration),
  );
  const inStore =
    keys.areDefault && decryptsWithHostKeys(configuration) ? keepKeysInStore(entry, configuration, context) : [];
  return [...asFiles, ...inStore];
}

/** agenix and sops-nix read the host keys before anything is mounted, from where `services.openssh.hostKeys` says they are. */
export function keepKeysInStore(
  entry: PersistedEntry,
  configuration: Configuration,
  context: RuleContext,
): readonly Fix[] {
  const store = entry.store ?? persistenceStores(configuration)[0]?.path;
  const drop = dropEntry(entry, context);
  const [sshd] = [...configuration.definitions("services.openssh.enable")].sort(
    (a, b) => Number(b.module === entry.definition.module) - Number(a.module === entry.definition.module),
  );
  if (store === undefined || !drop || !sshd?.binding) return [];
  const { file } = sshd.name;
  const text = context.text(file);
  const path = (type: string): string => quoted(`${store}/etc/ssh/ssh_host_${type}_key`);
  const keys = [
    `{ type = "ed25519"; path = ${path("ed25519")}; }`,
    `{ type = "rsa"; bits = 4096; path = ${path("rsa")}; }`,
  ];
  const { binding, name } = sshd;
  const prefix = text.slice(binding.start, name.start);
  const value = listText(text, indentationAt(text, binding.start), keys);
  const edits: TextEdit[] = [...drop, insertBindingAfter(text, file, binding, `${prefix}hostKeys = ${value};`)];
  return fix(`Keep the host keys in ${store}, where secrets can be decrypted with them`, false, edits);
}

function decryptsWithHostKeys(configuration: Configuration): boolean {
  const isUsed = (option: string): boolean => configuration.definitionsBelow(option).length > 0;
  return isUsed("age.secrets") || isUsed("sops.secrets");
}

function fix(title: string, safe: boolean, edits: readonly TextEdit[] | undefined): readonly Fix[] {
  return edits && edits.length > 0 ? [{ title, safe, edits }] : [];
}

// `parentDirectory.mode` of a persisted file is applied to the parent on the machine, not only to the one in the store (impermanence
// create-directories.bash; its own option text has the example for /etc/nix). Preservation does the same with `parent.mode` when
// `configureParent` is set (preservation lib.nix).
import type { Configuration } from "../flake/configuration.ts";
import { attrsOf } from "../model/operations.ts";
import type { AttrsValue, Value } from "../model/value.ts";
import type { Fix } from "./finding.ts";
import { generatedAtOrBelow } from "./generatedPaths.ts";
import { ancestorsOf } from "./paths.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { textOf } from "./textOf.ts";

/** Directories that everything looks into, beside those that hold generated files. */
const sharedDirectories = new Set(["/", "/etc", "/var", "/var/lib", "/var/log", "/var/cache", "/home", "/usr"]);

export const parentDirectoryModeLocksSharedDir: Rule = {
  id: "parent-directory-mode-locks-shared-dir",
  title: "Directory that others need is closed to them",
  summary:
    "The mode given for the parent of a persisted file closes a directory of the system, so users cannot read what NixOS generates there.",
  severity: "warning",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    for (const entry of persistedEntries(configuration, context.settings)) {
      if (entry.kind !== "file" || !entry.attributes) continue;
      const parent = ancestorsOf(entry.path)[0] ?? "/";
      const mode = parentMode(entry.attributes, entry.via, configuration);
      if (!mode || !isClosed(mode.text)) continue;
      const generated = generatedIn(parent, configuration);
      if (!sharedDirectories.has(parent) && generated === undefined) continue;
      const what = generated === undefined ? "what is in it" : `${parent}/${generated}`;
      const fix = openFix(mode, context);
      yield {
        at: mode.value.at,
        message: `Only root can look into ${parent}: this mode is set on the directory of the system itself, so no user can read ${what}.`,
        fixes: fix ? [fix] : [],
      };
    }
  },
};

interface ParentMode {
  readonly text: string;
  readonly value: Value;
}

function parentMode(
  attributes: AttrsValue,
  via: PersistedEntry["via"],
  configuration: Configuration,
): ParentMode | undefined {
  if (via !== "impermanence" && via !== "preservation") return undefined;
  const configures = attribute(attributes, "configureParent");
  const isOn = configures && configuration.values(configures).some((value) => value.kind === "boolean" && value.value);
  if (via === "preservation" && !isOn) return undefined;
  const parent = attribute(attributes, via === "preservation" ? "parent" : "parentDirectory");
  const set = parent && attrsOf(parent);
  const mode = set && attribute(set, "mode");
  const [value] = mode ? configuration.values(mode) : [];
  const text = value && textOf(value);
  return value && text !== undefined ? { text, value } : undefined;
}

function attribute(set: AttrsValue, name: string): Value | undefined {
  return set.entries.find((entry) => entry.name === name)?.value();
}

/** Whether others may not enter a directory of a mode such as `0700` or `u=rwx,g=,o=`. */
function isClosed(mode: string): boolean {
  if (/^[0-7]{3,4}$/.test(mode)) return (Number(mode.at(-1)) & 1) === 0;
  const clauses = mode.split(",").filter((clause) => /^[ugo]*[oa][ugo]*=/.test(clause));
  const last = clauses.at(-1);
  return last !== undefined && !/=.*[xX]/.test(last);
}

/** A file that NixOS certainly generates in a directory. */
function generatedIn(directory: string, configuration: Configuration): string | undefined {
  for (const { path, written, files } of generatedAtOrBelow(directory, configuration)) {
    if (written !== "yes") continue;
    if (path === directory) return files.find((name) => !/[<*…]/.test(name));
    if (directory !== "/") return path.slice(directory.length + 1);
  }
  return undefined;
}

function openFix({ value }: ParentMode, { text }: RuleContext): Fix | undefined {
  const { at } = value;
  const written = text(at.file).slice(at.start, at.end);
  if (!/^"[^"]*"$/.test(written)) return undefined;
  return { title: "Leave it open to read", safe: true, edits: [{ ...at, newText: '"0755"' }] };
}

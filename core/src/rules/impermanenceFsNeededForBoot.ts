import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Binding } from "../syntax/expression.ts";
import { findNode } from "../syntax/findNode.ts";
import { deleteText } from "./edits.ts";
import type { Fix, TextEdit } from "./finding.ts";
import { generatedAtOrBelow } from "./generatedPaths.ts";
import { mountsOf } from "./mounts.ts";
import { normalizePath } from "./paths.ts";
import { type PersistedEntry, persistedEntries } from "./persistence.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { keepKeysInStore, shadowFixes } from "./shadowFixes.ts";

// Impermanence made a fileSystems entry of each directory until commit 4b3e914; since 2b99fef it makes systemd mounts, so an option
// of such an entry describes a file system without a device. https://github.com/nix-community/impermanence/issues/294, /301. The
// README of sops-nix recommends the line.
const firstWithSystemdMounts = 1_758_372_777;

export const impermanenceFsNeededForBoot: Rule = {
  id: "impermanence-fs-needed-for-boot",
  title: "neededForBoot for a directory of impermanence",
  summary:
    "fileSystems.<directory>.neededForBoot for a persisted directory no longer evaluates with the locked impermanence.",
  severity: "error",
  check: function* (configuration, context) {
    const locked = context.flake.lock.lastModified("nix-community/impermanence");
    if (locked === undefined || locked < firstWithSystemdMounts) return;
    const entries = persistedEntries(configuration, context.settings);
    for (const definition of configuration.definitions("fileSystems.*.neededForBoot")) {
      const path = normalizePath(definition.path[1] ?? "");
      const entry = entries.find(
        (other) => other.path === path && other.via === "impermanence" && other.kind === "directory",
      );
      const isOn = configuration.values(definition.value).some((value) => value.kind === "boolean" && value.value);
      if (!entry || !isOn || mountsOf(configuration.widest).some((mount) => mount.path === path)) continue;
      yield {
        at: definition.name,
        message: `The system does not evaluate: "No device specified for mount point ‘${path}’". The locked impermanence mounts ${path} by itself, and after activation.`,
        related: [{ ...entry.item.at, message: `${path} is persisted here` }],
        fixes: fixes(entry, definition, configuration, context),
      };
    }
  },
};

/** Takes the line away together with what would then hide generated files. */
function fixes(
  entry: PersistedEntry,
  definition: Definition,
  configuration: Configuration,
  context: RuleContext,
): readonly Fix[] {
  const line = dropLine(definition, context);
  if (!line) return [];
  const hides = generatedAtOrBelow(entry.path, configuration).length > 0;
  const keys = entry.path === "/etc/ssh" ? keepKeysInStore(entry, configuration, context) : [];
  const others = hides ? shadowFixes(entry, configuration, context) : [];
  const instead = [...keys, ...others.filter(({ title }) => !keys.some((fix) => fix.title === title))];
  const both = instead.map((fix) => ({ ...fix, safe: false, edits: [...fix.edits, line] }));
  return both.length > 0 ? both : [{ title: "Remove neededForBoot", safe: false, edits: [line] }];
}

/** Deletes the binding, with the set around it when nothing else is in it: an empty set would still be a file system. */
function dropLine({ binding, container, name }: Definition, context: RuleContext): TextEdit | undefined {
  const parsed = context.flake.sources.parsed(name.file);
  if (!binding || !parsed) return undefined;
  const isAround = (node: { readonly kind: string }): node is Binding =>
    node.kind === "binding" &&
    (node as Binding).value.start === container?.start &&
    (node as Binding).value.end === container.end;
  const around = container?.bindings.length === 1 ? findNode(parsed.expression, isAround, container) : undefined;
  const whole = around && /^["/]/.test(context.text(name.file).slice(around.path.at(-1)?.start)) ? around : binding;
  return deleteText(context.text(name.file), { file: name.file, start: whole.start, end: whole.end });
}

import type { Configuration, Truth } from "../flake/configuration.ts";
import { isMentioned, type Mention } from "./mentions.ts";
import { mountsOf } from "./mounts.ts";
import { isSameOrBelow } from "./paths.ts";
import { persistedEntries } from "./persistence.ts";
import type { RuleContext } from "./rule.ts";
import type { RuleSettings } from "./ruleSettings.ts";

/**
 * Whether a directory survives a wiped root: it or one above it is persisted or a file system of its own. `no` only when everything
 * that a host persists is known, and no text in its modules (`evidence`) tells that it is kept in another way; or when nothing in the
 * whole flake names the directory or, as a whole text, one above it.
 */
export function isPersisted(
  path: string,
  configuration: Configuration,
  { flake, settings }: RuleContext,
  evidence: Mention = naming(path, false),
): Truth {
  const { widest } = configuration;
  if (keeps(configuration, path)) return "yes";
  if (widest !== configuration && keeps(widest, path)) return "maybe";
  const isKnown = configuration.complete && !hasUnknownEntries(configuration, settings);
  const mentioned = isKnown ? isMentioned(evidence, flake, configuration) : isMentioned(naming(path, true), flake);
  return mentioned ? "maybe" : "no";

  function keeps(where: Configuration, wanted: string): boolean {
    return (
      persistedEntries(where, settings).some((entry) => isSameOrBelow(wanted, entry.path)) ||
      mountsOf(where).some((mount) => mount.path !== "/" && isSameOrBelow(wanted, mount.path))
    );
  }
}

/** Whether lists of persisted directories hold elements, or stores exist, of which nothing is known. */
export function hasUnknownEntries(configuration: Configuration, settings: RuleSettings): boolean {
  const known = new Set(
    persistedEntries(configuration, settings).map(({ item }) => `${item.at.file}:${item.at.start}`),
  );
  return ["environment.persistence", "preservation.preserveAt"].some((pattern) =>
    configuration.definitionsBelow(pattern).some((definition) => {
      const [, , , first] = definition.path;
      if (first === undefined) return definition.value.kind !== "attrs" || definition.value.open;
      if (first !== "directories" && first !== "files") return false;
      return configuration
        .items(definition.value, definition)
        .filter(({ guards }) => configuration.holds(guards) !== "no")
        .some(({ spread, at }) => spread || !known.has(`${at.file}:${at.start}`));
    }),
  );
}

/** A text that names a path, as `/persist/var/lib/nixos` names `/var/lib/nixos`; `orAbove`: or ends in a directory above it. */
function naming(path: string, orAbove: boolean): Mention {
  const escaped = (text: string): string => text.replace(/[.+*?^$(){}|[\]\\]/g, "\\$&");
  const whole = `${escaped(path)}(?![\\w.-])`;
  const segments = path.split("/");
  const holds = segments.slice(0, 2).join("/");
  if (!orAbove) return { pattern: new RegExp(whole), holds };
  const above = segments.slice(2).map((_, index) => escaped(segments.slice(0, index + 2).join("/")));
  return { pattern: new RegExp(`${whole}|^(?:\\0|/[\\w.-]+)?(?:${above.join("|")})/?$`), holds };
}

import type { Configuration } from "../flake/configuration.ts";
import type { TextValue, Value } from "../model/value.ts";
import { isDisposable } from "./disposableSystem.ts";
import { quoted, replaceText } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { mountHolding } from "./mounts.ts";
import { neededForBootEdits } from "./neededForBootEdits.ts";
import { normalizePath } from "./paths.ts";
import { persistenceStores } from "./persistence.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { secretOf } from "./secrets.ts";
import { type Sight, seenByActivation } from "./seenByActivation.ts";
import { areUsersMadeByActivation, hasAnotherWayIn, usersOf } from "./users.ts";

/**
 * `hashedPasswordFile` is read in each activation (nixpkgs nixos/modules/config/update-users-groups.pl, which warns "password file …
 * does not exist" and sets the hash to "!"), before systemd mounts what the initrd did not
 * (https://github.com/NixOS/nixpkgs/issues/148044).
 */
export const passwordFileLateMount: Rule = {
  id: "password-file-late-mount",
  title: "Password file on a file system that is mounted too late",
  summary: "A password file lies where nothing is mounted yet when passwords are set.",
  severity: "error",
  *check(configuration, context) {
    if (!areUsersMadeByActivation(configuration)) return;
    for (const user of usersOf(configuration)) {
      for (const { option, definition, values, isCertain } of user.credentials) {
        if (option !== "hashedPasswordFile" || secretOf(definition.value)) continue;
        if (configuration.host !== undefined && !isCertain) continue;
        if (isDisposable(configuration, definition, context.flake.root)) continue;
        for (const value of values) {
          const path = fileOnMachine(value, context);
          const sight = path === undefined ? undefined : seenByActivation(path, configuration, context);
          if (path === undefined || sight === undefined || sight.state === "there" || sight.state === "unknown")
            continue;
          const isLockedOut = user.isPrivileged && !hasAnotherWayIn(configuration, [definition]);
          yield {
            at: value.at,
            message: `${reason(path, sight)} ${user.label} is locked${isLockedOut ? ", and nobody else can log in" : ""}.`,
            related:
              sight.state === "hidden" ? [{ ...sight.at, message: "This is mounted after passwords are set." }] : [],
            fixes: fixes(configuration, context, value, path, sight),
          };
        }
      }
    }
  },
};

/** The path of a file that is on the machine and not part of the flake; names that are not known stand as dots, below a directory that is. */
function fileOnMachine(value: Value, { flake }: RuleContext): string | undefined {
  if (value.kind !== "string" && value.kind !== "text") return undefined;
  if (value.kind === "text" && !/^\/[^/]+\//.test(knownStart(value))) return undefined;
  const parts = value.kind === "string" ? [value.text] : value.parts;
  const text = parts.map((part) => (typeof part === "string" ? part : "…")).join("");
  if (secretOf(value) || text.startsWith(flake.root)) return undefined;
  return normalizePath(text);
}

function knownStart({ parts: [first] }: TextValue): string {
  return typeof first === "string" ? first : "";
}

function reason(path: string, sight: Sight): string {
  if (sight.state !== "hidden")
    return `${path} is on a root that is empty when the machine boots, and nothing keeps it: the password file does not exist, so`;
  return `Passwords are set before ${sight.path} is mounted: ${sight.path === path ? "it" : path} does not exist at that time, so`;
}

function fixes(configuration: Configuration, context: RuleContext, value: Value, path: string, sight: Sight): Fix[] {
  if (sight.state === "hidden" && sight.mount) {
    const edits = neededForBootEdits(sight.mount, configuration, context);
    return edits ? [{ title: `Mount ${sight.mount.path} before passwords are set`, safe: true, edits }] : [];
  }
  const store = sight.state === "hidden" ? sight.entry?.store : persistenceStores(configuration)[0]?.path;
  if (
    store === undefined ||
    value.kind !== "string" ||
    context.text(value.at.file).slice(value.at.start, value.at.end) !== quoted(value.text)
  )
    return [];
  const kept = `${store}${path}`;
  const holding = mountHolding(configuration, kept);
  const early =
    holding === undefined || holding.path === "/"
      ? []
      : holding.early
        ? []
        : neededForBootEdits(holding, configuration, context);
  if (!early) return [];
  return [{ title: `Read it from ${kept}`, safe: false, edits: [replaceText(value.at, quoted(kept)), ...early] }];
}

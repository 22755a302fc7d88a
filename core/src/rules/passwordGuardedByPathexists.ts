import { relative } from "node:path";
import type { Configuration } from "../flake/configuration.ts";
import type { Definition } from "../model/module.ts";
import type { Expression } from "../syntax/expression.ts";
import { someNode } from "../syntax/findNode.ts";
import type { Place } from "../syntax/place.ts";
import { isDisposable } from "./disposableSystem.ts";
import { quoted, replaceText } from "./edits.ts";
import type { Fix, Severity } from "./finding.ts";
import {
  encryptedFiles,
  type FileState,
  guardingFiles,
  type NeededFile,
  namedFiles,
  stateOfFile,
} from "./passwordFiles.ts";
import { type PasswordMode, passwordModeOf } from "./passwordMode.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { passwordSecrets } from "./secrets.ts";
import { unguardEdits } from "./unguardEdits.ts";
import { type Credential, hasAnotherWayIn, type User, usersOf } from "./users.ts";

/**
 * `mkIf (builtins.pathExists ./x.age)` is false without a word when the file is not there, or is there but was never added to git: a
 * flake consists of the files that git knows of (Nix manual, flake references of type git). A file that is asked for by name instead
 * fails the evaluation.
 */
export const passwordGuardedByPathexists: Rule = {
  id: "password-guarded-by-pathexists",
  title: "Password that silently disappears with its file",
  summary: "Without the secret's file the password silently disappears from the configuration.",
  severity: "warning",
  *check(configuration, context) {
    const secrets = passwordSecrets(configuration);
    for (const user of usersOf(configuration)) {
      for (const credential of user.credentials) {
        const { definition, option } = credential;
        if (!/^hashedPassword/.test(option) || isDisposable(configuration, definition, context.flake.root)) continue;
        const guarding = guardingFiles(configuration, definition.guards);
        for (const file of guarding) yield* guardedFile(configuration, context, user, credential, file);
        if (guarding.length > 0) continue;
        const secret = secrets.find((found) => found.credential === credential)?.secret;
        const needed = secret ? encryptedFiles(configuration, secret) : namedFiles(configuration, definition);
        for (const file of needed) yield* plainFile(context, user, file);
      }
    }
  },
};

function* guardedFile(
  configuration: Configuration,
  context: RuleContext,
  user: User,
  { definition }: Credential,
  file: NeededFile,
): Iterable<RuleFinding> {
  const state = file.path === undefined ? "unknown" : stateOfFile(file.path, file.at.file, context);
  const isGone = state === "missing" || state === "unseen" || state === "outside";
  if (!isGone && hasItsOwnWarning(definition)) return;
  const mode = isGone ? passwordModeOf(configuration, definition) : undefined;
  const name = file.path === undefined ? "the file" : nameOf(file.path, context);
  const isLockedOut = user.isPrivileged && !hasAnotherWayIn(configuration, [definition]);
  const severity: Severity = isGone && isLockedOut ? "error" : state === "present" ? "hint" : "warning";
  const whenGone = `${user.label} has no password, and nothing says so: ${isLockedOut ? "nobody can log in" : "the console takes no login"}.`;
  yield {
    at: mode?.at ?? file.at,
    severity,
    message: isGone
      ? `${reasons[state](name)}, so ${whenGone}`
      : `If ${name} is missing, or not added to git, the system builds all the same and ${whenGone}`,
    related: mode ? [{ ...file.at, message: `The password is only set if ${name} exists.` }] : [],
    fixes: mode ? modeFixes(mode) : isGone ? [] : unguardFixes(context, file.at),
  };
}

function* plainFile(context: RuleContext, user: User, file: NeededFile): Iterable<RuleFinding> {
  if (file.path === undefined) return;
  const state = stateOfFile(file.path, file.at.file, context);
  if (state !== "missing" && state !== "unseen") return;
  const name = nameOf(file.path, context);
  yield {
    at: file.at,
    severity: "error",
    message: `${reasons[state](name)}, so the configuration does not evaluate: the password of ${user.label} needs it.`,
  };
}

const reasons: Readonly<Record<Exclude<FileState, "present" | "unknown">, (name: string) => string>> = {
  missing: (name) => `${name} does not exist`,
  unseen: (name) => `${name} is not known to git, and a flake sees only what git knows (git add it)`,
  outside: (name) => `${name} is outside of the flake, where a pure evaluation finds no file`,
};

/** Values of the mode that set a password without a file. */
function modeFixes({ alternatives, chosen, at }: PasswordMode): Fix[] {
  return [...alternatives]
    .filter(
      ([value, definitions]) => value !== chosen && definitions.some(({ path }) => isPlainCredential(path.at(-1))),
    )
    .map(([value]) => ({
      title: `Set it to ${quoted(value)} until the machine has its secret`,
      safe: false,
      edits: [replaceText(at, quoted(value))],
    }));
}

function isPlainCredential(option: string | undefined): boolean {
  return /^(?:initialPassword|initialHashedPassword|password|hashedPassword)$/.test(option ?? "");
}

function unguardFixes({ flake, text }: RuleContext, call: Place): Fix[] {
  const root = flake.sources.parsed(call.file)?.expression;
  const edits = root && unguardEdits(root, text(call.file), call);
  return edits ? [{ title: "Remove the condition, so that a missing file stops the build", safe: false, edits }] : [];
}

/** The module warns or refuses by itself when the file is missing. */
function hasItsOwnWarning({ module }: Definition): boolean {
  return module.definitions.some(
    ({ path, binding }) =>
      (path[0] === "warnings" || path[0] === "assertions") && binding !== undefined && asksForFile(binding.value),
  );
}

function asksForFile(expression: Expression): boolean {
  return someNode(
    expression,
    (node) =>
      (node.kind === "variable" && node.name === "pathExists") ||
      (node.kind === "select" && node.path.at(-1)?.parts[0] === "pathExists"),
  );
}

function nameOf(path: string, { flake }: RuleContext): string {
  return path.startsWith(flake.root) ? relative(flake.root, path) : path;
}

import type { Configuration } from "../flake/configuration.ts";
import type { StringValue } from "../model/value.ts";
import type { Place } from "../syntax/place.ts";
import { isDisposable } from "./disposableSystem.ts";
import { quoted, replaceText } from "./edits.ts";
import type { Fix, Severity } from "./finding.ts";
import { passwordFileFixes } from "./passwordFileFixes.ts";
import { encryptedFiles, guardingFiles, stateOfFile } from "./passwordFiles.ts";
import { type PasswordMode, passwordModeOf } from "./passwordMode.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";
import { secretOf } from "./secrets.ts";
import { sshPasswordLogin } from "./sshd.ts";
import { areUsersImmutable, type Credential, effectOf, literalPlace, type User, usersOf } from "./users.ts";
import { isWellKnownPassword } from "./weakPassword.ts";

/**
 * `password` and `initialPassword` go into /etc/shadow as they are written (nixpkgs nixos/modules/config/update-users-groups.pl).
 * PasswordAuthentication is on unless it is switched off, and scanners try user names, "nixos", "root" and the like first
 * (services/networking/ssh/sshd.nix). PermitEmptyPasswords is off, so an empty password only counts at the console.
 */
export const bootstrapPasswordLeftOn: Rule = {
  id: "bootstrap-password-left-on",
  title: "Password that everybody tries first",
  summary: "A well-known password, or a password mode that leaves the console without one.",
  severity: "warning",
  *check(configuration, context) {
    for (const user of usersOf(configuration)) {
      for (const credential of user.credentials) {
        const { option, definition } = credential;
        if (option !== "password" && option !== "initialPassword") continue;
        if (effectOf(user, credential) === "ignored" || isDisposable(configuration, definition, context.flake.root))
          continue;
        for (const value of credential.values) {
          if (value.kind === "string" && isWeak(value, user))
            yield weakPassword(configuration, context, user, credential, value);
        }
      }
    }
  },
};

function isWeak({ text }: StringValue, user: User): boolean {
  return text === "" ? user.isPrivileged : isWellKnownPassword(text, user.isNameKnown ? user.name : "");
}

function weakPassword(
  configuration: Configuration,
  context: RuleContext,
  user: User,
  credential: Credential,
  value: StringValue,
): RuleFinding {
  const { definition, option } = credential;
  const mode = passwordModeOf(configuration, definition);
  const isFallback = effectOf(user, credential) === "fallback";
  const isCertain = configuration.host !== undefined && credential.isCertain;
  const overSsh = value.text !== "" && isCertain && sshPasswordLogin(configuration, user.name) === "yes";
  const modes = mode ? readyModes(configuration, context, mode) : [];
  const calm: Severity = isFallback ? "hint" : mode && modes.length === 0 ? "info" : "warning";
  const password = `the password of ${user.label} is ${value.text === "" ? "empty" : quoted(value.text)}`;
  const danger = overSsh
    ? "anyone who reaches this machine can log in over SSH with it"
    : `whoever gets to the console, or runs a program on this machine, becomes ${user.label}`;
  const until = option === "initialPassword" && !areUsersImmutable(configuration) ? ", until somebody changes it" : "";
  const message = isFallback
    ? `While its password file is missing, ${password}: ${danger}.`
    : `T${password.slice(1)}: ${danger}${until}.${mode ? modeAdvice(mode, modes) : ""}`;
  return {
    at: mode?.at ?? literalPlace(credential.definition, value.at),
    severity: overSsh && !isFallback ? "error" : calm,
    message,
    related: mode ? [{ ...value.at, message: `The password that ${quoted(mode.chosen)} stands for.` }] : [],
    fixes: mode ? modeFixes(mode.at, modes) : passwordFileFixes(configuration, context, user, credential),
  };
}

function modeAdvice({ alternatives }: PasswordMode, ready: readonly string[]): string {
  if (ready.length > 0) return "";
  const others = [...alternatives].filter(([, definitions]) =>
    definitions.some(({ path }) => path.at(-1) === "hashedPasswordFile"),
  );
  return others.map(([value]) => ` Change it to ${quoted(value)} as soon as the machine has its secret.`).join("");
}

function modeFixes(at: Place, modes: readonly string[]): Fix[] {
  return modes.map((value) => ({
    title: `Set it to ${quoted(value)}`,
    safe: false,
    edits: [replaceText(at, quoted(value))],
  }));
}

/** Other values of the mode that take the password from a file, all of which the flake has for this host. */
function readyModes(configuration: Configuration, context: RuleContext, mode: PasswordMode): readonly string[] {
  return [...mode.alternatives]
    .filter(([value, definitions]) => {
      if (value === mode.chosen) return false;
      const passwords = definitions.filter(({ path }) => path.at(-1) === "hashedPasswordFile");
      const files = passwords.flatMap((definition) => {
        const secret = secretOf(definition.value);
        return [
          ...guardingFiles(configuration, definition.guards),
          ...(secret ? encryptedFiles(configuration, secret) : []),
        ];
      });
      return (
        passwords.length > 0 &&
        files.every(({ path, at }) => path !== undefined && stateOfFile(path, at.file, context) === "present")
      );
    })
    .map(([value]) => value);
}

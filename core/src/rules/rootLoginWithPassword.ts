import type { Configuration } from "../flake/configuration.ts";
import { isDisposable } from "./disposableSystem.ts";
import { insertBindingAfter, quoted, replaceText } from "./edits.ts";
import type { Fix } from "./finding.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { isSshdOn, type RootLogin, rootLogins, takesPasswords } from "./sshd.ts";
import { effectOf, type User, usersOf } from "./users.ts";
import { isWellKnownPassword } from "./weakPassword.ts";

/**
 * NixOS has `PermitRootLogin prohibit-password` and `PasswordAuthentication yes` (nixpkgs
 * nixos/modules/services/networking/ssh/sshd.nix): with "yes" for the first, root's password is open to guessing.
 */
export const rootLoginWithPassword: Rule = {
  id: "root-login-with-password",
  title: "root may log in with a password",
  summary: "root may log in over SSH with a password.",
  severity: "warning",
  *check(configuration, context) {
    const passwords = takesPasswords(configuration);
    if (passwords === "no" || isSshdOn(configuration) === "no") return;
    // For modules that no known host imports, any module of the flake may switch passwords off.
    if (configuration.host === undefined && takesPasswords(configuration.widest) !== "yes") return;
    const root = usersOf(configuration).find(({ name }) => name === "root");
    const weak = root ? wellKnownPassword(root) : undefined;
    for (const login of rootLogins(configuration)) {
      if (isDisposable(configuration, login.definition, context.flake.root)) continue;
      yield {
        at: login.at,
        severity: passwords === "maybe" ? "info" : weak === undefined ? "warning" : "error",
        message:
          weak === undefined
            ? "sshd takes root's password: anyone on the network can try passwords until one fits. Let root in with a key only."
            : `Anyone who reaches this machine can log in as root over SSH with the password ${quoted(weak)}.`,
        fixes: fixes(configuration, context, login, root),
      };
    }
  },
};

function wellKnownPassword(root: User): string | undefined {
  return root.credentials
    .filter(
      (credential) => /^(?:initialP|p)assword$/.test(credential.option) && effectOf(root, credential) === "effective",
    )
    .flatMap(({ values }) => values)
    .flatMap((value) => (value.kind === "string" && isWellKnownPassword(value.text, "root") ? [value.text] : []))[0];
}

/** Without a key for root, or for somebody who can become root, these would lock out whoever logs in with the password today. */
function fixes(
  configuration: Configuration,
  { text }: RuleContext,
  { at, definition }: RootLogin,
  root: User | undefined,
): Fix[] {
  const keysOnly: Fix = {
    title: "Let root in with a key only",
    safe: root?.hasKey === "yes",
    edits: [replaceText(at, quoted("prohibit-password"))],
  };
  const { binding, path, name } = definition;
  const hasKey = usersOf(configuration).some((user) => user.isPrivileged && user.hasKey === "yes");
  if (!hasKey || !binding || path.at(-2) !== "settings" || at.file !== name.file) return [keysOnly];
  const prefix = text(name.file).slice(binding.start, name.start);
  const off = insertBindingAfter(text(name.file), name.file, binding, `${prefix}PasswordAuthentication = false;`);
  return [keysOnly, { title: "Let everybody in with a key only", safe: false, edits: [...keysOnly.edits, off] }];
}

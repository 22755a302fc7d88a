import type { Configuration } from "../flake/configuration.ts";
import { isDisposable } from "./disposableSystem.ts";
import { quoted, replaceText } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { hostKeysOf } from "./hostKeys.ts";
import { isBelow, normalizePath } from "./paths.ts";
import { rootIsWiped } from "./rootIsWiped.ts";
import type { Rule, RuleContext } from "./rule.ts";
import { type Identity, identitiesOf, passwordSecrets, type SecretTool } from "./secrets.ts";
import { type Sight, seenByActivation } from "./seenByActivation.ts";
import { areUsersMadeByActivation, hasAnotherWayIn } from "./users.ts";

/**
 * agenix decrypts before users are made (modules/age.nix, `users.deps = [ "agenixInstall" ]`), and so does sops-nix with
 * `neededForUsers`; the key must be on a file system of the initrd. Both take the SSH host keys from where `services.openssh.hostKeys`
 * says they are, unless a list of their own says otherwise (https://github.com/ryantm/agenix/issues/45,
 * https://github.com/Mic92/sops-nix/issues/427).
 */
export const passwordSecretNeedsLateKey: Rule = {
  id: "password-secret-needs-late-key",
  title: "Key of a password secret comes too late",
  summary: "The key that decrypts a password is mounted after passwords are set.",
  severity: "warning",
  *check(configuration, context) {
    if (!areUsersMadeByActivation(configuration)) return;
    const secrets = passwordSecrets(configuration).filter(
      ({ credential }) => !isDisposable(configuration, credential.definition, context.flake.root),
    );
    for (const tool of ["agenix", "sops"] satisfies SecretTool[]) {
      const passwords = secrets.filter(({ secret }) => secret.tool === tool);
      const [first] = passwords;
      if (!first || isOrderedBySystemd(configuration, tool)) continue;
      const late = lateIdentities(configuration, context, tool);
      const [identity] = late;
      if (!identity) continue;
      const definitions = passwords.map(({ credential }) => credential.definition);
      const names = [...new Set(passwords.map(({ user }) => user.label))].join(", ");
      const isOnlyWay = passwords.some(({ user }) => user.isPrivileged) && !hasAnotherWayIn(configuration, definitions);
      yield {
        at: identity.at,
        severity: isOnlyWay ? "error" : "warning",
        message: `${reason(identity)} The password of ${names} cannot be decrypted when users are made, so the account is locked${isOnlyWay ? " and nobody can log in" : ""}.`,
        related: [
          { ...first.credential.definition.value.at, message: "This password is decrypted with it." },
          ...(identity.sight.state === "hidden"
            ? [{ ...identity.sight.at, message: "This is mounted after users are made." }]
            : []),
        ],
        fixes: fixes(configuration, context, identity),
      };
    }
  },
};

/** As a service, sops-nix waits for the mounts of its keys (modules/sops, `RequiresMountsFor`). */
function isOrderedBySystemd(configuration: Configuration, tool: SecretTool): boolean {
  const { state } = configuration.flag("sops.useSystemdActivation");
  return tool === "sops" && (state === "yes" || state === "maybe");
}

interface LateIdentity extends Identity {
  readonly sight: Sight;
  /** sshd keeps its host keys elsewhere, so none is made at this path. */
  readonly isElsewhere: boolean;
}

/** The identities that are written down, when certainly none of all identities is there in time. */
function lateIdentities(configuration: Configuration, context: RuleContext, tool: SecretTool): readonly LateIdentity[] {
  const { listed, isComplete, takesHostKeys } = identitiesOf(configuration, tool);
  const keys = hostKeysOf(configuration);
  if (!isComplete || listed.length === 0 || (takesHostKeys && !keys.areAllKnown)) return [];
  const inTime = (path: string): boolean => {
    const { state } = seenByActivation(path, configuration, context);
    return state === "there" || state === "unknown";
  };
  if (takesHostKeys && keys.paths.some(inTime)) return [];
  const late = listed.flatMap((identity): LateIdentity[] => {
    const path = normalizePath(identity.path);
    if (path === undefined) return [];
    const isElsewhere =
      isBelow(path, "/etc/ssh") &&
      keys.areAllKnown &&
      !keys.areDefault &&
      !keys.paths.includes(path) &&
      rootIsWiped(configuration, context.settings) !== "no";
    const sight = seenByActivation(path, configuration, context);
    const isLate = sight.state === "hidden" || sight.state === "wiped" || (isElsewhere && sight.state === "unknown");
    return isLate ? [{ ...identity, path, sight, isElsewhere }] : [];
  });
  return late.length === listed.length ? late : [];
}

function reason({ path, sight, isElsewhere }: LateIdentity): string {
  if (isElsewhere) return `services.openssh.hostKeys is not ${path}, so there is no key at that path.`;
  if (sight.state !== "hidden")
    return `${path} is on a root that is empty when the machine boots, and nothing keeps it.`;
  return `${path} is not there before ${sight.path === path ? "it" : sight.path} is mounted.`;
}

function fixes(configuration: Configuration, context: RuleContext, { at, path, sight }: LateIdentity): Fix[] {
  const kept = sight.state === "hidden" && sight.entry?.store !== undefined ? [`${sight.entry.store}${path}`] : [];
  const name = path.slice(path.lastIndexOf("/"));
  const hostKeys = hostKeysOf(configuration).paths.filter((key) => key.endsWith(name) && key !== path);
  if (context.text(at.file).slice(at.start, at.end) !== quoted(path)) return [];
  return [...new Set([...kept, ...hostKeys])]
    .filter((key) => seenByActivation(key, configuration, context).state === "there")
    .map((key) => ({ title: `Decrypt with ${key}`, safe: true, edits: [replaceText(at, quoted(key))] }));
}

import type { LoginSecrets } from "./loginSecrets.ts";
import type { BootstrapRequest } from "./request.ts";
import { readIfThere } from "./runDirectory.ts";

/** Shorter words stand in ordinary text. */
const shortestSecret = 4;

/** What no event may hold: what opens a login, and the keys of encrypted disks, by the line where they are text. */
export function secretsOf(
  { diskKeys }: Pick<BootstrapRequest, "diskKeys">,
  { password = "", passphrase = "" }: LoginSecrets,
): string[] {
  const keys = diskKeys.flatMap(({ local }) => readIfThere(local)?.split(/\r?\n/) ?? []);
  return [password, passphrase, ...keys].filter((secret) => secret.length >= shortestSecret);
}

/** Words of ours, and names that the run goes on with: a secret that is spelled alike must not break them. */
const ourWords: ReadonlySet<string> = new Set([
  ...["type", "step", "resumeFrom", "level", "outcome", "state", "failure", "check", "id", "kind", "action", "verdict"],
  ...["severity", "host", "target", "question", "expects", "toplevel", "diskoScript", "formattedBy", "disks"],
]);

/** Replaces secrets wherever they stand in the texts of an event; its form stays as it is. */
export function scrub<Value>(value: Value, secrets: readonly string[]): Value {
  if (secrets.length === 0) return value;
  const clean = (part: unknown): unknown => {
    if (typeof part === "string") return secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), part);
    if (Array.isArray(part)) return part.map(clean);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, each]) => [name, ourWords.has(name) && !isObject(each) ? each : clean(each)]),
    );
  };
  return clean(value) as Value;
}

/** `disks` is a list of names in notes, and of what the target shows in its facts. */
function isObject(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isObject) : typeof value === "object" && value !== null;
}

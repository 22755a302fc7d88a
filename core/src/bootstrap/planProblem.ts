import type { WantedPassphrase } from "./loginSecrets.ts";
import { flag, object, text } from "./shape.ts";

/** Why a plan could not be made that whoever asked for it can do something about; `--plan --format json` prints it. */
export type PlanProblem =
  | {
      readonly id: "host-key-unknown";
      readonly message: string;
      /** Such as `ssh-ed25519`. */
      readonly keyType: string;
      /** As `ssh-keygen -l` prints it: `SHA256:...`. */
      readonly fingerprint: string;
    }
  /** A key has a passphrase that was not given, or is not the one that was given. */
  | ({ readonly id: "key-passphrase"; readonly message: string } & Omit<WantedPassphrase, "kind">)
  /** Neither key nor password let us in. */
  | { readonly id: "login-refused"; readonly message: string };

const isPassphrase = object({ file: text, isWrong: flag, takesPassword: flag });

/** Reads what a plan printed in place of itself; undefined when it is something else. */
export function parsePlanProblem(value: unknown): PlanProblem | undefined {
  if (typeof value !== "object" || value === null || !("problem" in value)) return undefined;
  const { problem } = value;
  if (typeof problem !== "object" || problem === null || !("id" in problem) || !("message" in problem))
    return undefined;
  const message = String(problem.message);
  if (problem.id === "login-refused") return { id: "login-refused", message };
  if (problem.id === "key-passphrase")
    return isPassphrase(problem) ? { ...problem, id: "key-passphrase", message } : undefined;
  const isKey = problem.id === "host-key-unknown" && "keyType" in problem && "fingerprint" in problem;
  if (!isKey) return undefined;
  return {
    id: "host-key-unknown",
    message,
    keyType: String(problem.keyType),
    fingerprint: String(problem.fingerprint),
  };
}

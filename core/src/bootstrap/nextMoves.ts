import type { PanelChoices } from "./panelMessages.ts";
import type { PreflightFinding } from "./preflight.ts";
import type { RunState } from "./runState.ts";

/** A way to go on with a run that did not come to its end. */
export interface NextMove {
  readonly label: string;
  /** What is chosen differently; `accept` is added to what was accepted. */
  readonly changes: Partial<PanelChoices>;
  /** The choice that has to be asked for first. */
  readonly asks?: "buildHost";
}

const buildHere: NextMove = { label: "Retry building on this computer", changes: { buildHost: null } };
const buildElsewhere: NextMove = { label: "Build on another machine...", changes: {}, asks: "buildHost" };

/** Failures that another choice prevents. */
const retries: ReadonlyMap<string, readonly NextMove[]> = new Map([
  ["local-build", [buildElsewhere]],
  ["build-host-unreachable", [buildHere, buildElsewhere]],
  ["build-host-without-nix", [buildHere, buildElsewhere]],
  ["unsigned-paths", [buildHere]],
  ["kexec-out-of-memory", [{ label: "Retry with a swap file", changes: { swapFile: "always" } }]],
  ["partition-link-missing", [{ label: "Retry with the patched disko script", changes: { patch: "always" } }]],
  ["no-space", [{ label: "Retry with the installer's store on the disk", changes: { overlay: "always" } }]],
  ["tool-missing-in-installer", [{ label: "Retry with disko's own tools", changes: { diskoDependencies: true } }]],
]);

/** Rules that look for what makes a run fail, or a check not pass. */
const rulesOf: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "activation-failed",
    ["hostkeys-not-persisted", "password-secret-needs-late-key", "sops-password-not-needed-for-users"],
  ],
  ["boot-loader", ["bios-boot-partition-missing", "grub-device"]],
  ["new-host-key-every-boot", ["hostkeys-not-persisted", "preservation-hostkey-bindmount"]],
  ["sshd-config-hidden", ["persist-dir-shadows-etc", "persist-inside-generated-dir"]],
  ["etc-shadowed", ["persist-dir-shadows-etc", "persist-inside-generated-dir", "persist-whole-etc"]],
  ["login", ["password-guarded-by-pathexists", "password-file-late-mount"]],
  ["console-login", ["no-console-fallback"]],
]);

/** What can be done when a run has ended early, the first one for most cases; nothing when it has come to its end. */
export function nextMoves({ outcome, failure, plan, checks }: RunState): readonly NextMove[] {
  if (outcome === "installed") return [];
  const resume: NextMove = { label: "Resume", changes: {} };
  if (failure?.step === "inspect" && plan?.verdict === "blocked") {
    const errors = plan.preflight.filter(({ severity }) => severity === "error").map(({ id }) => id);
    // Memory that is missing cannot be accepted.
    const isMemory = plan.forecast.some(({ verdict }) => verdict === "blocked");
    if (errors.length === 0 || isMemory) return [resume];
    const retry = retries.get(errors.find((id) => retries.has(id)) ?? "") ?? [];
    return [resume, ...retry, { label: "Accept and go on", changes: { accept: errors } }];
  }
  const failed = checks.filter(({ step, passed }) => !passed && step === failure?.step).map(({ check }) => check);
  const accept = failed.length > 0 ? [{ label: "Go on in spite of it", changes: { accept: failed } }] : [];
  return [resume, ...(retries.get(failure?.failure ?? "") ?? []), ...accept];
}

/** What the rules found in the flake that belongs to the failure of a run. */
export function findingsBehind({ failure, plan, checks }: RunState): readonly PreflightFinding[] {
  if (!failure || !plan) return [];
  const found = plan.preflight.filter(({ place }) => place !== undefined);
  if (failure.step === "inspect") return found.filter(({ severity }) => severity === "error");
  const shown = [failure.failure ?? "", ...checks.filter(({ passed }) => !passed).map(({ check }) => check)];
  const rules = shown.flatMap((id) => rulesOf.get(id) ?? []);
  return found.filter(({ id }) => rules.includes(id));
}

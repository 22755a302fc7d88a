import { disksOfRun } from "../disks.ts";
import { hostKeyFromBlob, isSameKey } from "../hostKeys.ts";
import { ownPublicKeys } from "../ownKeys.ts";
import { pinKeys, pinnedKeys } from "../pinnedKeys.ts";
import {
  hostKeysScript,
  type ProofCheck,
  parseAuthorizedKeys,
  parsePorts,
  parseProof,
  parseUsers,
  proofBeforeRebootScript,
} from "../proofScript.ts";
import { readOutput } from "../readOutput.ts";
import { neverDone, type Step, type StepContext, StepFailed, verified } from "../step.ts";
import { stepTitles } from "../stepId.ts";
import { removeOverlay } from "./storeOverlay.ts";

const timeoutMs = 5 * 60_000;

/** Looks for what would lock you out while the installer still runs and everything can be put right. */
export const proofBeforeReboot: Step = {
  id: "proof-before-reboot",
  title: stepTitles["proof-before-reboot"],
  timeoutMs: 2 * timeoutMs,
  isDone: neverDone,
  async run(context) {
    const { notes } = context;
    const { toplevel } = notes;
    if (toplevel === undefined) throw new StepFailed("Nothing is built yet.");
    if (notes.overlayBootId !== undefined) await removeOverlay(context);
    await pinNewHostKeys(context, toplevel);
    const staticAddresses = staticAddressesOf(context);
    const script = proofBeforeRebootScript({ toplevel, disks: disksOfRun(context), staticAddresses });
    const output = await readOutput(context, "installer", script, timeoutMs, { isProof: true });
    const users = parseUsers(output);
    if (users.length > 0) context.note({ users });
    notePort(context, parsePorts(output));
    const ownKey = await checkOwnKey(context, parseAuthorizedKeys(output));
    return reportProof(context, [...parseProof(output), ...ownKey, ...activationOf(context)]);
  },
  verify: verified,
};

/** nixos-install ends well although a part of the activation failed. */
function activationOf({ notes: { activationFailure } }: StepContext): ProofCheck[] {
  if (activationFailure === undefined) return [];
  return [{ id: "activation", verdict: activationFailure === "" ? "passed" : "failed", detail: activationFailure }];
}

/** The new sshd may listen on another port, which is reached only where no forwarding stands between. */
function notePort({ machine, plan, note, log }: StepContext, ports: readonly number[]): void {
  const { port } = machine.targetOf("installed");
  const [first] = ports;
  if (first === undefined || ports.includes(port) || plan.facts.sshPort !== machine.targetOf("old").port) return;
  log(`The new system's sshd listens on port ${first}.`);
  note({ installedPort: first });
}

function staticAddressesOf({ plan }: StepContext): string[] {
  const { network } = plan.facts;
  if (network === "unknown" || network.dhcp !== false) return [];
  return network.addresses.flatMap((address) => address.split("/")[0] ?? []);
}

/** Keys may log in to the new system: whether one of them is on this computer. */
async function checkOwnKey({ machine, signal }: StepContext, authorized: readonly string[]): Promise<ProofCheck[]> {
  if (authorized.length === 0) return [];
  const own = await ownPublicKeys(machine.targetOf("installed"), signal);
  const found = own.some((key) => authorized.includes(key));
  if (found) return [{ id: "own-key", verdict: "passed", detail: "" }];
  return own.length === 0
    ? [{ id: "own-key", verdict: "skipped", detail: "it is not known which keys this computer has" }]
    : [{ id: "own-key", verdict: "failed", detail: "none of this computer's keys may log in to the new system" }];
}

/** Writes the checks down. Throws `StepFailed` when one failed that was not accepted by its name. */
export function reportProof({ check, log, request }: StepContext, checks: readonly ProofCheck[]): string {
  if (checks.length === 0) throw new StepFailed("The target did not answer the checks.", { isProof: true });
  for (const { id, verdict, detail } of checks) {
    if (verdict === "skipped") log(`${id}: not checked: ${detail}`, "warning");
    else check(id, verdict === "passed", detail);
  }
  const failed = checks.filter(({ id, verdict }) => verdict === "failed" && !request.accept.includes(id));
  const [first] = failed;
  if (first) {
    const list = failed.map(({ id, detail }) => `${id} (${detail})`).join("; ");
    const failure = failureShownBy(first);
    throw new StepFailed(`${list}.`, { isProof: true, evidence: first.detail, ...(failure ? { failure } : {}) });
  }
  const count = (verdict: ProofCheck["verdict"]): number => checks.filter((each) => each.verdict === verdict).length;
  return [
    `${count("passed")} checks passed`,
    ...(count("failed") > 0 ? [`${count("failed")} failed and accepted`] : []),
    ...(count("skipped") > 0 ? [`${count("skipped")} not made`] : []),
  ].join(", ");
}

/** The failure that a check which did not pass foretells, or shows. */
function failureShownBy({ id, detail }: ProofCheck): string | undefined {
  const isShadow = id === "etc-shadowed" && detail.includes("/etc/ssh");
  return isShadow || id === "etc-ssh-hidden" ? "sshd-config-hidden" : undefined;
}

/** The installed system may have host keys of its own; they are read over a connection that is trusted. */
async function pinNewHostKeys(context: StepContext, toplevel: string): Promise<void> {
  const { directory, log } = context;
  const output = await readOutput(context, "installer", hostKeysScript(toplevel), timeoutMs);
  const keys = output.split("\n").flatMap((line) => {
    const base64 = line.split(" ")[1];
    return base64 === undefined ? [] : [hostKeyFromBlob(Buffer.from(base64, "base64"))];
  });
  const known = pinnedKeys(directory);
  const added = keys.filter((key) => !isSameKey(key, known));
  if (added.length > 0) pinKeys(directory, [...known, ...added]);
  if (keys.length === 0)
    log(
      "The host keys of the installed system are not known before its first boot; the old ones are expected.",
      "warning",
    );
}

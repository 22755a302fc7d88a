import { closureSizes, totalBytes } from "../../nix/closureSize.ts";
import { nixVersion } from "../../nix/runNix.ts";
import { messageOfRecord } from "../../nix/structuredLog.ts";
import { createCopyProgress } from "../copyProgress.ts";
import { copyToInstaller } from "../copyToInstaller.ts";
import { diagnose } from "../diagnose.ts";
import { missingPaths } from "../missingPaths.ts";
import { nixosAnywhereCommand } from "../nixosAnywhere.ts";
import { parseNixosAnywhereLine } from "../nixosAnywhereLines.ts";
import { runEnvironment } from "../runEnvironment.ts";
import { shellQuote } from "../shellQuote.ts";
import { type Step, type StepContext, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";
import { waitForInstall } from "../waitForInstall.ts";
import { isMounted } from "./disko.ts";

const longestCopyMs = 12 * 60 * 60_000;
const progressEveryMs = 500;

/**
 * Copies the closure to the disk, then lets nixos-anywhere install it, which finds nothing left to copy. The copy is ours so that it
 * can be followed and taken up again.
 */
export const install: Step = {
  id: "install",
  title: stepTitles.install,
  timeoutMs: longestCopyMs + 60 * 60_000,
  async isDone(context) {
    if (context.notes.filesystems === undefined || !(await isMounted(context))) return undefined;
    await waitForInstall(context);
    return (await installedSystem(context)) === context.notes.toplevel ? "the system is installed" : undefined;
  },
  async run(context) {
    if (!(await isMounted(context)))
      throw new StepFailed("Nothing of the disk is mounted below /mnt: the system would be copied into memory.");
    await copySystem(context);
    await installSystem(context);
    return `${context.notes.closurePaths ?? 0} paths on the disk, boot loader installed`;
  },
  async verify(context) {
    const installed = await installedSystem(context);
    if (installed !== context.notes.toplevel)
      throw new StepFailed(`The disk would start ${installed || "nothing"}, not what was built.`);
  },
};

async function copySystem(context: StepContext): Promise<void> {
  const { notes, progress, log, signal } = context;
  const { toplevel } = notes;
  if (toplevel === undefined) throw new StepFailed("Nothing is built yet.");
  const sizes = await closureSizes(toplevel, await nixVersion(signal), { timeoutMs: 10 * 60_000, signal });
  const closureBytes = totalBytes(sizes);
  let copy = createCopyProgress(sizes);
  let there = { paths: 0, bytes: 0 };
  let shownAt = 0;
  const show = (): void => {
    shownAt = Date.now();
    const { bytes, totalBytes, paths, totalPaths, bytesPerSecond, secondsLeft } = copy.state();
    progress({
      text: `${there.paths + paths} of ${there.paths + totalPaths} paths copied`,
      done: there.bytes + bytes,
      total: there.bytes + totalBytes,
      unit: "bytes",
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond: Math.round(bytesPerSecond) }),
      ...(secondsLeft === undefined ? {} : { secondsLeft: Math.round(secondsLeft) }),
    });
  };
  await copyToInstaller(context, toplevel, {
    root: "/mnt",
    timeoutMs: longestCopyMs,
    structured: true,
    async onAttempt() {
      const missing = await missingPaths(context, sizes);
      there = { paths: sizes.size - missing.size, bytes: closureBytes - totalBytes(missing) };
      copy = createCopyProgress(missing);
      return missing.size;
    },
    onLine(line) {
      if (copy.take(line)) {
        if (Date.now() - shownAt >= progressEveryMs) show();
        return;
      }
      const message = line.startsWith("@nix ") ? messageOfRecord(line) : line;
      if (message !== undefined) log(message);
    },
  });
  show();
}

async function installSystem(context: StepContext): Promise<void> {
  const { request, directory, notes, machine, progress } = context;
  const { port } = machine.addressOf("old");
  const lines: string[] = [];
  const { exitCode } = await context.runLocal(nixosAnywhereCommand("install", { request, directory, notes, port }), {
    timeoutMs: 60 * 60_000,
    env: runEnvironment(directory, request),
    onLine(line) {
      lines.push(line);
      const said = parseNixosAnywhereLine(line);
      if (said?.type === "step") progress({ text: said.title });
      if (said?.type === "installing") progress({ text: said.what });
    },
  });
  if (exitCode !== 0) throw new StepFailed("nixos-anywhere could not install the system.");
  // nixos-install ends well although activation failed, and in some versions although the boot loader did.
  const seen = diagnose("install", lines);
  if (seen?.failure.id === "boot-loader")
    throw new StepFailed("The boot loader was not installed.", { evidence: seen.evidence });
  context.note({ activationFailure: seen?.failure.id === "activation-failed" ? seen.evidence : "" });
}

/** What the profile on the disk leads to; empty when there is none. */
async function installedSystem({ machine, signal, notes }: StepContext): Promise<string> {
  const script = `
cd /mnt/nix/var/nix/profiles 2>/dev/null || exit 0
link=$(readlink system) || exit 0
case $link in /nix/store/*) ;; *) link=$(readlink "$link") ;; esac
test -e "/mnt$link/init" && test "$link" = ${shellQuote(notes.toplevel ?? "")} && test -e /mnt/etc/NIXOS && echo "$link"
true
`;
  return (await machine.sh("installer", script, { timeoutMs: 30_000, signal })).stdout.trim();
}

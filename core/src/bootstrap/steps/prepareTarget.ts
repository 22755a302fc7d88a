import { largestSwapFile, loadingMiB, memoryMiB, swapFilePlan, swapFileSize, zramRoom } from "../memoryForecast.ts";
import { shellCommand } from "../shellQuote.ts";
import { type Step, type StepContext, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";
import { swapFileScript } from "../swapFile.ts";
import { missingTools, packageManagerOf, packagesFor } from "../targetTools.ts";
import { zramScript } from "../zramScript.ts";

/** Installs what starting the installer needs, and makes the memory last for loading it. */
export const prepareTarget: Step = {
  id: "prepare-target",
  title: stepTitles["prepare-target"],
  timeoutMs: 15 * 60_000,
  isDone: async ({ notes }) => (notes.installerBootId ? "the installer runs" : undefined),
  async run(context) {
    const done: string[] = [];
    const missing = await stillMissing(context);
    if (missing.length > 0) done.push(await installTools(context, missing));
    if (needsMemory(context)) done.push(await makeMemory(context));
    return done.join("; ") || "nothing";
  },
  async verify(context) {
    const left = await stillMissing(context);
    if (left.length > 0) throw new StepFailed(`The target still lacks ${left.join(", ")}.`);
  },
};

/** What was missing when the plan was made, and somebody may have installed by hand since. */
async function stillMissing({ machine, signal, plan }: StepContext): Promise<string[]> {
  const missing = missingTools(plan.facts);
  if (missing.length === 0) return [];
  const script = missing.map((tool) => `command -v ${tool} >/dev/null || echo ${tool}`).join("\n");
  const { stdout } = await machine.sh("old", script, { timeoutMs: 30_000, signal });
  return stdout.trim().split("\n").filter(Boolean);
}

function needsMemory({ plan, request }: StepContext): boolean {
  if (request.swapFile === "always") return true;
  return plan.forecast.some((row) => row.step === "kexec" && row.verdict !== "ok");
}

async function installTools({ plan, machine, signal, log }: StepContext, missing: readonly string[]): Promise<string> {
  const manager = packageManagerOf(plan.facts);
  if (!manager)
    throw new StepFailed(`The target lacks ${missing.join(", ")} and has no package manager that is known.`);
  const packages = packagesFor(missing);
  const commands = [...(manager.refresh ? [manager.refresh] : []), manager.install(packages)].map(shellCommand);
  const { exitCode, stderr } = await machine.sh("old", commands.join("\n"), {
    timeoutMs: 10 * 60_000,
    signal,
    onLine: (line) => log(line),
  });
  if (exitCode !== 0)
    throw new StepFailed(`${manager.name} could not install ${packages.join(", ")}.`, { evidence: lastLine(stderr) });
  return `installed ${packages.join(", ")} with ${manager.name}`;
}

/** What loading the image can use, in MiB: what is available, and what swap makes room for. */
const measureScript = `
awk '/^MemAvailable:/ { print "available", int($2 / 1024) }' /proc/meminfo
awk 'NR > 1 { free = ($3 - $4) / 1024; if ($1 ~ /^\\/dev\\/zram/) zram += free; else disk += free } END { print "zram", int(zram); print "disk", int(disk) }' /proc/swaps
`;

async function measure({ machine, signal }: StepContext, totalMiB: number): Promise<number> {
  const { stdout } = await machine.sh("old", measureScript, { timeoutMs: 30_000, signal });
  const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stdout)?.[1] ?? 0);
  return Math.floor(of("available") + of("disk") + zramRoom(of("zram"), totalMiB));
}

async function makeMemory(context: StepContext): Promise<string> {
  const { plan, request } = context;
  const { facts } = plan;
  const needMiB = loadingMiB(request.initrdMiB);
  const totalMiB = memoryMiB(facts);
  const dropCaches = "sync\necho 3 > /proc/sys/vm/drop_caches\n";
  const done = [await prepareMemory(context, `${zramScript(totalMiB)}${dropCaches}`, "zram could not be set up")];
  // The plan may be older than what the machine does now.
  const missingMiB = Math.max(0, needMiB - (await measure(context, totalMiB)));
  const plannedMiB = swapFilePlan(facts, request);
  const wantedMiB = missingMiB > 0 ? Math.max(plannedMiB, swapFileSize(missingMiB)) : plannedMiB;
  const sizeMiB = Math.min(wantedMiB, largestSwapFile(facts, request.initrdMiB));
  if (sizeMiB > 0 && request.swapFile !== "never") {
    context.note({ hasSwapFile: true });
    done.push(await prepareMemory(context, swapFileScript(sizeMiB), "the swap file could not be made"));
  } else if (request.swapFile === "always") {
    context.log(`The old system has no room for a swap file, or a file system that takes none.`, "warning");
  }
  const haveMiB = await measure(context, totalMiB);
  if (haveMiB < needMiB)
    throw new StepFailed(
      `Loading the installer needs ${needMiB} MiB, and the old system has ${haveMiB} MiB, swap included. ${await largestPrograms(context)}`,
      { failure: "kexec-out-of-memory" },
    );
  return [...done, `${haveMiB} MiB for loading the installer`].join(", ");
}

async function prepareMemory({ machine, signal, log }: StepContext, script: string, failed: string): Promise<string> {
  const { stdout, exitCode, stderr } = await machine.sh("old", script, {
    // A swap file may have to be written on a slow disk.
    timeoutMs: 5 * 60_000,
    signal,
    onLine: (line) => log(line),
  });
  if (exitCode !== 0) throw new StepFailed(`On the old system ${failed}.`, { evidence: lastLine(stderr) });
  return stdout.trim().split("\n").join(", ");
}

const programsScript = `
for status in /proc/[0-9]*/status; do awk '/^Name:/ { name = $2 } /^VmRSS:/ { if ($2 > 10240) printf "%d %s\\n", $2 / 1024, name }' "$status" 2>/dev/null; done | sort -rn | head -n 3
`;

/** A sentence that names what takes the most memory. */
async function largestPrograms({ machine, signal }: StepContext): Promise<string> {
  const { stdout } = await machine.sh("old", programsScript, { timeoutMs: 30_000, signal });
  const programs = stdout.split("\n").flatMap((line) => {
    const [, mib, name] = /^(\d+) (.+)$/.exec(line) ?? [];
    return name === undefined ? [] : [`${name} (${mib} MiB)`];
  });
  return programs.length === 0
    ? "Stop services there."
    : `Stop services there; the largest are ${programs.join(", ")}.`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

import { shellCommand } from "../shellQuote.ts";
import { type Step, type StepContext, StepFailed } from "../step.ts";
import { stepTitles } from "../stepId.ts";
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
    const missing = missingTools(context.plan.facts);
    if (missing.length > 0) done.push(await installTools(context, missing));
    if (needsMemory(context)) done.push(await makeMemory(context));
    return done.join("; ");
  },
  async verify({ machine, signal, plan }) {
    const missing = missingTools(plan.facts);
    if (missing.length === 0) return;
    const script = missing.map((tool) => `command -v ${tool} >/dev/null || echo ${tool}`).join("\n");
    const { stdout } = await machine.sh("old", `PATH=$PATH:/usr/sbin:/sbin\n${script}`, { timeoutMs: 30_000, signal });
    const left = stdout.trim().split("\n").filter(Boolean);
    if (left.length > 0) throw new StepFailed(`The target still lacks ${left.join(", ")}.`);
  },
};

function needsMemory({ plan }: StepContext): boolean {
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

async function makeMemory({ plan, machine, signal, log }: StepContext): Promise<string> {
  const { memory } = plan.facts;
  const totalMiB = memory === "unknown" ? 1024 : memory.totalKiB / 1024;
  const script = `${zramScript(totalMiB)}\nsync\necho 3 > /proc/sys/vm/drop_caches\nawk '/^MemAvailable:/ { print "available", int($2 / 1024), "MiB" }' /proc/meminfo`;
  const { stdout, exitCode, stderr } = await machine.sh("old", script, {
    timeoutMs: 60_000,
    signal,
    onLine: (line) => log(line),
  });
  if (exitCode !== 0)
    throw new StepFailed("zram could not be set up on the old system.", { evidence: lastLine(stderr) });
  return stdout.trim().split("\n").join(", ");
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

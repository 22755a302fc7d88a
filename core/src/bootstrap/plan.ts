import type { FlakeFacts } from "./flakeFacts.ts";
import { type ForecastRow, forecastMemory, type Verdict, worstVerdict } from "./memoryForecast.ts";
import { type PreflightFinding, preflight } from "./preflight.ts";
import { type StepId, stepIds, stepTitles } from "./stepId.ts";
import { runsInstaller, type TargetFacts } from "./targetFacts.ts";
import { missingTools } from "./targetTools.ts";

/** What the user chose. */
export interface BootstrapChoices {
  readonly patch: "auto" | "always" | "never";
  readonly overlay: "auto" | "always" | "never";
  /** A swap file on the old system while the installer is loaded. */
  readonly swapFile: "auto" | "always" | "never";
  /** Whether the disko script brings its dependencies into the installer's memory. */
  readonly diskoDependencies: boolean;
  /** Ids of findings and checks in spite of which the run goes on. */
  readonly accept: readonly string[];
  /**
   * The machine that builds, `[user@]host[:port]` or a name of the ssh configuration; null for this computer and the builders that its
   * Nix is set up with.
   */
  readonly buildHost: string | null;
  readonly initrdMiB: number;
  /** Absolute path, or URL, of the installer's archive where it is not the stock one. */
  readonly kexec?: string | undefined;
}

export interface PlannedStep {
  readonly id: StepId;
  readonly title: string;
  readonly action: "run" | "skip";
  readonly reason: string;
}

/** What a bootstrap would do; this is what `--plan --format json` prints. */
export interface BootstrapPlan {
  readonly version: 1;
  readonly host: string;
  readonly target: string;
  /** The machine that builds; left out when it is this computer. */
  readonly buildHost?: string;
  readonly image: { readonly initrdMiB: number };
  readonly facts: TargetFacts;
  readonly preflight: readonly PreflightFinding[];
  readonly forecast: readonly ForecastRow[];
  /** `tight` also when there is no forecast: nobody knows whether the memory suffices. */
  readonly verdict: Verdict;
  readonly steps: readonly PlannedStep[];
  /** The step after which the old system is gone. */
  readonly pointOfNoReturn: StepId;
}

/** Measured for the dependencies of disko in the installer's store (disko with its default tools). */
const diskoDependenciesMiB = 400;

/** Plans a bootstrap from what is known; `buildHostFindings` is what was seen of the machine that builds. Pure. */
export function planBootstrap(
  target: string,
  facts: TargetFacts,
  flake: FlakeFacts,
  choices: BootstrapChoices,
  buildHostFindings: readonly PreflightFinding[] = [],
): BootstrapPlan {
  const ofTargetAndFlake = preflight(facts, flake, {
    initrdMiB: choices.initrdMiB,
    hasOwnImage: choices.kexec !== undefined,
  });
  const findings = [...ofTargetAndFlake, ...buildHostFindings];
  const forecast =
    forecastMemory(facts, {
      initrdMiB: choices.initrdMiB,
      diskoDependenciesMiB: choices.diskoDependencies ? diskoDependenciesMiB : 0,
      swapFile: choices.swapFile,
    }) ?? [];
  const isStopped = findings.some((finding) => finding.severity === "error" && !choices.accept.includes(finding.id));
  const memory = worstVerdict(runsInstaller(facts) ? forecast.filter((row) => row.step !== "kexec") : forecast);
  const isForecast = forecast.length > 0;
  return {
    version: 1,
    host: flake.host,
    target,
    ...(choices.buildHost ? { buildHost: choices.buildHost } : {}),
    image: { initrdMiB: choices.initrdMiB },
    facts,
    preflight: findings,
    forecast,
    verdict: isStopped ? "blocked" : isForecast ? memory : "tight",
    steps: stepIds.map((id) => ({ id, title: stepTitles[id], ...decisionFor(id, facts, forecast, choices) })),
    pointOfNoReturn: "disko",
  };
}

function decisionFor(
  id: StepId,
  facts: TargetFacts,
  forecast: readonly ForecastRow[],
  choices: BootstrapChoices,
): Pick<PlannedStep, "action" | "reason"> {
  const run = (reason: string): Pick<PlannedStep, "action" | "reason"> => ({ action: "run", reason });
  const skip = (reason: string): Pick<PlannedStep, "action" | "reason"> => ({ action: "skip", reason });
  switch (id) {
    case "prepare-target": {
      if (runsInstaller(facts)) return skip("the installer runs already");
      const missing = missingTools(facts);
      const tight = forecast.find((row) => row.step === "kexec" && row.verdict === "tight");
      const isAsked = choices.swapFile === "always" && !tight;
      const parts = [
        ...(missing.length > 0 ? [`installs ${missing.join(", ")}`] : []),
        ...(tight ? [`${tight.action}, without which loading the image runs out of memory`] : []),
        ...(isAsked ? ["sets up zram and a swap file, as asked for"] : []),
      ];
      if (parts.length > 0) return run(parts.join("; "));
      const unseen = (["tools", "memory"] as const).filter((name) => facts[name] === "unknown");
      return skip(
        unseen.length > 0 ? `nothing is known of its ${unseen.join(" and ")}` : "has the tools and the memory already",
      );
    }
    case "kexec":
      return runsInstaller(facts)
        ? skip("the installer runs already")
        : run("the old system is replaced in memory; its disk stays as it is");
    case "prepare-installer":
      return run("zram on, swap on disks off, garbage collection while copying off");
    case "disk-gate":
      return run("no swap, no mount and no holder may be left on a disk that is repartitioned");
    case "disko-patch":
      if (choices.patch === "always") return run("asked for");
      return skip(
        choices.patch === "never"
          ? "not wanted"
          : "not needed: the disk gate removes the cause of the crash it works around",
      );
    case "disko":
      return run("the point of no return: everything on the disk is lost");
    case "store-overlay":
      if (choices.overlay === "always") return run("asked for");
      if (choices.overlay === "never") return skip("not wanted");
      return skip("not needed: the closure goes to the disk");
    case "inspect":
      return run("one command that only reads");
    case "connect":
      return run("the host key is pinned from here on");
    case "build":
      return run(
        choices.buildHost
          ? `on ${choices.buildHost}, and copied here from there; never on the target`
          : "on this computer or the builders of its Nix, never on the target",
      );
    case "install":
      return run("the closure is copied to the disk, then the boot loader is installed");
    case "proof-before-reboot":
      return run("what would leave you locked out is looked for while the installer still runs");
    case "reboot":
      return run("into the installed system");
    case "proof-after-boot":
      return run("the new system answers, with the key that was pinned, and nothing failed");
  }
}

import { settingsArguments } from "../../core/src/bootstrap/requestArguments.ts";
import type { BootstrapSettings } from "./bootstrap/bootstrapSettings.ts";

/** A task of the type `nixos-vps`, as tasks.json has it. */
export interface NixosVpsTask {
  readonly type: "nixos-vps";
  readonly command: "check" | "plan";
  /** The directory of the flake; the folder that the task belongs to when it is left out. */
  readonly flake?: string;
  readonly host?: string;
  /** What ssh takes; a plan needs it. */
  readonly target?: string;
  readonly port?: number;
}

type Definition = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** Reads the definition of a task; undefined when it lacks what its command needs. */
export function readTask(definition: Definition): NixosVpsTask | undefined {
  const { command, flake, host, target, port } = definition;
  const shared = { type: "nixos-vps", ...(isText(flake) ? { flake } : {}) } as const;
  if (command === "check") return { ...shared, command, ...(isText(host) ? { host } : {}) };
  if (command !== "plan" || !isText(host) || !isText(target)) return undefined;
  return { ...shared, command, host, target, ...(typeof port === "number" ? { port } : {}) };
}

/** What is missing in a definition that cannot be read, and what to do. */
export function taskProblem({ command, host, target }: Definition): string {
  if (command !== "plan") return `"command" is ${JSON.stringify(command)} in tasks.json; it can be "check" or "plan".`;
  const missing = [
    ...(isText(host) ? [] : ['"host", a name under nixosConfigurations']),
    ...(isText(target) ? [] : ['"target", the machine as ssh takes it, such as root@203.0.113.5']),
  ];
  return `A plan needs ${missing.join(", and ")}: add that to the task in tasks.json.`;
}

/** The words of `nixos-vps` that carry it out; a plan is made with the settings that the panel's is made with. */
export function taskArguments(
  { command, flake = ".", host, target = "", port }: NixosVpsTask,
  settings: BootstrapSettings,
): string[] {
  if (command === "check")
    return ["check", "--format=unix", ...(host === undefined ? [] : [`--host=${host}`]), "--", flake];
  const words = [...(port === undefined ? [] : [`--port=${port}`]), ...settingsArguments(settings)];
  return ["bootstrap", "--plan", ...words, "--", `${flake}#${host}`, target];
}

/** `flakeName` is what its flake is called beside the others. */
export function taskName({ command, flake, host, target }: NixosVpsTask, flakeName = flake): string {
  if (command === "plan") return `plan ${host} on ${target}`;
  return ["check", ...(flakeName === undefined ? [] : [flakeName]), ...(host === undefined ? [] : [host])].join(" ");
}

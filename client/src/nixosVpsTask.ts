import { basename } from "node:path";

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

/** Reads the definition of a task; undefined when it lacks what its command needs. */
export function readTask(definition: Readonly<Record<string, unknown>>): NixosVpsTask | undefined {
  const { command, flake, host, target, port } = definition;
  const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
  const shared = { type: "nixos-vps", ...(isText(flake) ? { flake } : {}) } as const;
  if (command === "check") return { ...shared, command, ...(isText(host) ? { host } : {}) };
  if (command !== "plan" || !isText(host) || !isText(target)) return undefined;
  return { ...shared, command, host, target, ...(typeof port === "number" ? { port } : {}) };
}

/** The words of `nixos-vps` that carry it out. */
export function taskArguments({ command, flake = ".", host, target = "", port }: NixosVpsTask): string[] {
  if (command === "check")
    return ["check", "--format=unix", ...(host === undefined ? [] : [`--host=${host}`]), "--", flake];
  return ["bootstrap", "--plan", ...(port === undefined ? [] : [`--port=${port}`]), "--", `${flake}#${host}`, target];
}

export function taskName({ command, flake, host, target }: NixosVpsTask): string {
  if (command === "plan") return `plan ${host} on ${target}`;
  return ["check", ...(flake === undefined ? [] : [basename(flake)]), ...(host === undefined ? [] : [host])].join(" ");
}

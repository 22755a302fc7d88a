import { type ExtensionContext, type LogOutputChannel, Uri, workspace } from "vscode";
import type { ProcessOptions, ProcessResult } from "../../core/src/process/runProcess.ts";
import { stateVariables } from "../../core/src/stateDirectory.ts";
import { commandEnvironment } from "./commandEnvironment.ts";

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string | undefined;
  /** Secrets go this way, never in the arguments. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Called with each line that it prints. */
  readonly onLine?: ProcessOptions["onLine"];
}

/** The command that came with the extension. */
export interface NixosVpsCommand {
  /** Program and first argument; what follows is a command of `nixos-vps`. */
  readonly argv: readonly [string, string];
  /** The environment it runs in, by the settings of this moment. */
  environment(): Record<string, string | undefined>;
  /**
   * Runs it to its end; an exit code is data. Rejects when the workspace is not trusted, when it cannot be started or takes too
   * long, and with the signal's reason.
   */
  run(args: readonly string[], options: CommandOptions): Promise<ProcessResult>;
}

export function createNixosVpsCommand(extension: ExtensionContext, log: LogOutputChannel): NixosVpsCommand {
  const argv = [process.execPath, Uri.joinPath(extension.extensionUri, "out", "cli.cjs").fsPath] as const;

  function environment(): Record<string, string | undefined> {
    const settings = workspace.getConfiguration("nixosVps");
    const path = (name: string): string => settings.get<string>(name, "").trim();
    const nixMemoryMB = settings.get<number>("nix.maxMemoryMB", 6000);
    const programs = { nix: path("nix.path"), nixMemoryMB, nixosAnywhere: path("nixosAnywhere.path") };
    // It may be started in another directory, where a relative NIXOS_VPS_STATE_DIR means another place.
    return { ...commandEnvironment(programs, process.env), ...stateVariables() };
  }

  return {
    argv,
    environment,
    async run(args, { env, ...options }) {
      if (!workspace.isTrusted) throw new Error("Nothing is run in a workspace that is not trusted.");
      log.info(`nixos-vps ${args.join(" ")}`);
      const { runProcess } = await import("../../core/src/process/runProcess.ts");
      const result = await runProcess([...argv, ...args], { ...options, env: { ...environment(), ...env } });
      if (result.exitCode !== 0) log.info(`nixos-vps ended with ${result.exitCode}: ${result.stderr.trim()}`);
      return result;
    },
  };
}

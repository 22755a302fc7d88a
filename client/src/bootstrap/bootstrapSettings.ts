import { workspace } from "vscode";
import { stockInitrdMiB } from "../../../core/src/bootstrap/memoryForecast.ts";

/** What the settings say of every bootstrap; a file is undefined when its setting is empty. */
export interface BootstrapSettings {
  readonly sshConfig: string | undefined;
  readonly kexec: string | undefined;
  readonly initrdMiB: number;
}

/** As they are at this moment. */
export function bootstrapSettings(): BootstrapSettings {
  const settings = workspace.getConfiguration("nixosVps");
  const file = (name: string): string | undefined => settings.get<string>(name, "").trim() || undefined;
  return {
    sshConfig: file("ssh.configFile"),
    kexec: file("bootstrap.installer"),
    initrdMiB: settings.get<number>("bootstrap.initrdMiB", stockInitrdMiB),
  };
}

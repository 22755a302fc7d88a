import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { knownHostsLine } from "../../core/src/bootstrap/hostKeys.ts";
import { listRuns } from "../../core/src/bootstrap/runDirectory.ts";
import { root } from "../../scripts/root.mjs";
import type { SshServer } from "./sshServer.ts";

export const bundle = join(root, "out/cli.cjs");

/** A directory with a flake and a configuration of ssh, where the command keeps its runs too. */
export interface Workplace {
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The words of `nixos-vps bootstrap` for the server. */
  bootstrap(...options: string[]): string[];
  /** Ids of the runs that were begun, the newest last. */
  runs(): string[];
  eventsOf(run: string): RunEvent[];
  remove(): void;
}

/** A host whose disk no machine has, so that its plan is refused. */
export const flakeWithoutDisk = `{
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.web = nixpkgs.lib.nixosSystem {
      modules = [ {
        disko.devices.disk.main = {
          type = "disk";
          device = "/dev/no-such-disk";
          content = { type = "gpt"; partitions.boot = { size = "1M"; type = "EF02"; }; };
        };
      } ];
    };
  };
}
`;

export function createWorkplace(
  server: SshServer,
  { user, isKnown = true }: { readonly user: string; readonly isKnown?: boolean },
): Workplace {
  const directory = mkdtempSync(join(tmpdir(), "nv-"));
  const name = `[127.0.0.1]:${server.port}`;
  writeFileSync(join(directory, "known_hosts"), isKnown ? `${knownHostsLine(name, server.hostKey)}\n` : "");
  const config = [
    "Host 127.0.0.1",
    `  IdentityFile ${server.privateKeyFile}`,
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile ${join(directory, "known_hosts")}`,
    "  GlobalKnownHostsFile /dev/null",
    "",
  ];
  writeFileSync(join(directory, "ssh_config"), config.join("\n"));
  mkdirSync(join(directory, "flake"));
  writeFileSync(join(directory, "flake/flake.nix"), flakeWithoutDisk);
  const runs = join(directory, "s/runs");
  return {
    directory,
    env: {
      PATH: process.env["PATH"],
      HOME: directory,
      NIXOS_VPS_STATE_DIR: join(directory, "s"),
      NIXOS_VPS_NIXOS_ANYWHERE: "/bin/false",
    },
    bootstrap: (...options) => [
      ...["bootstrap", ...options, "--port", String(server.port), "--ssh-config", join(directory, "ssh_config")],
      ...[join(directory, "flake#web"), `${user}@127.0.0.1`],
    ],
    runs: () => listRuns(runs).toReversed(),
    eventsOf: (run) =>
      readFileSync(join(runs, run, "journal.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as RunEvent),
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }),
  };
}

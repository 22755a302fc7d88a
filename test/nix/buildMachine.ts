import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { knownHostsLine } from "../../core/src/bootstrap/hostKeys.ts";
import { type SshServer, startSshServer } from "../ssh/sshServer.ts";
import type { TemporaryStore } from "./temporaryStore.ts";

/** Another machine with Nix: a real sshd on loopback, in whose sessions another store lies in the place of the one here. */
export interface BuildMachine {
  readonly server: SshServer;
  /** A configuration of OpenSSH in which it is called `builder`; as `stranger` its key is not known. */
  readonly sshConfig: string;
  /** What lies in the place of the store's directory there. */
  readonly directory: string;
  /** A file of another content here (`here`) and there (`there`). */
  readonly nameFile: string;
  stop(): void;
}

export interface BuildMachineOptions {
  readonly name?: string;
  /** Where its sshd looks for programs. */
  readonly path?: string;
}

/** Starts one; to be called where `withoutAccounts` has no reason against it. */
export async function startBuildMachine(
  here: TemporaryStore,
  { name = "there", path = process.env["PATH"] ?? "" }: BuildMachineOptions = {},
): Promise<BuildMachine> {
  const directory = join(here.directory, name);
  for (const folder of ["store", "etc"]) mkdirSync(join(directory, folder), { recursive: true });
  writeFileSync(join(directory, "etc/nix.conf"), "build-users-group =\nsandbox = false\nsubstituters =\n");
  writeFileSync(join(here.directory, "machine"), "here\n");
  writeFileSync(join(directory, "machine"), "there\n");
  const variables = ["HOME", "NIX_STORE_DIR", "NIX_STATE_DIR", "NIX_LOG_DIR", "NIX_CONF_DIR"];
  const set = variables.map((variable) => `${variable}=${here.env[variable] ?? ""}`);
  const server = await startSshServer({
    config: [`SetEnv ${[...set, `PATH=${path}`].join(" ")}`],
    binds: [{ from: directory, to: here.directory }],
  });
  const known = join(server.directory, "known_hosts");
  writeFileSync(known, `${knownHostsLine(`[127.0.0.1]:${server.port}`, server.hostKey)}\n`);
  const sshConfig = join(server.directory, "ssh_config");
  const lines = [
    ...["Host stranger", "  UserKnownHostsFile /dev/null"],
    ...["Host *", "  HostName 127.0.0.1", `  Port ${server.port}`, `  UserKnownHostsFile ${known}`],
    ...["  GlobalKnownHostsFile /dev/null", `  IdentityFile ${server.privateKeyFile}`],
    ...["  IdentitiesOnly yes", "  IdentityAgent none"],
  ];
  writeFileSync(sshConfig, `${lines.join("\n")}\n`);
  return { server, sshConfig, directory, nameFile: join(here.directory, "machine"), stop: () => server.stop() };
}

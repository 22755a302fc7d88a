import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { knownHostsLine } from "../../core/src/bootstrap/hostKeys.ts";
import { type SshServer, startSshServer } from "./sshServer.ts";

/** Another machine with Nix: a real sshd on loopback, in whose sessions another store lies in the place of the one here. */
export interface BuildMachine {
  readonly server: SshServer;
  /** Lines of an OpenSSH configuration in which it has a name, and its key is known. */
  sshConfig(name: string): string[];
  stop(): void;
}

export interface BuildMachineOptions {
  /** What lies in the place of `place` there; is made. */
  readonly directory: string;
  /** The directory with the store here, which is called the same there. */
  readonly place: string;
  /** Variables of its sessions; `NIX_CONF_DIR` is set to `etc` in the directory. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The store that it fetches from, as others do from a binary cache. */
  readonly substituter?: string;
  /** Where its sshd looks for programs. */
  readonly path?: string;
}

/** Starts one; to be called where `withoutAccounts` has no reason against it. */
export async function startBuildMachine({
  directory,
  place,
  variables = {},
  substituter = "",
  path = process.env["PATH"] ?? "",
}: BuildMachineOptions): Promise<BuildMachine> {
  for (const folder of ["store", "etc"]) mkdirSync(join(directory, folder), { recursive: true });
  writeFileSync(
    join(directory, "etc/nix.conf"),
    `build-users-group =\nsandbox = false\nsubstituters = ${substituter}\n`,
  );
  const session = { ...variables, NIX_CONF_DIR: join(place, "etc"), PATH: path };
  const words = Object.entries(session).map(([name, value]) => `${name}=${value}`);
  const server = await startSshServer({
    config: [`SetEnv ${words.join(" ")}`],
    binds: [{ from: directory, to: place }],
  });
  const known = join(server.directory, "known_hosts");
  writeFileSync(known, `${knownHostsLine(`[127.0.0.1]:${server.port}`, server.hostKey)}\n`);
  return {
    server,
    sshConfig: (name) => [
      `Host ${name}`,
      ...["  HostName 127.0.0.1", `  Port ${server.port}`, `  UserKnownHostsFile ${known}`],
      ...["  GlobalKnownHostsFile /dev/null", `  IdentityFile ${server.privateKeyFile}`],
      ...["  IdentitiesOnly yes", "  IdentityAgent none"],
    ],
    stop: () => server.stop(),
  };
}

import { resolve } from "node:path";
import { inspectOnce } from "../bootstrap/inspectOnce.ts";
import { checkTarget, hostKeyOption, portOption } from "../bootstrap/targetOptions.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Command, CommandSpec } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import { parseOptions } from "../parseOptions.ts";

const inspectCommand: CommandSpec = {
  name: "inspect",
  arguments: "[OPTION...] TARGET",
  summary: "Looks at a machine over ssh by one command that only reads, and prints what was found as JSON.",
  options: [
    { name: "port", short: "p", value: "N", help: "Port of sshd on the target." },
    { name: "ssh-config", value: "FILE", help: "Another OpenSSH configuration than your own (ssh -F)." },
    { name: "host-key", value: "SHA256:...", help: "Fingerprint of the target's host key, when known_hosts lacks it." },
  ],
  notes: [
    'What could not be found out is "unknown". nixos-vps bootstrap --plan --facts FILE plans from the output. A password is taken from SSHPASS, the passphrase of a key from NIXOS_VPS_KEY_PASSPHRASE; on a terminal they are asked for.',
    "Exit code: 0 when the machine answered, 2 when it could not be looked at.",
  ],
  examples: [["nixos-vps inspect root@203.0.113.5 > facts.json", "Record what a machine is like:"]],
};

export const inspect: Command = {
  ...inspectCommand,
  async run(argv, terminal) {
    const options = parseOptions(argv, inspectCommand);
    const [target, extra] = options.positionals;
    if (target === undefined || extra !== undefined)
      throw new CannotRun("inspect needs one target, such as root@203.0.113.5 (nixos-vps inspect --help)");
    checkTarget(target);
    const sshConfig = options.value("ssh-config");
    const facts = await inspectOnce(
      {
        target,
        port: portOption(options, "port"),
        sshConfig: sshConfig === undefined ? undefined : resolve(terminal.directory, sshConfig),
        hostKey: hostKeyOption(options),
      },
      terminal,
    );
    terminal.print(`${JSON.stringify(facts, undefined, 2)}\n`);
    return exitCodes.clean;
  },
};

// `npm run lab`: rented machines for a person.
import { connect } from "node:net";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { shellCommand } from "../../core/src/bootstrap/shellQuote.ts";
import { prepareLabVps } from "./labVps.ts";
import { findVps, startVps, type Vps, type VpsOptions } from "./machine.ts";
import { machineNames, readRecord } from "./machineRecord.ts";
import { nixosAnywherePath } from "./nixosAnywhere/nixosAnywherePath.ts";
import { inLabStore, nixEnvironment } from "./nixStore.ts";
import { consoleSocket, serialLog } from "./qemu.ts";
import { sshOptions } from "./sshClient.ts";

const help = `Usage: npm run lab -- COMMAND [OPTION ...]

A machine with 962 MB of memory, made of Debian packages, to try an installation on. Nothing reaches it but you.

  start               rents one and says how to install it
  ssh [COMMAND]       logs in, or runs a command there
  console             follows its serial console and types into it; Ctrl-] ends that
  reset               gives it a fresh disk and starts it again
  stop                ends it and forgets its disk
  status              lists the machines
  run COMMAND ...     runs a command on this machine with the Nix store of the lab, in which its flake can be built

Every command but status and run takes --name NAME (default: lab). start takes:

  --memory MIB        instead of 962
  --os arch|debian    who made the system that runs there (default: arch)
  --user root|admin   who may log in (default: root); admin has sudo
  --password          with the password "lab" instead of a key
  --no-cpio           cpio is missing
  --no-package-manager
                      and there is none to install it
  --swap MIB          a swap file on /dev/vda1 is in use
  --load MIB          so much memory is in use
  --initrd MIB        pads the installer, as with 336 for the size of the official one
`;

/** What the person typed cannot be done; the message says why. */
class Refused extends Error {}

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  start: async (args) => start(parseOptions(args)),
  ssh: async (args) => {
    const [name, command] = takeName(args);
    return openShell(await runningVps(name), command);
  },
  console: async (args) => followConsole(await runningVps(parseOptions(args).name)),
  reset: async (args) => {
    const { name } = parseOptions(args);
    const record = await readRecord(name);
    if (record === undefined) throw new Refused(`There is no machine ${name}: npm run lab -- start`);
    await (await findVps(name))?.stop();
    return rent(record.options);
  },
  stop: async (args) => {
    await (await runningVps(parseOptions(args).name)).stop();
    return 0;
  },
  status: listMachines,
  run: async ([file, ...args]) => {
    if (file === undefined) throw new Refused("Which command? npm run lab -- run COMMAND ...");
    const [program, programArgs] = await inLabStore(file, args);
    const env = { ...nixEnvironment, NIXOS_VPS_NIXOS_ANYWHERE: nixosAnywherePath() };
    return (await execa(program, programArgs, { stdio: "inherit", env, reject: false })).exitCode ?? 1;
  },
};

try {
  const [command = "help", ...args] = process.argv.slice(2);
  const runs = commands[command];
  if (runs === undefined) process.stdout.write(help);
  process.exitCode = (await runs?.(args)) ?? (command.includes("help") ? 0 : 2);
} catch (error) {
  const isTypo = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  if (!(error instanceof Refused) && !isTypo) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

function parseOptions(args: string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const options = {
    ...{ name: { ...text, default: "lab" }, memory: text, os: text, user: text, swap: text, load: text, initrd: text },
    ...{ password: flag, "no-cpio": flag, "no-package-manager": flag },
  };
  return parseArgs({ args, options }).values;
}

async function start(given: ReturnType<typeof parseOptions>): Promise<number> {
  const number = (name: "memory" | "swap" | "load" | "initrd", otherwise: number): number => {
    const value = given[name] === undefined ? otherwise : Number(given[name]);
    if (!Number.isInteger(value) || value < 0)
      throw new Refused(`--${name} takes a number of MiB, not ${given[name]}.`);
    return value;
  };
  const choice = <Choice extends string>(name: "os" | "user", choices: readonly [Choice, ...Choice[]]): Choice => {
    const value = choices.find((each) => each === (given[name] ?? choices[0]));
    if (value === undefined) throw new Refused(`--${name} is ${choices.join(" or ")}, not ${given[name]}.`);
    return value;
  };
  const options: VpsOptions = {
    name: given.name,
    memoryMiB: number("memory", 962),
    os: choice("os", ["arch", "debian"]),
    user: choice("user", ["root", "admin"]),
    password: given.password,
    cpio: !given["no-cpio"],
    packageManager: !given["no-package-manager"],
    swapMiB: number("swap", 0),
    loadMiB: number("load", 0),
    initrdMiB: number("initrd", 0),
    detached: true,
  };
  return rent(options);
}

async function rent(options: VpsOptions): Promise<number> {
  const { name = "lab" } = options;
  if (await findVps(name)) {
    throw new Refused(`The machine ${name} runs already: npm run lab -- reset${nameOption(name)}`);
  }
  process.stdout.write("Starting the machine. Its images are made on the first start, which takes a minute.\n");
  const vps = await startVps(options);
  const { options: connection, flake, target } = await prepareLabVps(vps, options.initrdMiB);
  const tool = basename(nixosAnywherePath());
  process.stdout.write(`
It answers ssh on port ${vps.port} of 127.0.0.1. Log in with

  npm run lab -- ssh${nameOption(vps.name)}

and install it, which takes two minutes, with

  npm run lab -- run node out/cli.cjs bootstrap ${shellCommand(connection)} ${flake}#lab ${target}

The disk it wipes is the machine's own. ${tool} is ${process.env["NIXOS_VPS_NIXOS_ANYWHERE"] ? "yours" : "a stand-in"}.
`);
  return 0;
}

/** What follows `--name NAME`, which may stand in front. */
function takeName(args: string[]): [string, string[]] {
  const [option, name = "", ...rest] = args;
  return option === "--name" ? [name, rest] : ["lab", args];
}

async function runningVps(name: string): Promise<Vps> {
  const vps = await findVps(name);
  if (vps === undefined) throw new Refused(`No machine ${name} runs: npm run lab -- start${nameOption(name)}`);
  return vps;
}

function nameOption(name: string): string {
  return name === "lab" ? "" : ` --name ${name}`;
}

async function openShell(vps: Vps, command: readonly string[]): Promise<number> {
  const args = [...sshOptions(vps), `${vps.user}@${vps.host}`, ...command];
  return (await execa("ssh", args, { stdio: "inherit", reject: false })).exitCode ?? 1;
}

/** Shows the end of the log, then connects the terminal to the console, as a provider's web page does. */
async function followConsole(vps: Vps): Promise<number> {
  const endOfConsole = 0x1d;
  process.stdout.write((await vps.serialLog()).slice(-2000));
  const socket = connect(consoleSocket(vps.folder));
  process.stdin.setRawMode?.(true);
  process.stdin.on("data", (keys: Buffer) => {
    if (keys.includes(endOfConsole)) socket.end();
    else socket.write(keys);
  });
  for await (const output of socket) process.stdout.write(output);
  process.stdin.setRawMode?.(false);
  process.stdin.unref();
  return 0;
}

async function listMachines(): Promise<number> {
  for (const name of await machineNames()) {
    const vps = await findVps(name);
    const state =
      vps === undefined ? "ended" : `ssh on port ${vps.port} of 127.0.0.1, console in ${serialLog(vps.folder)}`;
    process.stdout.write(`${name}: ${state}\n`);
  }
  return 0;
}

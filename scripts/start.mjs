// Opens VS Code in the browser on the demo flake and a machine to install, with the extension as a user would install it.
import { cp, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { endRuns, startDemoVps, troubles } from "./demoVps.mjs";
import { endToEndFolder, installDependencies, isInstalled } from "./dependencies.mjs";
import { root } from "./root.mjs";
import { CommandFailed, run } from "./run.mjs";
import { compilers, installSystemPackages } from "./systemPackages.mjs";
import { withToolchain } from "./toolchain.mjs";

const help = `Usage: npm start [-- [--port PORT] [--vps TROUBLE] [--no-vps] [FLAKE]]

Builds the extension and opens it in VS Code in the browser. Two flakes are open: a copy of demo/, with the usual mistakes, and one
that an emulated machine with 962 MB of memory can be installed with, which answers ssh already. What is needed is installed on
the first run, which takes some minutes. Ctrl-C ends it all.

  FLAKE          open this folder itself instead, without a machine
  --port PORT    listen on this port of 127.0.0.1 instead of a free one
  --no-vps       without the machine
  --vps TROUBLE  a machine on which something is wrong:
${Object.entries(troubles)
  .map(([name, { shows }]) => `                   ${name.padEnd(8)} ${shows}\n`)
  .join("")}  --help         show this text
`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string" },
    vps: { type: "string" },
    "no-vps": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const invitation = `A machine answers ssh, and its flake is open: click Bootstrap... above the host lab, and choose the target lab.
To see it refused, choose the host hidden-sshd, in which sshd would not start; npm start -- --help lists machines with troubles.
`;

if (options.help) process.stdout.write(help);
else await withToolchain(start);

async function start() {
  if (!isInstalled(endToEndFolder)) await installSystemPackages(compilers);
  await installDependencies(endToEndFolder);
  await run(process.execPath, [join(root, "scripts/build.mjs")]);

  const { packExtension, unpackExtension } = await import("./extensionPackage.mjs");
  const { quietSettings, startCodeServer, workbenchUrl, workspaceUrl } = await import("./codeServer.mjs");
  const stopRequested = signalled();
  const [flake] = positionals;
  const machine = flake === undefined && !options["no-vps"] ? await startDemoVps(options.vps) : undefined;
  const temporaryFolder = await realpath(await mkdtemp(join(tmpdir(), "nixos-vps-")));
  try {
    const extensionsFolder = join(temporaryFolder, "extensions");
    const vsixPath = join(temporaryFolder, "extension.vsix");
    await packExtension(vsixPath);
    await unpackExtension(vsixPath, extensionsFolder);

    const folder = flake === undefined ? join(temporaryFolder, "demo") : resolve(process.env["INIT_CWD"] ?? ".", flake);
    if (flake === undefined) await cp(join(root, "demo"), folder, { recursive: true });

    const { inLabStore } = await import("../test/lab/nixStore.ts");
    const server = await startCodeServer({
      stateFolder: join(temporaryFolder, "state"),
      extensionsFolder,
      port: Number(options.port ?? 0),
      settings: {
        ...quietSettings,
        "security.workspace.trust.enabled": flake !== undefined,
        ...(machine && { "nixosVps.ssh.configFile": machine.sshConfig }),
      },
      ...(machine && { environment: machine.environment.all, inside: inLabStore }),
    });
    try {
      const firstFile = "modules/services/ssh.nix";
      const url = machine
        ? workspaceUrl(server.url, await writeWorkspace(temporaryFolder, folder, machine.flake), [
            join(folder, firstFile),
            join(machine.flake, "flake.nix"),
          ])
        : workbenchUrl(server.url, folder, flake === undefined ? firstFile : undefined);
      process.stdout.write(`\n  ${url}\n\n${machine ? invitation : ""}Ctrl-C ends it.\n`);
      const failed = server.exited.then(() => {
        throw new CommandFailed(`code-server ended:\n${server.log()}`);
      });
      await Promise.race([stopRequested, failed]);
      if (machine) await endRuns(machine);
    } finally {
      await server.stop();
    }
  } finally {
    await machine?.stop();
    await rm(temporaryFolder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/**
 * A workspace with both flakes.
 *
 * @param {string} folder where it is written
 * @param {string} demo
 * @param {string} lab
 */
async function writeWorkspace(folder, demo, lab) {
  const file = join(folder, "NixOS VPS.code-workspace");
  const folders = [
    { name: "lab: to install", path: lab },
    { name: "demo: with mistakes", path: demo },
  ];
  await writeFile(file, JSON.stringify({ folders }, undefined, 2));
  return file;
}

/** Resolves on Ctrl-C or when this process is asked to end. @returns {Promise<void>} */
function signalled() {
  return new Promise((resolve) => {
    for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
      process.on(signal, () => resolve());
    }
  });
}

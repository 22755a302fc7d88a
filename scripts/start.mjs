// Opens VS Code in the browser on the demo flake, with the extension as a user would install it.
import { cp, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { endToEndFolder, installDependencies, isInstalled } from "./dependencies.mjs";
import { root } from "./root.mjs";
import { CommandFailed, run } from "./run.mjs";
import { compilers, installSystemPackages } from "./systemPackages.mjs";
import { withToolchain } from "./toolchain.mjs";

const help = `Usage: npm start [-- [--port PORT] [FLAKE]]

Builds the extension and opens it in VS Code in the browser, on a copy of demo/ or on the folder FLAKE itself.
What it needs is installed on the first run, which takes some minutes. Ctrl-C ends it.

  --port PORT  listen on this port of 127.0.0.1 instead of a free one
  --help       show this text
`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: "string" }, help: { type: "boolean", default: false } },
});
if (options.help) process.stdout.write(help);
else await withToolchain(start);

async function start() {
  if (!isInstalled(endToEndFolder)) await installSystemPackages(compilers);
  await installDependencies(endToEndFolder);
  await run(process.execPath, [join(root, "scripts/build.mjs")]);

  const { packExtension, unpackExtension } = await import("./extensionPackage.mjs");
  const { quietSettings, startCodeServer, workbenchUrl } = await import("./codeServer.mjs");
  const stopRequested = signalled();
  const temporaryFolder = await realpath(await mkdtemp(join(tmpdir(), "nixos-vps-")));
  try {
    const extensionsFolder = join(temporaryFolder, "extensions");
    const vsixPath = join(temporaryFolder, "extension.vsix");
    await packExtension(vsixPath);
    await unpackExtension(vsixPath, extensionsFolder);

    const [flake] = positionals;
    const folder = flake === undefined ? join(temporaryFolder, "demo") : resolve(process.env["INIT_CWD"] ?? ".", flake);
    if (flake === undefined) await cp(join(root, "demo"), folder, { recursive: true });

    const server = await startCodeServer({
      stateFolder: join(temporaryFolder, "state"),
      extensionsFolder,
      port: Number(options.port ?? 0),
      settings: { ...quietSettings, "security.workspace.trust.enabled": flake !== undefined },
    });
    const firstFile = flake === undefined ? "modules/services/ssh.nix" : undefined;
    process.stdout.write(`\n  ${workbenchUrl(server.url, folder, firstFile)}\n\nCtrl-C ends it.\n`);
    const failed = server.exited.then(() => {
      throw new CommandFailed(`code-server ended:\n${server.log()}`);
    });
    await Promise.race([stopRequested, failed]);
    await server.stop();
  } finally {
    await rm(temporaryFolder, { recursive: true, force: true });
  }
}

/** Resolves on Ctrl-C or when this process is asked to end. @returns {Promise<void>} */
function signalled() {
  return new Promise((resolve) => {
    for (const signal of /** @type {NodeJS.Signals[]} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
      process.on(signal, () => resolve());
    }
  });
}

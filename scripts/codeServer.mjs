import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endToEndFolder } from "./dependencies.mjs";
import { CommandFailed } from "./run.mjs";

/**
 * Starts VS Code in a web server that only this machine reaches.
 *
 * @param {object} options
 * @param {string} options.stateFolder user data and configuration; created when it does not exist
 * @param {string} options.extensionsFolder
 * @param {number} [options.port] a free one when left out
 * @param {Record<string, unknown>} [options.settings] user settings
 * @param {readonly string[]} [options.flags] further flags of code-server
 * @param {Readonly<Record<string, string>>} [options.environment] further variables for it and the extensions
 * @param {(file: string, args: readonly string[]) => Promise<[string, string[]]>} [options.inside] the command line that
 *   runs a program where it is to run, such as `inLabStore`; it has to become that program
 * @returns {Promise<{ url: string, pid: number, exited: Promise<void>, log: () => string, stop: () => Promise<void> }>}
 *   rejects with a `CommandFailed` that holds what code-server printed when it ends before it listens
 */
export async function startCodeServer({
  stateFolder,
  extensionsFolder,
  port = 0,
  settings = {},
  flags = [],
  environment = {},
  inside,
}) {
  const userFolder = join(stateFolder, "User");
  const config = join(stateFolder, "config.yaml");
  await mkdir(userFolder, { recursive: true });
  await writeFile(join(userFolder, "settings.json"), JSON.stringify(settings, undefined, 2));
  // Without a file of its own it would write one into the home directory and take its password from there.
  await writeFile(config, "auth: none\n");

  const args = [
    join(endToEndFolder, "node_modules/code-server/out/node/entry.js"),
    ...["--config", config, "--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
    ...["--user-data-dir", stateFolder, "--extensions-dir", extensionsFolder],
    ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", "--ignore-last-opened"],
    ...flags,
  ];
  const { PORT: _port, PASSWORD: _password, HASHED_PASSWORD: _hash, ...inherited } = process.env;
  const [file, fileArgs] = inside ? await inside(process.execPath, args) : [process.execPath, args];
  const env = { ...inherited, ...environment };
  const child = spawn(file, fileArgs, { env, stdio: ["ignore", "pipe", "pipe"] });

  let output = "";
  /** @type {Promise<void>} */
  const exited = new Promise((resolve) => child.once("close", () => resolve()));
  /** @type {Promise<string>} */
  const listening = new Promise((resolve, reject) => {
    const read = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString("utf8");
      const url = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (url) resolve(url);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("close", (code) => reject(new CommandFailed(`code-server ended with exit code ${code}:\n${output}`)));
  });

  const stop = async () => {
    child.kill("SIGTERM");
    const forced = setTimeout(() => child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(forced);
  };
  const url = await listening;
  return { url, pid: /** @type {number} */ (child.pid), exited, log: () => output, stop };
}

/** Settings of a VS Code that shows the flake and nothing about itself. */
export const quietSettings = {
  "chat.disableAIFeatures": true,
  "extensions.ignoreRecommendations": true,
  "telemetry.telemetryLevel": "off",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

/**
 * The address that opens a folder with one of its files in the editor.
 *
 * @param {string} serverUrl as `startCodeServer` returns it
 * @param {string} folder absolute path
 * @param {string} [file] path in the folder
 */
export function workbenchUrl(serverUrl, folder, file) {
  const url = new URL(serverUrl);
  url.searchParams.set("folder", folder);
  if (file !== undefined) openFiles(url, [join(folder, file)]);
  return url.href;
}

/**
 * The address that opens a workspace of several folders, and files of it.
 *
 * @param {string} serverUrl as `startCodeServer` returns it
 * @param {string} workspace absolute path of a .code-workspace file
 * @param {readonly string[]} files absolute paths; the last one is in front
 */
export function workspaceUrl(serverUrl, workspace, files) {
  const url = new URL(serverUrl);
  url.searchParams.set("workspace", workspace);
  openFiles(url, files);
  return url.href;
}

/** @param {URL} url @param {readonly string[]} files */
function openFiles(url, files) {
  // The authority has to be that of the folder, or VS Code takes the document for another one.
  const documents = files.map((file) => ["openFile", `vscode-remote://${url.host}${file}`]);
  url.searchParams.set("payload", JSON.stringify(documents));
}

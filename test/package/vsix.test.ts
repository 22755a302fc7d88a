import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { packExtension, unpackExtension } from "../../scripts/extensionPackage.mjs";
import { root } from "../../scripts/root.mjs";

const folder = await mkdtemp(join(tmpdir(), "nixos-vps-package-"));
const vsixPath = join(folder, "extension.vsix");
let extension = "";

before(async () => {
  await packExtension(vsixPath);
  extension = await unpackExtension(vsixPath, folder);
});

after(() => rm(folder, { recursive: true }));

test("the extension holds what it needs at run time and nothing else", async () => {
  const pictures = await readdir(join(root, "media/walkthrough"));
  const rulePages = (await readdir(join(root, "docs/rules"))).map((name) => `docs/rules/${name}`);
  const walkthroughPictures = pictures.map((name) => `media/walkthrough/${name}`);
  const entries = await readdir(extension, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(extension, join(entry.parentPath, entry.name)));
  assert.deepEqual(
    files.sort(),
    [
      "LICENSE.txt",
      "changelog.md",
      "docs/bootstrap.md",
      "docs/ci.md",
      "docs/closure.md",
      "media/schemas/nixos-vps.schema.json",
      "docs/troubleshooting.md",
      "media/icon.png",
      "media/view.svg",
      ...walkthroughPictures,
      "out/bootstrapPanel.css",
      "out/bootstrapPanel.js",
      "out/cli.cjs",
      "out/client.cjs",
      "out/closureExplorer.css",
      "out/closureExplorer.js",
      "out/server.cjs",
      "out/thirdPartyNotices.txt",
      "out/tree-sitter-nix.wasm",
      "out/web-tree-sitter.wasm",
      "package.json",
      "readme.md",
      ...rulePages,
    ].sort(),
  );
});

test("the extension is at most 1 MB to download", async () => {
  const { size } = await stat(vsixPath);
  assert.ok(size <= 1_000_000, `${size} bytes`);
});

test("the server starts from the unpacked extension and ends when told to", async () => {
  const server = spawn(process.execPath, [join(extension, "out/server.cjs"), "--stdio"], { cwd: folder });
  let errors = "";
  server.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const closed = once(server, "close");
  const connection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  connection.listen();
  const workspaceFolders = [{ uri: pathToFileURL(join(root, "demo")).href, name: "demo" }];
  const initialized = connection.sendRequest<{ capabilities: object }>("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders,
  });
  const ended = closed.then(([code]) => assert.fail(`The server ended with exit code ${code}: ${errors}`));
  const { capabilities } = await Promise.race([initialized, ended]);
  assert.ok("codeActionProvider" in capabilities);
  ended.catch(() => {});
  await connection.sendNotification("initialized", {});
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  assert.deepEqual(await closed, [0, null], errors);
  connection.dispose();
});

test("the command finds the demo's mistakes from the unpacked extension", async () => {
  const args = [join(extension, "out/cli.cjs"), "check", "--format", "json", join(root, "demo")];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 1, stderr);
  const { findings } = JSON.parse(stdout) as { findings: readonly { file: string }[] };
  assert.ok(findings.some(({ file }) => file === "modules/services/ssh.nix"));
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../eventually.ts";
import { bundledServer, fullCapabilities, shadowRule, startClient } from "./client.ts";
import { manyModules, sshFlake, writeFiles } from "./flakes.ts";

/** The server promises a second; vscode-languageserver alone takes three. */
const exitLimitMs = 2000;

test("initialize answers with what the server can do", async (t) => {
  const client = await startClient();
  t.after(() => client.kill());
  assert.deepEqual(client.initialized, {
    capabilities: {
      positionEncoding: "utf-16",
      textDocumentSync: { openClose: true, change: 2, save: { includeText: false } },
      codeActionProvider: { codeActionKinds: ["quickfix", "source.fixAll.nixosVps"] },
      hoverProvider: true,
      diagnosticProvider: { identifier: "nixos-vps", interFileDependencies: true, workspaceDiagnostics: true },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
    serverInfo: { name: "NixOS VPS" },
  });
});

test("a client that cannot pull is not offered pull diagnostics", async (t) => {
  const client = await startClient({ capabilities: {} });
  t.after(() => client.kill());
  assert.equal(client.initialized.capabilities.diagnosticProvider, undefined);
});

for (const transport of ["stdio", "ipc"] as const) {
  test(`over ${transport} it serves, and ends with exit code 0 when told to`, async (t) => {
    const root = writeFiles(t, sshFlake);
    const client = await startClient({ transport, folders: [root] });
    t.after(() => client.kill());
    const diagnostics = await client.diagnostics(join(root, "persistence.nix"));
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      [shadowRule],
    );
    assert.equal(await client.shutdown(), 0);
  });
}

test("exit without shutdown is exit code 1", async (t) => {
  const client = await startClient();
  t.after(() => client.kill());
  await client.connection.sendNotification("exit");
  assert.equal(await client.exited(), 1);
});

test("it ends when its input ends", async (t) => {
  const client = await startClient({ processId: null });
  t.after(() => client.kill());
  client.hangUp();
  await exitsInTime(client.process);
});

test("it ends when the channel to its client closes", async (t) => {
  const client = await startClient({ transport: "ipc" });
  t.after(() => client.kill());
  client.hangUp();
  await exitsInTime(client.process);
});

test("it ends when the client's process dies, even if something keeps its input open", async (t) => {
  const editor = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  t.after(() => editor.kill("SIGKILL"));
  const client = await startClient({ processId: editor.pid ?? null });
  t.after(() => client.kill());
  editor.kill("SIGKILL");
  await exitsInTime(client.process);
});

test("it ends when the client dies while a large flake is being read", async (t) => {
  const client = await startClient({ folders: [writeFiles(t, manyModules(3000))], processId: null });
  t.after(() => client.kill());
  client.hangUp();
  await exitsInTime(client.process);
});

test("without its grammar it says what to do", async (t) => {
  const root = writeFiles(t, {});
  const server = join(root, "server.cjs");
  copyFileSync(bundledServer, server);
  await assert.rejects(startClient({ server }), /grammar cannot be loaded; install NixOS VPS again.*tree-sitter/su);
});

test("a request it does not know is an error, and it goes on", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root], capabilities: fullCapabilities });
  t.after(() => client.kill());
  await assert.rejects(client.connection.sendRequest("nixosVps/unheardOf"), /unheardOf/u);
  await client.connection.sendNotification("nixosVps/unheardOf");
  await client.connection.sendNotification("textDocument/didChange", { textDocument: {}, contentChanges: [{}] });
  assert.equal((await client.diagnostics(join(root, "persistence.nix"))).length, 1);
});

async function exitsInTime(process: { exitCode: number | null; signalCode: string | null }): Promise<void> {
  await eventually(
    () => assert.notEqual(process.exitCode ?? process.signalCode, null, "the server still runs"),
    exitLimitMs,
  );
}

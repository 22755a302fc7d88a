import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { WorkspaceDiagnosticReport } from "vscode-languageserver/node";
import { eventually } from "../eventually.ts";
import { shadowRule, startClient, toUri } from "./client.ts";
import { flakeOf, manyModules, persists, sshFlake, writeFiles } from "./flakes.ts";

test("a document's findings come with place, severity, documentation and data", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const [diagnostic, ...others] = await client.diagnostics(join(root, "persistence.nix"));
  assert.deepEqual(others, []);
  assert.deepEqual(diagnostic?.range, { start: { line: 3, character: 4 }, end: { line: 3, character: 14 } });
  assert.equal(diagnostic?.severity, 1);
  assert.equal(diagnostic?.source, "nixos-vps");
  assert.equal(diagnostic?.code, shadowRule);
  assert.match(diagnostic?.codeDescription?.href ?? "", /^https:\/\/.*\/docs\/rules\/persist-dir-shadows-etc\.md$/u);
  assert.match(String(diagnostic?.message), /\/etc\/ssh is mounted over/u);
  assert.equal(diagnostic?.data.rule, shadowRule);
  assert.ok(diagnostic?.data.fixes.length > 0);
});

test("a client is sent no property it does not know", async (t) => {
  const root = writeFiles(t, { ...crossFile, "flake.nix": flakeOf("./wireguard.nix", "./persistence.nix") });
  const client = await startClient({ folders: [root], capabilities: { textDocument: { diagnostic: {} } } });
  t.after(() => client.kill());
  const [diagnostic] = await client.diagnostics(join(root, "persistence.nix"));
  assert.deepEqual(Object.keys(diagnostic ?? {}).sort(), ["code", "message", "range", "severity", "source"]);
});

test("a finding across files relates to the other place", async (t) => {
  const root = writeFiles(t, crossFile);
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const [diagnostic] = await client.diagnostics(join(root, "persistence.nix"));
  const [related] = diagnostic?.relatedInformation ?? [];
  assert.equal(related?.location.uri, toUri(join(root, "wireguard.nix")));
  assert.equal(related?.location.range.start.line, 1);
  assert.deepEqual(await client.diagnostics(join(root, "wireguard.nix")), []);
});

test("an unchanged document is answered without its diagnostics", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(file, sshFlake["persistence.nix"]);
  const { resultId } = await client.pull(file);
  assert.deepEqual(await client.pull(file, resultId), { kind: "unchanged", resultId });
  client.change(file, `\n${sshFlake["persistence.nix"]}`);
  const moved = await client.pull(file, resultId);
  assert.equal(moved.kind, "full");
  assert.equal(moved.kind === "full" && moved.items[0]?.range.start.line, 4);
});

test("edits are followed, incremental and in full, over characters outside the BMP", async (t) => {
  const root = writeFiles(t, { "flake.nix": flakeOf("./persistence.nix"), "persistence.nix": "{ }\n" });
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(file, persists("/var/lib"));
  assert.deepEqual(await client.diagnostics(file), []);
  const afterLib = { line: 2, character: 14 };
  client.change(file, [{ range: { start: afterLib, end: afterLib }, text: ' /* 🦀 */ "/etc/ssh"' }]);
  const [diagnostic] = await client.diagnostics(file);
  assert.deepEqual(diagnostic?.range, { start: { line: 2, character: 24 }, end: { line: 2, character: 34 } });
  client.change(file, persists("/var/lib"));
  assert.deepEqual(await client.diagnostics(file), []);
  client.close(file);
  assert.deepEqual(await client.diagnostics(file), []);
});

test("closing without saving goes back to the file on disk", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(file, persists("/var/lib"));
  assert.deepEqual(await client.diagnostics(file), []);
  client.close(file);
  assert.equal((await client.diagnostics(file)).length, 1);
});

test("the workspace reports closed files, then only what changed", async (t) => {
  const root = writeFiles(t, {
    ...sshFlake,
    "flake.nix": flakeOf("./persistence.nix", "./other.nix"),
    "other.nix": persists("/etc/ssh"),
  });
  const [persistence, other] = [join(root, "persistence.nix"), join(root, "other.nix")];
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(persistence, sshFlake["persistence.nix"]);

  const first = await client.pullWorkspace();
  assert.deepEqual(kinds(first), [
    [toUri(other), "full", null],
    [toUri(persistence), "full", 1],
  ]);

  const second = await client.pullWorkspace(resultIds(first));
  assert.deepEqual(kinds(second), [
    [toUri(other), "unchanged", null],
    [toUri(persistence), "unchanged", 1],
  ]);

  client.change(persistence, "{ }\n");
  const third = await client.pullWorkspace(resultIds(first));
  assert.deepEqual(kinds(third), [
    [toUri(other), "unchanged", null],
    [toUri(persistence), "full", 2],
  ]);
  const cleared = third.items.find(({ uri }) => uri === toUri(persistence));
  assert.deepEqual(cleared?.kind === "full" && cleared.items, []);

  const fourth = await client.pullWorkspace(resultIds(third));
  assert.deepEqual(kinds(fourth), [[toUri(other), "unchanged", null]]);
});

test("the workspace answers in parts when the client takes parts", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const parts: WorkspaceDiagnosticReport[] = [];
  client.connection.onNotification("$/progress", ({ token, value }) => {
    if (token === "parts") parts.push(value);
  });
  const last = await client.connection.sendRequest<WorkspaceDiagnosticReport>("workspace/diagnostic", {
    previousResultIds: [],
    partialResultToken: "parts",
  });
  assert.deepEqual(last, { items: [] });
  assert.deepEqual(
    parts.flatMap(({ items }) => items.map(({ uri }) => uri)),
    [toUri(join(root, "persistence.nix"))],
  );
});

test("an edit that changes the findings of another open document asks for a new pull", async (t) => {
  const root = writeFiles(t, crossFile);
  const [wireguard, persistence] = [join(root, "wireguard.nix"), join(root, "persistence.nix")];
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(wireguard, crossFile["wireguard.nix"]);
  client.open(persistence, crossFile["persistence.nix"]);
  await client.pull(wireguard);
  const before = await client.pull(persistence);
  assert.equal(before.kind === "full" && before.items.length, 1);

  client.change(wireguard, "{ }\n");
  await client.pull(wireguard);
  await eventually(() => assert.equal(client.refreshes(), 1));
  assert.deepEqual(await client.diagnostics(persistence), []);
});

test("a workspace report does not count as news for an open document, whose client ignores it", async (t) => {
  const root = writeFiles(t, crossFile);
  const [wireguard, persistence] = [join(root, "wireguard.nix"), join(root, "persistence.nix")];
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(wireguard, crossFile["wireguard.nix"]);
  client.open(persistence, crossFile["persistence.nix"]);
  const { resultId } = await client.pull(persistence);
  assert.ok(resultId);
  client.change(wireguard, "{ }\n");
  await client.pullWorkspace([{ uri: toUri(persistence), value: resultId }]);
  await eventually(() => assert.equal(client.refreshes(), 1));
});

test("an edit that changes nothing elsewhere asks for nothing, whether its document is pulled again or not", async (t) => {
  const root = writeFiles(t, crossFile);
  const [wireguard, persistence] = [join(root, "wireguard.nix"), join(root, "persistence.nix")];
  const client = await startClient({ folders: [root], initializationOptions: { status: true } });
  t.after(() => client.kill());
  client.open(wireguard, crossFile["wireguard.nix"]);
  client.open(persistence, crossFile["persistence.nix"]);
  await client.pull(wireguard);
  await client.pull(persistence);
  client.change(wireguard, `${crossFile["wireguard.nix"].replace("}", persists("/etc/ssh").slice(1))}`);
  // The status is sent later than a request to pull again would be.
  await eventually(() => assert.ok(JSON.stringify(client.received).includes('"findings":2')));
  assert.equal(client.refreshes(), 0);
});

test("a pull that is cancelled is answered at once, while the flake is still read", async (t) => {
  const root = writeFiles(t, { ...sshFlake, ...manyModules(2000) });
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const cancelled = client.cancellable("textDocument/diagnostic", {
    textDocument: { uri: toUri(join(root, "persistence.nix")) },
  });
  // Messages are handled in order: when this one is answered, the pull is under way.
  await assert.rejects(client.connection.sendRequest("nixosVps/unheardOf"));
  cancelled.cancel();
  await assert.rejects(cancelled.answer, { code: -32800 });
  assert.equal((await client.diagnostics(join(root, "persistence.nix"))).length, 1);
});

const crossFile = {
  "flake.nix": flakeOf("./wireguard.nix", "./persistence.nix"),
  "wireguard.nix": '{\n  environment.etc."wireguard/wg0.conf".text = "";\n}\n',
  "persistence.nix": persists("/var/lib", "/etc/wireguard"),
};

function kinds({ items }: WorkspaceDiagnosticReport): unknown[] {
  return items.map(({ uri, kind, version }) => [uri, kind, version]).sort();
}

function resultIds({ items }: WorkspaceDiagnosticReport): { uri: string; value: string }[] {
  return items.map(({ uri, resultId }) => ({ uri, value: resultId ?? "" }));
}

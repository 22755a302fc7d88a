import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { MarkupContent } from "vscode-languageserver/node";
import { shadowRule, startClient, type TestClient } from "./client.ts";
import { persists, sshFlake, writeFiles } from "./flakes.ts";

const inFinding = { line: 3, character: 8 };

test("hovering a finding tells what happens, where and why, with a link", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const [diagnostic] = await client.diagnostics(file);
  const { kind, value } = await content(client, file);
  assert.equal(kind, "markdown");
  assert.match(value, /\/etc\/ssh is mounted over/u);
  assert.match(value, /`vps`/u);
  assert.match(value, /\[persist-dir-shadows-etc\]\(https:\/\/[^)]+persist-dir-shadows-etc\.md\)/u);
  assert.deepEqual((await client.hover(file, inFinding))?.range, diagnostic?.range);
});

test("our own client opens the documentation by command", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root], initializationOptions: { explainCommand: true } });
  t.after(() => client.kill());
  const { value } = await content(client, join(root, "persistence.nix"));
  assert.match(value, new RegExp(`\\(command:nixosVps\\.explainRule\\?%5B%22${shadowRule}%22%5D\\)`, "u"));
});

test("where the hover shows the diagnostic anyway, its message is not repeated", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root], initializationOptions: { hoverShowsDiagnostics: true } });
  t.after(() => client.kill());
  const { value } = await content(client, join(root, "persistence.nix"));
  assert.doesNotMatch(value, /\/etc\/ssh is mounted over/u);
  assert.match(value, /`vps`/u);
});

test("a client without Markdown reads plain text", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root], capabilities: { textDocument: { diagnostic: {} } } });
  t.after(() => client.kill());
  const { kind, value } = await content(client, join(root, "persistence.nix"));
  assert.equal(kind, "plaintext");
  assert.doesNotMatch(value, /[*\\]|\]\(/u);
  assert.match(value, /Hosts: vps/u);
});

test("there is nothing to say beside a finding", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  assert.equal(await client.hover(file, { line: 2, character: 8 }), null);
  assert.equal(await client.hover(file, { line: 500, character: 0 }), null);
  assert.equal(await client.hover(join(root, "missing.nix"), inFinding), null);
  client.open(file, persists("/var/lib"));
  assert.equal(await client.hover(file, inFinding), null);
});

async function content(client: TestClient, file: string): Promise<MarkupContent> {
  const hover = await client.hover(file, inFinding);
  assert.ok(MarkupContent.is(hover?.contents));
  return hover.contents;
}

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ClientCapabilities } from "vscode-languageserver/node";
import { eventually } from "../eventually.ts";
import { shadowRule, startClient } from "./client.ts";
import { flakeOf, persists, sshFlake, writeFiles } from "./flakes.ts";

const pushOnly: ClientCapabilities = {
  textDocument: { publishDiagnostics: { versionSupport: true } },
  workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
};

test("findings of all files are published, open or not", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root], capabilities: pushOnly });
  t.after(() => client.kill());
  const [published] = await eventually(() => atLeastOne(client.published(join(root, "persistence.nix"))));
  assert.deepEqual(
    published?.diagnostics.map(({ code }) => code),
    [shadowRule],
  );
  assert.equal(published?.version, undefined);
  assert.deepEqual(client.published(join(root, "flake.nix")), []);
});

test("every version of an open document gets its own findings, the last one too", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root], capabilities: pushOnly });
  t.after(() => client.kill());
  client.open(file, sshFlake["persistence.nix"]);
  await eventually(() => assert.equal(client.published(file).at(-1)?.version, 1));
  for (let lines = 1; lines <= 20; lines++) client.change(file, "\n".repeat(lines) + persists("/etc/ssh"));
  const last = await eventually(() => {
    const published = client.published(file).at(-1);
    assert.equal(published?.version, 21);
    return published;
  });
  assert.equal(last?.diagnostics[0]?.range.start.line, 22);
  // The same findings once more, of another version.
  client.change(file, `${"\n".repeat(20)}${persists("/etc/ssh")}# end\n`);
  await eventually(() => assert.equal(client.published(file).at(-1)?.version, 22));
  assert.equal(client.published(file).at(-1)?.diagnostics[0]?.range.start.line, 22);
  for (const { version, diagnostics } of client.published(file).slice(0, -1)) {
    const expected = version === undefined || version === 1 ? 3 : version + 1;
    assert.equal(diagnostics[0]?.range.start.line, expected, `of version ${version}`);
  }
});

test("findings that are gone are taken back: after an edit, a closed document, a deleted file", async (t) => {
  const root = writeFiles(t, {
    ...sshFlake,
    "flake.nix": flakeOf("./persistence.nix", "./other.nix"),
    "other.nix": persists("/etc/ssh"),
  });
  const [file, other] = [join(root, "persistence.nix"), join(root, "other.nix")];
  const client = await startClient({ folders: [root], capabilities: pushOnly });
  t.after(() => client.kill());
  const holds = (path: string, count: number): Promise<void> =>
    eventually(() => assert.equal(client.published(path).at(-1)?.diagnostics.length, count));
  await holds(file, 1);
  await holds(other, 1);
  client.open(file, "{ }\n");
  await holds(file, 0);
  client.close(file);
  await holds(file, 1);
  rmSync(other);
  client.watched({ path: other, type: "deleted" });
  await holds(other, 0);
  assert.equal(client.published(file).at(-1)?.diagnostics.length, 1);
});

function atLeastOne<Item>(items: Item[]): Item[] {
  assert.ok(items.length > 0);
  return items;
}

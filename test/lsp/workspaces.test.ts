import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { FlakeHosts } from "../../core/src/protocol.ts";
import { eventually } from "../eventually.ts";
import { startClient, type TestClient, toUri } from "./client.ts";
import { flakeOf, persists, sshFlake, writeFiles } from "./flakes.ts";

const wireguard = '{ environment.etc."wireguard/wg0.conf".text = ""; }\n';

test("each folder is a flake of its own", async (t) => {
  const [a, b] = [
    writeFiles(t, { "flake.nix": flakeOf("./wireguard.nix"), "wireguard.nix": wireguard }),
    writeFiles(t, {
      "flake.nix": flakeOf("./persistence.nix"),
      "persistence.nix": persists("/etc/wireguard", "/etc/ssh"),
    }),
  ];
  const client = await startClient({ folders: [a, b] });
  t.after(() => client.kill());
  assert.deepEqual((await roots(client)).sort(), [a, b].map(toUri).sort());
  // What the first flake writes says nothing about the second one.
  const diagnostics = await client.diagnostics(join(b, "persistence.nix"));
  assert.deepEqual(
    diagnostics.map(({ range }) => range.start.line),
    [3],
  );
});

test("folders come and go", async (t) => {
  const [a, b] = [writeFiles(t, sshFlake), writeFiles(t, sshFlake)];
  const client = await startClient({ folders: [a] });
  t.after(() => client.kill());
  assert.deepEqual(await reportedFiles(client), [join(a, "persistence.nix")]);
  const change = (added: string[], removed: string[]): Promise<void> =>
    client.connection.sendNotification("workspace/didChangeWorkspaceFolders", {
      event: {
        added: added.map((path) => ({ uri: toUri(path), name: path })),
        removed: removed.map((path) => ({ uri: toUri(path), name: path })),
      },
    });
  await change([b], []);
  assert.deepEqual(await reportedFiles(client), [join(a, "persistence.nix"), join(b, "persistence.nix")].sort());
  const first = await client.pullWorkspace();
  await change([], [a]);
  const second = await client.pullWorkspace(first.items.map(({ uri, resultId }) => ({ uri, value: resultId ?? "" })));
  const removed = second.items.find(({ uri }) => uri === toUri(join(a, "persistence.nix")));
  assert.deepEqual(removed?.kind === "full" && removed.items, []);
  assert.deepEqual(await roots(client), [toUri(b)]);
});

test("a flake inside a flake is one of its own, found at the start and when it comes and goes", async (t) => {
  const root = writeFiles(t, {
    "flake.nix": flakeOf("./wireguard.nix"),
    "wireguard.nix": wireguard,
    "inner/flake.nix": flakeOf("./persistence.nix"),
    "inner/persistence.nix": persists("/etc/wireguard", "/etc/ssh"),
  });
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const lines = async (): Promise<unknown[]> =>
    (await client.diagnostics(join(root, "inner/persistence.nix"))).map(({ range }) => range.start.line);
  assert.deepEqual(await lines(), [3]);
  assert.deepEqual(await reportedFiles(client), [join(root, "inner/persistence.nix")]);
  assert.deepEqual(await roots(client), [root, join(root, "inner")].map(toUri));

  rmSync(join(root, "inner/flake.nix"));
  writeFileSync(join(root, "flake.nix"), flakeOf("./wireguard.nix", "./inner/persistence.nix"));
  client.watched(
    { path: join(root, "inner/flake.nix"), type: "deleted" },
    { path: join(root, "flake.nix"), type: "changed" },
  );
  assert.deepEqual(await lines(), [2, 3]);
  assert.deepEqual(await roots(client), [toUri(root)]);

  writeFileSync(join(root, "inner/flake.nix"), flakeOf("./persistence.nix"));
  client.watched({ path: join(root, "inner/flake.nix"), type: "created" });
  assert.deepEqual(await lines(), [3]);
});

test("an edit inside a nested flake is seen by the flake around it", async (t) => {
  const root = writeFiles(t, {
    "flake.nix": flakeOf("./persistence.nix", "./inner/wireguard.nix"),
    "persistence.nix": persists("/etc/wireguard"),
    "inner/flake.nix": flakeOf("./wireguard.nix"),
    "inner/wireguard.nix": wireguard,
  });
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  assert.equal((await client.diagnostics(join(root, "persistence.nix"))).length, 1);
  client.open(join(root, "inner/wireguard.nix"), "{ }\n");
  assert.deepEqual(await client.diagnostics(join(root, "persistence.nix")), []);
});

test("a folder inside another one is a part of it, unless it is a flake", async (t) => {
  const root = writeFiles(t, {
    ...sshFlake,
    "modules/a.nix": "{ }\n",
    "inner/flake.nix": flakeOf(),
    ".gitignore": "inner\n",
  });
  const folders = [join(root, "modules"), join(root, "inner"), root];
  const client = await startClient({ folders });
  t.after(() => client.kill());
  assert.deepEqual((await roots(client)).sort(), [root, join(root, "inner")].map(toUri).sort());
});

test("a folder without a flake is checked as one set of modules", async (t) => {
  const root = writeFiles(t, { "wireguard.nix": wireguard, "persistence.nix": persists("/etc/wireguard") });
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  assert.equal((await client.diagnostics(join(root, "persistence.nix"))).length, 1);
});

test("documents of a virtual folder are checked with each other, without a look at the disk", async (t) => {
  const folder = "vscode-vfs://github/someone/dotfiles";
  const client = await startClient({ folders: [folder] });
  t.after(() => client.kill());
  client.open(`${folder}/flake.nix`, flakeOf("./persistence.nix", '(./. + "/wire guard.nix")'));
  client.open(`${folder}/persistence.nix`, persists("/etc/ssh", "/etc/wireguard"));
  client.open(`${folder}/wire%20guard.nix`, wireguard);
  const [ssh, guard] = await client.diagnostics(`${folder}/persistence.nix`);
  assert.deepEqual(ssh?.range.start, { line: 2, character: 4 });
  assert.equal(guard?.relatedInformation?.[0]?.location.uri, `${folder}/wire%20guard.nix`);
  const { items } = await client.pullWorkspace();
  assert.deepEqual(
    items.map(({ uri }) => uri),
    [`${folder}/persistence.nix`],
  );
  client.close(`${folder}/persistence.nix`);
  assert.deepEqual(await client.diagnostics(`${folder}/persistence.nix`), []);
});

test("a document outside of all folders is checked alone", async (t) => {
  const root = writeFiles(t, { "persistence.nix": persists("/etc/ssh"), "wireguard.nix": wireguard });
  const client = await startClient({ folders: [] });
  t.after(() => client.kill());
  const file = join(root, "persistence.nix");
  assert.deepEqual(await client.diagnostics(file), []);
  client.open(file, persists("/etc/ssh", "/etc/wireguard"));
  assert.equal((await client.diagnostics(file)).length, 1);
  client.open("untitled:Untitled-1", persists("/etc/ssh"));
  assert.equal((await client.diagnostics("untitled:Untitled-1")).length, 1);
  client.close("untitled:Untitled-1");
  assert.deepEqual(await client.diagnostics("untitled:Untitled-1"), []);
});

test("a document that is open when its folder is added becomes a part of it", async (t) => {
  const root = writeFiles(t, {
    "wireguard.nix": wireguard,
    "persistence.nix": "{ }\n",
    "flake.nix": flakeOf("./wireguard.nix", "./persistence.nix"),
  });
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [] });
  t.after(() => client.kill());
  client.open(file, persists("/etc/wireguard"));
  assert.deepEqual(await client.diagnostics(file), []);
  await client.connection.sendNotification("workspace/didChangeWorkspaceFolders", {
    event: { added: [{ uri: toUri(root), name: "root" }], removed: [] },
  });
  assert.equal((await client.diagnostics(file)).length, 1);
  await eventually(() => assert.ok(client.refreshes() <= 1));
});

test("a client from before workspace folders names its root", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({
    folders: [root],
    capabilities: { textDocument: { diagnostic: {} } },
    onlyRootUri: true,
  });
  t.after(() => client.kill());
  assert.deepEqual(await reportedFiles(client), [join(root, "persistence.nix")]);
});

test("a URI that names no file is answered with nothing", async (t) => {
  const client = await startClient({ folders: [writeFiles(t, sshFlake)] });
  t.after(() => client.kill());
  for (const uri of [
    "file://host/share/a.nix",
    "file:///a%2Fb.nix",
    "nonsense",
    "git:/a.nix?%7B%22ref%22%3A%22%22%7D",
    "x-y://%ff/%ff.nix",
  ]) {
    assert.deepEqual(await client.diagnostics(uri), [], uri);
    client.open(uri, "{ }");
    assert.deepEqual(await client.diagnostics(uri), [], uri);
  }
});

async function roots(client: TestClient): Promise<string[]> {
  const flakes = await client.connection.sendRequest<FlakeHosts[]>("nixosVps/hosts");
  return flakes.map(({ root }) => root);
}

async function reportedFiles(client: TestClient): Promise<string[]> {
  const { items } = await client.pullWorkspace();
  return items.map(({ uri }) => new URL(uri).pathname).sort();
}

import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../eventually.ts";
import { startClient } from "./client.ts";
import { flakeOf, manyModules, persists, writeFiles } from "./flakes.ts";

const files = {
  "flake.nix": flakeOf("./persistence.nix"),
  "persistence.nix": "{ imports = [ ./modules/ssh.nix ]; }\n",
};

test("the client is asked to watch what the model depends on", async (t) => {
  const client = await startClient({ folders: [writeFiles(t, files)] });
  t.after(() => client.kill());
  const registration = await eventually(() => {
    const found = client.received.find(({ params }) => JSON.stringify(params).includes("didChangeWatchedFiles"));
    assert.ok(found);
    return JSON.stringify(found.params);
  });
  for (const pattern of ["**/*.nix", "**/flake.lock", "**/*.age", "**/.gitignore"]) {
    assert.ok(registration.includes(JSON.stringify({ globPattern: pattern, kind: 3 })), pattern);
  }
  assert.ok(registration.includes(JSON.stringify({ globPattern: "**/*", kind: 4 })));
});

test("files and directories that come, change, move and go are noticed", async (t) => {
  const root = writeFiles(t, files);
  const module = join(root, "modules/ssh.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const reported = async (): Promise<unknown[]> =>
    (await client.pullWorkspace()).items.map(({ uri }) => uri.slice(uri.lastIndexOf("/") + 1));
  assert.deepEqual(await reported(), []);

  mkdirSync(join(root, "modules"));
  writeFileSync(module, persists("/etc/ssh"));
  client.watched({ path: module, type: "created" });
  await eventually(() => assert.equal(client.refreshes(), 1));
  assert.deepEqual(await reported(), ["ssh.nix"]);

  writeFileSync(module, persists("/var/lib"));
  client.watched({ path: module, type: "changed" });
  assert.deepEqual(await client.diagnostics(module), []);

  writeFileSync(module, persists("/etc/ssh"));
  client.watched({ path: module, type: "changed" });
  assert.deepEqual(await reported(), ["ssh.nix"]);

  renameSync(join(root, "modules"), join(root, "elsewhere"));
  client.watched({ path: join(root, "modules"), type: "deleted" });
  assert.deepEqual(await client.diagnostics(module), []);

  renameSync(join(root, "elsewhere"), join(root, "modules"));
  client.watched({ path: module, type: "created" });
  assert.deepEqual(await reported(), ["ssh.nix"]);

  rmSync(module);
  client.watched({ path: module, type: "deleted" });
  assert.deepEqual(await reported(), []);
});

test("what changes while the flake is read is read again", async (t) => {
  const root = writeFiles(t, { "a.nix": "{ }\n", "flake.nix": flakeOf("./a.nix"), ...manyModules(3000) });
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const isReadingMore = new Promise<void>((resolve) => {
    client.connection.onNotification("$/progress", ({ value }) => {
      if (value.kind === "report") resolve();
    });
  });
  await isReadingMore;
  writeFileSync(join(root, "a.nix"), persists("/etc/ssh"));
  client.watched({ path: join(root, "a.nix"), type: "changed" });
  assert.equal((await client.diagnostics(join(root, "a.nix"))).length, 1);
});

test("a change on disk below an open document does not show", async (t) => {
  const root = writeFiles(t, files);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(file, persists("/var/lib"));
  writeFileSync(file, persists("/etc/ssh"));
  client.watched({ path: file, type: "changed" });
  assert.deepEqual(await client.diagnostics(file), []);
});

test("what .gitignore names is not part of the flake, from when it names it", async (t) => {
  const root = writeFiles(t, { ...files, "modules/ssh.nix": persists("/etc/ssh") });
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  assert.equal((await client.diagnostics(join(root, "modules/ssh.nix"))).length, 1);
  writeFileSync(join(root, ".gitignore"), "modules/\n");
  client.watched({ path: join(root, ".gitignore"), type: "created" });
  assert.deepEqual((await client.pullWorkspace()).items, []);
});

test("a new flake.lock asks for a new pull when it changes a finding", async (t) => {
  // Up to September 2025 impermanence mounted directories through fileSystems, where neededForBoot made them early.
  const module = `{
  environment.persistence."/persist".directories = [ "/etc/ssh" ];
  fileSystems."/etc/ssh".neededForBoot = true;
}
`;
  const lock = (lastModified: number): string =>
    JSON.stringify({
      version: 7,
      root: "root",
      nodes: {
        root: { inputs: { impermanence: "impermanence" } },
        impermanence: {
          locked: {
            type: "github",
            owner: "nix-community",
            repo: "impermanence",
            lastModified,
            rev: "0".repeat(40),
            narHash: "",
          },
        },
      },
    });
  const root = writeFiles(t, {
    "flake.nix": flakeOf("./persistence.nix"),
    "persistence.nix": module,
    "flake.lock": lock(1_700_000_000),
  });
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root], settings: {} });
  t.after(() => client.kill());
  client.open(file, module);
  const isReported = async (): Promise<boolean> =>
    (await client.diagnostics(file)).some(({ code }) => code === "impermanence-fs-needed-for-boot");
  assert.equal(await isReported(), false);
  writeFileSync(join(root, "flake.lock"), lock(1_760_000_000));
  client.watched({ path: join(root, "flake.lock"), type: "changed" });
  await eventually(() => assert.equal(client.refreshes(), 1));
  assert.equal(await isReported(), true);
});

test("a client that cannot watch files is served after each save", async (t) => {
  const root = writeFiles(t, files);
  const module = join(root, "modules/ssh.nix");
  const client = await startClient({ folders: [root], capabilities: { textDocument: { diagnostic: {} } } });
  t.after(() => client.kill());
  client.open(join(root, "persistence.nix"), files["persistence.nix"]);
  assert.deepEqual(await client.diagnostics(module), []);
  mkdirSync(join(root, "modules"));
  writeFileSync(module, persists("/etc/ssh"));
  client.save(join(root, "persistence.nix"));
  assert.equal((await client.diagnostics(module)).length, 1);
});

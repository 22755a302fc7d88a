import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../eventually.ts";
import { shadowRule, startClient } from "./client.ts";
import { flakeOf, manyModules, persists, sshFlake, writeFiles } from "./flakes.ts";

const malformed = [
  "",
  "{",
  "}}}}",
  "{ environment.persistence.",
  "''${''${",
  '"${',
  "{ a = ; b = [ ( ; } /*",
  "let in let in with assert if then else rec",
  "\u0000\u0001\ufffe\ud800",
  "((((((((".repeat(5000),
  "[".repeat(50_000),
  `{ a = ${"!".repeat(50_000)}1; }`,
  `{ ${"a.".repeat(20_000)}b = 1; }`,
  `{ a = ${"x: ".repeat(20_000)}1; }`,
  `{ a = "${"${".repeat(5000)}`,
];

test("no text brings it down, and a finding beside broken text is found", async (t) => {
  const root = writeFiles(t, {
    ...sshFlake,
    "flake.nix": flakeOf("./persistence.nix", "./broken.nix"),
    "broken.nix": "",
  });
  const [file, broken] = [join(root, "persistence.nix"), join(root, "broken.nix")];
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  client.open(broken, "");
  for (const [index, text] of malformed.entries()) {
    client.change(broken, text);
    assert.deepEqual(await client.diagnostics(broken), [], `text ${index}`);
    assert.equal((await client.diagnostics(file)).length, 1, `beside text ${index}`);
  }
  client.change(broken, `${persists("/etc/ssh")} }}} ( `);
  assert.deepEqual(
    (await client.diagnostics(broken)).map(({ code }) => code),
    [shadowRule],
  );
  assert.doesNotMatch(client.log(), /error|failed|exception|rejection/iu);
});

test("files that are no modules are passed over: binary, huge, not UTF-8, unreadable, not even files", async (t) => {
  const latin1 = Buffer.concat([
    Buffer.from("{ # caf"),
    Buffer.from([0xe9]),
    Buffer.from(`\n${persists("/etc/ssh").slice(1)}`),
  ]);
  const root = writeFiles(t, {
    ...sshFlake,
    "flake.nix": flakeOf(
      "./persistence.nix",
      "./binary.nix",
      "./huge.nix",
      "./latin1.nix",
      "./directory.nix",
      "./fifo.nix",
    ),
    "binary.nix": Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256)),
    "huge.nix": `{ a = "${"x".repeat(10_000_000)}"; }\n`,
    "latin1.nix": latin1,
    "directory.nix/default.nix": persists("/etc/ssh"),
    "not a module.nix": "12\n",
  });
  execFileSync("mkfifo", [join(root, "fifo.nix")]);
  symlinkSync("nowhere.nix", join(root, "dangling.nix"));
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const lines = async (name: string): Promise<unknown[]> =>
    (await client.diagnostics(join(root, name))).map(({ range }) => range.start.line);
  assert.deepEqual(await lines("persistence.nix"), [3]);
  assert.deepEqual(await lines("latin1.nix"), [3]);
  assert.deepEqual(await lines("directory.nix/default.nix"), [2]);
  for (const name of ["binary.nix", "huge.nix", "fifo.nix", "dangling.nix", "not a module.nix"]) {
    assert.deepEqual(await lines(name), [], name);
  }
});

test("links that lead in circles end", async (t) => {
  const root = writeFiles(t, sshFlake);
  mkdirSync(join(root, "a/b"), { recursive: true });
  symlinkSync(root, join(root, "a/b/up"));
  symlinkSync("loop", join(root, "loop"));
  symlinkSync("self.nix", join(root, "self.nix"));
  writeFileSync(join(root, "flake.nix"), flakeOf("./persistence.nix", "./self.nix", "./a/b/up/a/b/up/persistence.nix"));
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const { items } = await client.pullWorkspace();
  assert.ok(items.length >= 1 && items.length <= 2, JSON.stringify(items.map(({ uri }) => uri)));
});

test("a document of ten megabytes is opened, edited and answered for", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "generated.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const lines = Array.from(
    { length: 180_000 },
    (_, index) => `  services.a${index}.enable = true; # ${"x".repeat(25)}\n`,
  );
  client.open(file, `{\n${lines.join("")}}\n`);
  assert.deepEqual(await client.diagnostics(file), []);
  client.change(file, [
    { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } }, text: "  a = 1;\n" },
  ]);
  assert.deepEqual(await client.diagnostics(file), []);
  assert.equal((await client.diagnostics(join(root, "persistence.nix"))).length, 1);
});

test("modules that import each other are read once", async (t) => {
  const root = writeFiles(t, {
    "flake.nix": flakeOf("./a.nix"),
    "a.nix": `{ imports = [ ./b.nix ./a.nix ]; environment.persistence."/persist".directories = [ "/etc/ssh" ]; }\n`,
    "b.nix": "{ imports = [ ./a.nix ./missing.nix ./. ]; x = import ./b.nix; }\n",
    "default.nix": "import ./default.nix\n",
  });
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  assert.equal((await client.diagnostics(join(root, "a.nix"))).length, 1);
});

test("a folder that is not there is an empty one", async (t) => {
  const root = join(writeFiles(t, {}), "missing");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  assert.deepEqual(await client.pullWorkspace(), { items: [] });
});

test("a folder named with a slash at its end, with spaces and with characters beyond ASCII", async (t) => {
  const root = writeFiles(t, {
    "my flake é 🦀/flake.nix": flakeOf("./persistence.nix"),
    "my flake é 🦀/persistence.nix": persists("/etc/ssh"),
  });
  const folder = join(root, "my flake é 🦀");
  const client = await startClient({ folders: [`${folder}/`] });
  t.after(() => client.kill());
  assert.equal((await client.diagnostics(join(folder, "persistence.nix"))).length, 1);
  // As VS Code writes it: more is escaped than need be.
  const uri = `file://${folder.split("/").map(encodeURIComponent).join("/")}/persistence.nix`;
  client.open(uri, persists("/etc/ssh"));
  const { items } = await client.pullWorkspace();
  assert.deepEqual(
    items.map((item) => [item.uri, item.version]),
    [[uri, 1]],
  );
});

test("a flake of 11,000 files is read with progress, which can be cancelled and taken up again", async (t) => {
  // The first file in order, so that it is read before the cancellation.
  const first = { "a.nix": persists("/etc/ssh"), "flake.nix": flakeOf("./a.nix", "./persistence.nix") };
  const root = writeFiles(t, { ...sshFlake, ...first, ...manyModules(11_000) });
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root], initializationOptions: { status: true } });
  t.after(() => client.kill());
  client.open(file, sshFlake["persistence.nix"]);
  const progress: { token: string; value: { kind: string; title?: string; cancellable?: boolean } }[] = [];
  client.connection.onNotification("$/progress", (params) => void progress.push(params));

  const begun = await eventually(() => {
    const begin = progress.find(({ value }) => value.kind === "begin");
    assert.ok(begin);
    return begin;
  });
  assert.match(begun.value.title ?? "", /^NixOS VPS: reading /u);
  assert.equal(begun.value.cancellable, true);
  await eventually(() => assert.ok(progress.some(({ value }) => value.kind === "report")));
  await client.connection.sendNotification("window/workDoneProgress/cancel", { token: begun.token });

  // The open document is still checked, nothing else is.
  assert.equal((await client.diagnostics(file)).length, 1);
  assert.equal((await client.pullWorkspace()).items.length, 1);
  assert.match(client.log(), /was cancelled; only open documents are checked until "Check Whole Flake" is run/u);
  assert.ok(progress.some(({ token, value }) => token === begun.token && value.kind === "end"));

  const [checked] = await client.connection.sendRequest<{ files: number; hosts: number }[]>("nixosVps/checkWorkspace");
  assert.equal(checked?.files, 11_003);
  assert.equal(checked?.hosts, 1);
});

import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runCommand } from "../cli/command.ts";
import { articleHost } from "./articleFlake.ts";
import { articleCommand, subject } from "./closureCommand.ts";

let command: Awaited<ReturnType<typeof articleCommand>>;

before(async () => {
  command = await articleCommand();
});
after(() => command.store.remove());

test("text: the heaviest, where it is added, what could go, and an exit code that says it is within its limits", async () => {
  const { code, stdout, stderr } = await command.closure(subject);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const lines = stdout.split("\n");
  assert.equal(lines[0], `${articleHost}  7.6 GB · 989 paths`);
  for (const line of [
    "    4.3 GB  ├─ system-path-1 (itself 1 MB)",
    "    220 MB  │  ├─ zbar-0.23.93 (itself 40 MB)  modules/hey.nix:11",
    "    1.6 GB  modules/dev/cc.nix",
    "               :8  clang  700 MB",
    "      4 MB  openssl 3.0.14 and 1.1.1w",
    "What could go  -5.2 GB, to 2.4 GB",
  ])
    assert.ok(lines.includes(line), `${line}\n${stdout}`);
});

test("json: every path with its three sizes, by retained size", async () => {
  const { paths, root, totalBytes, pathCount, version } = await command.report(subject);
  assert.deepEqual([version, totalBytes, pathCount, paths.length, paths[0]?.path], [1, 7.6e9, 989, 989, root]);
  const retained = paths.map((path) => path.retainedBytes);
  assert.deepEqual(
    retained,
    retained.toSorted((a, b) => b - a),
  );
  const zbar = paths.find(({ path }) => path.includes("-zbar-"));
  assert.deepEqual(
    [zbar?.ownBytes, zbar?.closureBytes, zbar?.retainedBytes, zbar?.addedBy[0]?.file, zbar?.addedBy[0]?.line],
    [40e6, 620e6, 220e6, "modules/hey.nix", 11],
  );
});

test("why, without, and what nothing is called", async () => {
  const { why, without } = await command.report(
    subject,
    "--why",
    "mesa",
    "--without",
    "clang*,llvm",
    "--without",
    "lldb",
  );
  assert.deepEqual(
    why?.map((path) => path.slice(path.lastIndexOf("/") + 34)),
    [`nixos-system-${articleHost}-24.05`, "system-path-1", "grimblast-0.1", "hyprland-0.40.0", "mesa-24.0"],
  );
  assert.deepEqual([without?.freedBytes, without?.totalBytes], [1.6e9, 6e9]);
  const part = await command.closure(subject, "--why", "zba");
  assert.match(part.stderr, /nothing in the closure is called "zba"; "\*zba\*" would match zbar-0\.23\.93\n$/);
  const { code, stderr } = await command.closure(subject, "--why", "hyperland");
  assert.equal(code, 2);
  assert.match(stderr, /nothing in the closure is called "hyperland"; did you mean "hyprland"\?/);
});

test("a name that is mistyped costs the question, not the measurement", async () => {
  const state = join(command.store.directory, "other-state");
  const { code } = await runCommand(["closure", subject, "--why", "hyperland"], {
    cwd: command.flake,
    env: { ...command.env, NIXOS_VPS_STATE_DIR: state },
  });
  assert.equal(code, 2);
  assert.equal(readdirSync(join(state, "closures/measurements")).length, 1);
});

test("what a file calls a package is shown as it is, and does nothing to the terminal or the page", async () => {
  const saved = join(command.store.directory, "odd.json");
  const root = "/nix/store/00000000000000000000000000000000-system-1";
  const odd = '/nix/store/11111111111111111111111111111111-<img src=x onerror="alert(1)">`|\u001b[2J-1';
  const paths = [root, odd].map((path, place) => ({
    path,
    ownBytes: 1e9,
    references: place === 0 ? [1] : [],
    addedBy: [],
  }));
  const measurement = { version: 1, flake: "", host: "", measuredAt: "2026-01-01T00:00:00Z", root, paths };
  writeFileSync(saved, JSON.stringify(measurement));
  const asText = await command.closure(subject, "--diff", saved);
  assert.match(asText.stdout, / -1 GB {2}- <img src=x onerror="alert\(1\)">`\|\ufffd\[2J 1\n/);
  assert.ok(!asText.stdout.includes("\u001b"));
  const asMarkdown = await command.closure(subject, "--diff", saved, "--format", "markdown");
  assert.ok(asMarkdown.stdout.includes('| `<img src=x onerror="alert(1)">\'\\|\ufffd[2J` |'), asMarkdown.stdout);

  for (const [text, message] of [
    ["{", /odd\.json: The measurement is no JSON/],
    [JSON.stringify({ ...measurement, paths: paths.slice(1) }), /root .* is none of its paths/],
    [
      JSON.stringify({ ...measurement, paths: paths.map((path) => ({ ...path, references: [1] })) }),
      /are not all places/,
    ],
    [
      JSON.stringify({ ...measurement, paths: paths.map((path, place) => ({ ...path, references: [1 - place] })) }),
      /Paths refer to each other in a circle, which no Nix store has/,
    ],
  ] as const) {
    writeFileSync(saved, text);
    const { code, stderr } = await command.closure(subject, "--diff", saved);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { articleHost } from "./articleFlake.ts";
import { articleCommand, subject } from "./closureCommand.ts";

let command: Awaited<ReturnType<typeof articleCommand>>;

before(async () => {
  command = await articleCommand();
});
after(() => command.store.remove());

test("--budget, with an exit code, in words and in Markdown above the table", async () => {
  const over = await command.closure(subject, "--budget", "3 GB");
  assert.equal(over.code, 1);
  assert.match(over.stdout, /Budget {2}over its budget: 7\.6 GB of 3 GB/);
  const { stdout } = await command.closure(subject, "--budget", "3 GB", "--disk", "8 GB", "--format", "markdown");
  assert.deepEqual(
    stdout
      .split("\n\n")
      .slice(1, 4)
      .map((paragraph) => paragraph.split(":")[0]),
    [
      "**Over its budget**",
      "- The closure has 7.6 GB, 4.6 GB more than the 3 GB it may have.",
      "**Does it fit?** does not fit the disk.",
    ],
  );
});

test("a disk that is too small is exit code 1, memory that is too small is said", async () => {
  assert.equal((await command.closure(subject, "--disk", "8 GB")).code, 1);
  const fitting = await command.closure(subject, "--disk", "20 GB", "--ram", "962 MiB");
  assert.equal(fitting.code, 0);
  assert.match(fitting.stdout, /\nDoes it fit\? {2}fits the disk; can be bootstrapped/);
  const small = await command.closure(subject, "--disk", "20 GB", "--ram", "512 MB");
  assert.equal(small.code, 0);
  assert.match(small.stdout, /\nDoes it fit\? {2}fits the disk; cannot be bootstrapped\n/);
});

test("disk and memory of what an inspection printed", async () => {
  const facts = join(command.store.directory, "facts.json");
  writeFileSync(facts, JSON.stringify({ disks: [{ name: "vda", sizeBytes: 8e9, mounts: [] }], memory: "unknown" }));
  assert.equal((await command.closure(subject, "--facts", facts)).code, 1);
  writeFileSync(facts, JSON.stringify({ memory: { totalKiB: 985_000, availableKiB: 800_000 } }));
  const known = await command.closure(subject, "--facts", facts);
  assert.equal(known.code, 0);
  assert.match(known.stdout, / 788 of 962 MiB {2}ok {7}the kernel takes no image larger than half of the memory/);
  const disks = ["vda", "vdb"].map((name) => ({ name, sizeBytes: 8e9 }));
  writeFileSync(facts, JSON.stringify({ disks }));
  const several = await command.closure(subject, "--facts", facts);
  assert.equal(several.code, 0);
  assert.match(several.stderr, /facts\.json has 2 disks \(vda 8 GB, vdb 8 GB\): give --disk to see whether/);
  assert.doesNotMatch(several.stdout, /Does it fit/);
  assert.equal((await command.closure(subject, "--facts", facts, "--disk", "8 GB")).code, 1);
  for (const [text, message] of [
    ["[]", /facts\.json holds no facts of a target: the facts must be an object/],
    ['{"disks":"x","memory":5}', /facts\.json holds no facts of a target: memory must be an object, and is 5/],
    ['{"kernel":"6.12"}', /facts\.json says neither how large the disks are nor how much memory there is/],
  ] as const) {
    writeFileSync(facts, text);
    const unknown = await command.closure(subject, "--facts", facts);
    assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
    assert.match(unknown.stderr, message);
  }
});

test("nixos-vps.json: what is over, what cannot be read, and whom it is for", async () => {
  const file = join(command.flake, "nixos-vps.json");
  const budget = { maxClosure: "8 GB", maxPath: "800 MB", forbid: ["clang-tools-*"] };
  writeFileSync(file, JSON.stringify({ hosts: { [articleHost]: budget } }));
  const { code, stdout } = await command.closure(subject);
  assert.equal(code, 1);
  assert.match(stdout, /qt6-6\.7\.1 has 855 MB, more than the 800 MB a path may have\./);
  assert.match(stdout, /clang-tools-17\.0\.6 is forbidden by "clang-tools-\*"\./);
  writeFileSync(file, '{ "hosts": { "vps-ultraman": { "maxClosur": "8 GB" } } }');
  const wrong = await command.closure(subject);
  assert.equal(wrong.code, 2);
  assert.match(
    wrong.stderr,
    /hosts\.vps-ultraman\.maxClosur is not known; maxClosure, maxPath, forbid can stand there/,
  );
  writeFileSync(file, '{ "hosts": { "vps-utraman": { "maxClosure": "1 GB" } } }');
  const stray = await command.closure(subject);
  assert.equal(stray.code, 0);
  assert.match(
    stray.stderr,
    /^nixos-vps: nixos-vps\.json: hosts\.vps-utraman is none of the flake's hosts \(.*vps-ultraman/,
  );
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { execa } from "execa";
import { measurementStore } from "../../core/src/closure/measuring/measurementStore.ts";
import { articleHost, registerHost, slimDown } from "./articleFlake.ts";
import { articleCommand, subject } from "./closureCommand.ts";

let command: Awaited<ReturnType<typeof articleCommand>>;

before(async () => {
  command = await articleCommand();
});
after(() => command.store.remove());

test("a host that is none, and what cannot be compared with", async () => {
  const unknown = await command.closure(".#vps-ultramen");
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(
    unknown.stderr,
    /^nixos-vps: unknown host "vps-ultramen"; did you mean "vps-ultraman"\? \(the hosts are [^\n]*\)\n$/,
  );
  const nothing = await command.closure(subject, "--diff", "nope");
  assert.deepEqual([nothing.code, nothing.stdout], [2, ""]);
  assert.match(
    nothing.stderr,
    /^nixos-vps: --diff "nope" is no file, store path, commit of the flake or host \(the hosts are [^\n]*\)\n$/,
  );
  const unbuilt = await command.closure(subject, "--diff", "mothra", "--format", "json");
  assert.deepEqual([unbuilt.code, unbuilt.stdout], [2, ""]);
  assert.match(unbuilt.stderr, /^nixos-vps: --diff mothra: \/\S+-nixos-system-mothra\S* is not in the store: /);
});

test("a saved file, another host, a store path, a commit and the last measurement can be compared with", async (t) => {
  const saved = join(command.store.directory, "before.json");
  const asReport = join(command.store.directory, "report.json");
  await command.report(subject, "--save", saved);
  writeFileSync(asReport, (await command.closure(subject, "--format", "json")).stdout);
  const { root } = await command.report(subject);
  await slimDown(command.store, command.flake);
  const unbuilt = await command.closure(subject);
  assert.equal(unbuilt.code, 2);
  assert.match(
    unbuilt.stderr,
    /nixos-system-vps-ultraman-24\.05 is not in the store: \d+ to build\. --build does that/,
  );

  await registerHost(command.store, command.flake);
  await execa("git", ["-C", command.flake, "branch", "fix#12", "HEAD~1"], { env: command.env });
  for (const before of [saved, asReport, root, "HEAD~1", "fix#12", "last"]) {
    await t.test(`--diff ${before.split("/").at(-1)}`, async () => {
      const { difference, totalBytes } = await command.report(subject, "--diff", before);
      assert.deepEqual([difference?.bytesBefore, difference?.bytesAfter, totalBytes], [7.6e9, 2.6e9, 2.6e9]);
    });
  }
  await registerHost(command.store, command.flake, "mothra");
  const { difference } = await command.report(subject, "--diff", "mothra");
  assert.equal(difference?.from, "mothra");
  const kept = measurementStore(join(command.store.directory, "nixos-vps/closures"));
  assert.deepEqual(
    [articleHost, "mothra"].map((host) =>
      kept
        .history(command.flake, host)
        .map(({ totalBytes }) => totalBytes / 1e9)
        .at(-1),
    ),
    [2.6, difference?.bytesBefore === undefined ? undefined : difference.bytesBefore / 1e9],
  );
  const { stdout } = await command.closure(subject, "--diff", "HEAD~1");
  assert.match(
    stdout,
    /Compared with HEAD~1 {2}-5 GB \(7\.6 GB to 2\.6 GB\), 17 fewer paths\n {3}-855 MB {2}- qt6 6\.7\.1\n/,
  );
});

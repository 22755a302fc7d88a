import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { readBootstrapOptions } from "../../../cli/src/bootstrap/bootstrapOptions.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { choiceArguments, requestArguments } from "../../../core/src/bootstrap/requestArguments.ts";

const directory = mkdtempSync(join(tmpdir(), "nv-args-"));
const folder = join(directory, "a folder=with #signs");
const file = join(directory, "-file");
mkdirSync(folder);
writeFileSync(file, "");
after(() => rmSync(directory, { recursive: true }));

const when = fc.constantFrom("auto", "always", "never");
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const id = fc.stringMatching(/^[a-z][a-z-]{0,20}$/);

test("a request that is put into words is read as the same request", () => {
  const request = fc.record<Omit<BootstrapRequest, "nixosAnywhere">>({
    version: fc.constant(1),
    reference: fc.constantFrom("web", "a.b", "höst").map((host) => ({ flake: folder, directory: folder, host })),
    target: fc.constantFrom("root@203.0.113.5", "web", "me@2001:db8::1"),
    ...{ port, installerPort: port, installedPort: port },
    sshConfig: fc.constantFrom(undefined, file),
    hostKey: fc.constantFrom(undefined, `SHA256:${"a".repeat(43)}`),
    kexec: fc.constantFrom(undefined, file, "https://example.org/kexec.tar.gz"),
    extraFiles: fc.constantFrom(undefined, folder),
    diskKeys: fc.array(fc.constant({ remote: "/tmp/disk.key", local: file }), { maxLength: 2 }),
    ...{ patch: when, overlay: when, swapFile: when },
    diskoDependencies: fc.boolean(),
    buildHost: fc.constantFrom(null, "builder", "me@198.51.100.7:2222", "me@[2001:db8::1]:22"),
    accept: fc.array(id, { maxLength: 3 }),
    initrdMiB: fc.integer({ min: 1, max: 100_000 }),
  });
  fc.assert(
    fc.property(request, (asked) => {
      const read = readBootstrapOptions(requestArguments(asked), "/elsewhere");
      assert.equal(read.action, "run");
      // What is undefined and what is left out are the same.
      const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
      assert.deepEqual(plain(read.action === "run" && read.request), plain(asked));
    }),
  );
});

test("choices that are made anew are read as such, others are left alone", () => {
  const args = [...choiceArguments({ patch: "always", diskoDependencies: false }), "--resume", "run"];
  const read = readBootstrapOptions(args, "/");
  assert.deepEqual(read.action === "resume" && read.changes, { patch: "always", diskoDependencies: false });
  const allowed = readBootstrapOptions(["--resume", "run", "--yes-wipe", "/dev/vda"], "/");
  assert.deepEqual(allowed.action === "resume" && [allowed.mode.yesWipe, allowed.changes], [["/dev/vda"], {}]);
});

test("a run that is taken up again can build elsewhere, or on this computer after all", () => {
  for (const buildHost of ["builder", null]) {
    const read = readBootstrapOptions([...choiceArguments({ buildHost }), "--resume", "run"], "/");
    assert.deepEqual(read.action === "resume" && read.changes, { buildHost });
  }
});

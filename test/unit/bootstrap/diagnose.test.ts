import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionLostBy, diagnose } from "../../../core/src/bootstrap/diagnose.ts";
import { failures } from "../../../core/src/bootstrap/failures.ts";
import { stepIds } from "../../../core/src/bootstrap/stepId.ts";

test("each failure is recognised by a line as the programs print it", () => {
  assert.ok(failures.length > 34);
  for (const failure of failures) {
    assert.match(failure.example, failure.pattern, failure.id);
    assert.equal(diagnose("install", ["### Installing NixOS ###", failure.example])?.failure.id, failure.id);
  }
});

test("ids are unique and every failure says what to do and where to go on", () => {
  assert.equal(new Set(failures.map((failure) => failure.id)).size, failures.length);
  for (const failure of failures) {
    assert.match(failure.cause, /\.$/);
    assert.match(failure.remedy, /\.$/);
    assert.ok(stepIds.includes(failure.resumeFrom));
  }
});

test("a specific cause wins over its consequences, and its first line is the evidence", () => {
  const lines = [
    "vda1: rw=0, sector=280512, nr_sectors = 8 limit=2048",
    "Bus error",
    "Connection to 127.0.0.1 closed by remote host.",
    "Kexec may have failed - check output above",
  ];
  const diagnosis = diagnose("disko", lines.toReversed());
  assert.equal(diagnosis?.failure.id, "sigbus");
  assert.equal(diagnosis.evidence, "Bus error");
  assert.equal(diagnose("disko", lines)?.evidence, lines[0]);
});

test("a cache that is not reached is no reason where anything else is", () => {
  const warning =
    "warning: unable to download 'https://cache.nixos.org/nix-cache-info': Couldn't resolve host name (6)";
  assert.equal(diagnose("install", [warning, "client_loop: send disconnect: Broken pipe"])?.failure.id, "copy-broken");
  assert.equal(
    connectionLostBy([warning, "Connection reset by 10.0.0.1 port 22"]),
    "Connection reset by 10.0.0.1 port 22",
  );
  assert.equal(connectionLostBy([warning, "error: writing to file: No space left on device"]), undefined);
  assert.equal(connectionLostBy([warning]), undefined);
});

test("a refused connection is normal while the machine restarts, unless there is nothing else", () => {
  const refused = "ssh: connect to host 10.0.0.1 port 22: Connection refused";
  assert.equal(diagnose("kexec", [refused, "kexec_load failed: Invalid argument"])?.failure.id, "image-too-large");
  assert.equal(diagnose("kexec", [refused])?.failure.id, "unreachable");
});

test("a build that fails says nothing of the target, whatever its output resembles", () => {
  const lines = ["ssh: connect to host builder port 22: Connection refused", "No space left on device"];
  assert.equal(diagnose("build", lines), undefined);
  assert.equal(diagnose("install", lines)?.failure.id, "no-space");
  assert.equal(diagnose("build", ["error: flake 'x' does not provide attribute 'y'"])?.failure.id, "local-build");
});

test("output that shows nothing known has no diagnosis", () => {
  assert.equal(diagnose("install", ["installation finished!"]), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionLostBy, diagnose, diagnoseBuildHost } from "../../../core/src/bootstrap/diagnose.ts";
import { failures } from "../../../core/src/bootstrap/failures.ts";
import { stepIds } from "../../../core/src/bootstrap/stepId.ts";

/** Those that are looked for only where another machine builds. */
const ofBuildHosts = ["build-host-without-nix", "build-host-unreachable", "unsigned-paths"];

test("each failure is recognised by a line as the programs print it", () => {
  assert.ok(failures.length > 34);
  for (const failure of failures) {
    assert.match(failure.example, failure.pattern, failure.id);
    const lines = ["### Installing NixOS ###", failure.example];
    const seen = ofBuildHosts.includes(failure.id) ? diagnoseBuildHost(lines) : diagnose("install", lines);
    assert.equal(seen?.failure.id, failure.id);
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

test("what stands in the way of a machine that builds, as ssh and the versions of Nix say it", () => {
  const seen = (...lines: readonly string[]): string | undefined => diagnoseBuildHost(lines)?.failure.id;
  for (const line of [
    "ssh: connect to host builder port 22: Connection refused",
    "ssh: Could not resolve hostname builder: Name or service not known",
    "me@builder: Permission denied (publickey,password).",
    "error: cannot open connection to remote store 'ssh-ng://builder': error: unexpected end-of-file",
    "error: failed to start SSH connection to 'builder'",
    "Connection to 198.51.100.7 closed by remote host.",
    "Timeout, server builder not responding.",
    "error: unexpected end-of-file",
    "error: Nix daemon disconnected unexpectedly (maybe it crashed?)",
    "error: writing to file: Broken pipe",
  ])
    assert.equal(seen(line), "build-host-unreachable", line);
  for (const shell of ["zsh:1: command not found: nix-daemon", "sh: 1: nix-daemon: not found"])
    assert.equal(seen(shell, "error: unexpected end-of-file"), "build-host-without-nix", shell);
  for (const reason of ["a valid signature", "a signature by a trusted key"])
    assert.equal(seen(`cannot add path '/nix/store/x' because it lacks ${reason}`), "unsigned-paths", reason);
  // What a package's own tests print is no reason.
  assert.equal(seen("openssh> ssh: connect to host localhost port 22: Connection refused"), undefined);
});

test("output that shows nothing known has no diagnosis", () => {
  assert.equal(diagnose("install", ["installation finished!"]), undefined);
});

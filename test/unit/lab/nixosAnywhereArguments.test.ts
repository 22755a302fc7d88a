import assert from "node:assert/strict";
import { test } from "node:test";
import { Aborted, parseArguments } from "../../lab/nixosAnywhere/parseArguments.ts";

const target = "root@192.0.2.1";

test("without options all phases run and everything is built here", () => {
  const given = parseArguments(["--flake", ".#host", target]);
  assert.deepEqual([...given.phases], ["kexec", "disko", "install", "reboot"]);
  assert.equal(given.configuration, '.#nixosConfigurations."host".config');
  assert.equal(given.diskoAttribute, "diskoScript");
  assert.equal(given.buildsRemotely, false);
  assert.equal(given.postKexecPort, "22");
  assert.equal(given.storeSettings, "compress=true");
  assert.deepEqual(given.nixCopyOptions, ["--substitute-on-destination"]);
  assert.equal(given.useCaches, true);
});

test("options of one and of two values", () => {
  const given = parseArguments([
    ...["-i", "key", "-p", "2222", "--ssh-option", "Compression=yes", "--post-kexec-ssh-port", "2222"],
    ...[
      "--phases",
      "disko,install",
      "--disko-mode",
      "mount",
      "--no-disko-deps",
      "--flake",
      "path#nixosConfigurations.a.config",
    ],
    ...["--chown", "/home/a", "1000:100", "--disk-encryption-keys", "/tmp/secret", "secret"],
    ...["--ssh-store-setting", "max-connections", "2", "--option", "cores", "1", "--target-host", target],
  ]);
  assert.deepEqual(given.sshArgs, ["-p", "2222", "-o", "Compression=yes"]);
  assert.equal(given.identityFile, "key");
  assert.equal(given.target, target);
  assert.deepEqual([...given.phases], ["disko", "install"]);
  assert.equal(given.diskoAttribute, "mountScriptNoDeps");
  assert.equal(given.configuration, "path#nixosConfigurations.a.config");
  assert.deepEqual(given.ownership, [["/home/a", "1000:100"]]);
  assert.deepEqual(given.diskKeys, [["/tmp/secret", "secret"]]);
  assert.equal(given.storeSettings, "compress=true&max-connections=2");
  assert.deepEqual(given.nixOptions.slice(-3), ["--option", "cores", "1"]);
});

test("store paths take the place of a flake, and of its caches", () => {
  const given = parseArguments(["-s", "/nix/store/a-disko", "/nix/store/b-system", target]);
  assert.deepEqual(given.storePaths, { disko: "/nix/store/a-disko", system: "/nix/store/b-system" });
  assert.equal(given.configuration, undefined);
  assert.equal(given.useCaches, false);
});

test("--force-kexec takes the next argument with it, as nixos-anywhere's does", () => {
  const given = parseArguments(["--force-kexec", "--copy-host-keys", "--flake", ".#host", target]);
  assert.equal(given.forceKexec, true);
  assert.equal(given.copyHostKeys, false);
});

for (const [args, message] of [
  [["--flake", ".#host"], "ssh-host must be set"],
  [[target], "--flake or --store-paths must be set"],
  [["--phases", "kexec,format", "--flake", ".#host", target], "Unknown phase: format"],
  [
    ["--store-paths", "a", "b", "--disko-mode", "mount", target],
    "--disko-mode cannot be used if --store-paths is used",
  ],
  [["--flake", ".#host", "--vm-test", target], "the stand-in does not know --vm-test"],
  [["--flake", ".#host", target, "another"], "the stand-in does not know another"],
  [["--flake", ".", target], ". does not say which configuration: append #HOST"],
  [[target, "--flake"], "--flake needs 1 more argument"],
] as const) {
  test(`${args.join(" ")}: ${message}`, () => {
    assert.throws(
      () => parseArguments(args),
      (error) => error instanceof Aborted && error.message === message,
    );
  });
}

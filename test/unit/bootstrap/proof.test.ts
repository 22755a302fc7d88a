import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  hostKeysScript,
  parseAuthorizedKeys,
  parsePorts,
  parseProof,
  parseUsers,
  proofAfterBootScript,
  proofBeforeRebootScript,
} from "../../../core/src/bootstrap/proofScript.ts";

const toplevel = "/nix/store/x-nixos-system-a'b";
for (const [name, script] of Object.entries({
  "before the reboot": proofBeforeRebootScript({ toplevel, disks: ["/dev/vda"], staticAddresses: ["203.0.113.5"] }),
  "before the reboot, with DHCP": proofBeforeRebootScript({ toplevel, disks: ["/dev/vda"], staticAddresses: [] }),
  "of host keys": hostKeysScript(toplevel),
  "after the boot": proofAfterBootScript(toplevel),
}))
  test(`the proof ${name} is valid shell`, () => {
    const { stderr, status } = spawnSync("sh", ["-n"], { input: script, encoding: "utf8" });
    assert.deepEqual([stderr, status], ["", 0]);
  });

test("what the proof prints", () => {
  const output = [
    "check\tprofile\tpassed\t/nix/store/x",
    "check\tlogin\tunsure\t",
    "user\troot",
    "port\t2222",
    "port\tabc",
    "key\tssh-ed25519 AAAAone me@home",
    'key\tno-pty,command="x" ssh-rsa AAAAtwo=',
    "ssh-rsa AAAAthree is no key that may log in",
  ].join("\n");
  assert.deepEqual(parseProof(output), [{ id: "profile", verdict: "passed", detail: "/nix/store/x" }]);
  assert.deepEqual(parseUsers(output), ["root"]);
  assert.deepEqual(parsePorts(output), [2222]);
  assert.deepEqual(parseAuthorizedKeys(output), ["AAAAone", "AAAAtwo="]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNixosAnywhereLine } from "../../../core/src/bootstrap/nixosAnywhereLines.ts";

const lines: readonly (readonly [string, object | undefined])[] = [
  ["### Uploading install SSH keys ###", { type: "step", title: "Uploading install SSH keys" }],
  ["### Formatting hard drive with disko ###\r", { type: "step", title: "Formatting hard drive with disko" }],
  ["### Done! ###", { type: "done" }],
  ["aborted: no cpio command found", { type: "aborted", message: "no cpio command found" }],
  ["machine will boot into nixos in 6s...", { type: "kexec-started" }],
  ["ssh: connect to host 192.0.2.1 port 22: Connection refused", { type: "waiting" }],
  ["installing the boot loader...", { type: "installing", what: "installing the boot loader" }],
  ["installation finished!", { type: "installing", what: "installation finished" }],
  ["#### not one ####", undefined],
  ["+ set -eux", undefined],
];
for (const [line, expected] of lines)
  test(`nixos-anywhere: ${line.trim()}`, () => assert.deepEqual(parseNixosAnywhereLine(line), expected));

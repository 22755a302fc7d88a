import assert from "node:assert/strict";
import { test } from "node:test";
import { diskoSecrets } from "../../../core/src/bootstrap/diskoSecrets.ts";

// As disko's lib/types/luks.nix and zfs_fs.nix write them.
const scripts: readonly (readonly [string, string, boolean, readonly string[]])[] = [
  ["no encryption", "mkfs.ext4 /dev/disk/by-partlabel/disk-main-root", false, []],
  [
    "a password that is asked for",
    'promptSecret() {\n  echo -n "$prompt"\n  IFS= read -r -s "${var?}"\n}\ncryptsetup -q luksFormat "/dev/vda2"  --key-file <(set +x; echo -n "$password"; set -x)',
    true,
    [],
  ],
  ["an older form of it", 'echo "Enter password for /dev/vda2"\nIFS= read -r -s password', true, []],
  [
    "passwordFile",
    'cryptsetup -q luksFormat "/dev/vda2"  --key-file <(set +x; echo -n "$(cat /tmp/disk.key)"; set -x) \\\n',
    false,
    ["/tmp/disk.key"],
  ],
  [
    "settings.keyFile and additional keys",
    'cryptsetup luksFormat "/dev/vda2" --key-file /tmp/a.key \\\ncryptsetup luksAddKey "/dev/vda2" /tmp/b.key --key-file /tmp/a.key',
    false,
    ["/tmp/a.key", "/tmp/b.key"],
  ],
  ["a key in the store or on a device", "--key-file /nix/store/x-key\n--key-file /dev/disk/by-id/usb-x", false, []],
  [
    "ZFS with a file, and a hook that changes it",
    'zfs create -up zroot/enc -o encryption=aes-256-gcm -o keylocation=file:///tmp/zfs.key\nzfs set keylocation="prompt" zroot/enc',
    false,
    ["/tmp/zfs.key"],
  ],
  ["ZFS that asks", "zpool create -f zroot -O keyformat=passphrase -O keylocation=prompt", true, []],
];
for (const [name, text, asksForPassphrase, keyFiles] of scripts)
  test(`the keys of a disko script: ${name}`, () =>
    assert.deepEqual(diskoSecrets(text), { asksForPassphrase, keyFiles }));

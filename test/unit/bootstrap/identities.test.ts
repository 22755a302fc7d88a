import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findIdentities } from "../../../core/src/bootstrap/identities.ts";
import { parsePrivateKey } from "../../../core/src/bootstrap/remote/parseKey.ts";

const passphrase = "tr0ub4dor & three";
/** What `ssh-keygen` can write, with its options. */
const formats = {
  "OpenSSH, ed25519": ["-t", "ed25519"],
  "OpenSSH, rsa": ["-t", "rsa", "-b", "2048"],
  "OpenSSH, aes256-gcm": ["-t", "ed25519", "-Z", "aes256-gcm@openssh.com"],
  "PEM, rsa": ["-t", "rsa", "-b", "2048", "-m", "PEM"],
  "PEM, ecdsa": ["-t", "ecdsa", "-m", "PEM"],
  "PKCS #8, rsa": ["-t", "rsa", "-b", "2048", "-m", "PKCS8"],
  "PKCS #8, ecdsa": ["-t", "ecdsa", "-m", "PKCS8"],
} as const;
let directory: string;

before(() => {
  directory = mkdtempSync(join(tmpdir(), "nixos-vps-identities-"));
});
after(() => rmSync(directory, { recursive: true }));

/** A new key; the path of its private half. */
function makeKey(name: string, options: readonly string[], secret = passphrase): string {
  const path = join(directory, name);
  execFileSync("ssh-keygen", ["-q", "-N", secret, "-f", path, ...options]);
  return path;
}

function blobOf(publicFile: string): Buffer {
  return Buffer.from(readFileSync(publicFile, "utf8").split(" ")[1] ?? "", "base64");
}

const find = (...identityFiles: string[]) =>
  findIdentities({ identityFiles, identitiesOnly: true, identityAgent: "none" });

for (const [format, options] of Object.entries(formats)) {
  test(`${format}: a key with a passphrase is told from one without, and opened by its passphrase alone`, () => {
    const locked = makeKey(`locked ${format.replace(/\W/g, "")}`, options);
    const plain = makeKey(`plain ${format.replace(/\W/g, "")}`, options, "");
    const found = find(locked, plain);
    assert.deepEqual(found.privateKeys, [readFileSync(plain, "utf8")]);
    const [key, ...others] = found.lockedKeys;
    assert.deepEqual([key?.file, key?.publicKey, others], [locked, blobOf(`${locked}.pub`), []]);
    assert.deepEqual(parsePrivateKey(key?.text ?? "", passphrase)?.getPublicSSH(), key?.publicKey);
    for (const wrong of [undefined, "", "wrong"]) assert.equal(parsePrivateKey(key?.text ?? "", wrong), undefined);
    assert.deepEqual(parsePrivateKey(readFileSync(plain, "utf8"))?.getPublicSSH(), blobOf(`${plain}.pub`));
  });
}

test("without the file beside it, the public half of a key with a passphrase is known in OpenSSH's format alone", () => {
  const files = [makeKey("bare-openssh", formats["OpenSSH, ed25519"]), makeKey("bare-pem", formats["PEM, rsa"])];
  const blobs = files.map((file) => {
    const blob = blobOf(`${file}.pub`);
    rmSync(`${file}.pub`);
    return blob;
  });
  assert.deepEqual(
    find(...files).lockedKeys.map(({ publicKey }) => publicKey),
    [blobs[0], undefined],
  );
});

test("a public file that belongs to another key does not hide which key it is", () => {
  const file = makeKey("mixed-up", formats["OpenSSH, ed25519"]);
  const own = blobOf(`${file}.pub`);
  renameSync(`${makeKey("other", formats["OpenSSH, ed25519"])}.pub`, `${file}.pub`);
  assert.deepEqual(find(file).lockedKeys[0]?.publicKey, own);
});

test("what is no key, not there, or can be opened by an agent alone, is passed over", () => {
  const unknown = makeKey("chacha", ["-t", "ed25519", "-Z", "chacha20-poly1305@openssh.com"]);
  writeFileSync(join(directory, "notes"), "ENCRYPTED thoughts\n");
  const found = find(unknown, `${unknown}.pub`, join(directory, "notes"), join(directory, "missing"));
  assert.deepEqual([found.privateKeys, found.lockedKeys], [[], []]);
});

import { createPrivateKey } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";

// It is no named export of a CommonJS module.
const { parseKey } = ssh2.utils;

/** Undefined when it is none, is of a kind that is not known, or is not opened by the passphrase. */
export function parsePrivateKey(text: string, passphrase?: string): ParsedKey | undefined {
  try {
    const key = isPkcs8(text) ? parseKey(fromPkcs8(text, passphrase)) : parseKey(text, passphrase);
    return key instanceof Error || !key.isPrivateKey() ? undefined : key;
  } catch {
    // Ciphers throw when they are not known, or the passphrase is wrong.
    return undefined;
  }
}

/** Undefined for a kind of key that is not known. */
export function parsePublicKey(blob: Buffer): ParsedKey | undefined {
  const key = parseKey(blob);
  return key instanceof Error ? undefined : key;
}

/** RFC 5958, which OpenSSH reads and ssh2 does not. */
function isPkcs8(text: string): boolean {
  return /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text);
}

/** The key as it was written before PKCS #8, without passphrase. Throws when it is not opened. */
function fromPkcs8(text: string, passphrase: string | undefined): string {
  const key = createPrivateKey({ key: text, format: "pem", ...(passphrase === undefined ? {} : { passphrase }) });
  const type = key.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  return String(key.export({ type, format: "pem" }));
}

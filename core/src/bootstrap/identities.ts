import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { SshTarget } from "./openSsh.ts";

/** What a user can show to log in with, as OpenSSH would choose it (ssh_config(5), IdentityFile, IdentitiesOnly, IdentityAgent). */
export interface Identities {
  /** Private keys that need no passphrase. */
  readonly privateKeys: readonly string[];
  readonly lockedKeys: readonly LockedKey[];
  /** Public keys (RFC 4253 encoding) of the identity files. */
  readonly publicKeys: readonly Buffer[];
  readonly agent:
    | {
        readonly socket: string;
        /** Whether no key may be tried but those of the identity files, which come first: sshd ends a login after some six keys. */
        readonly onlyPreferred: boolean;
      }
    | undefined;
}

/** A private key with a passphrase. */
export interface LockedKey {
  /** As OpenSSH's configuration names it: `~/.ssh/id_ed25519`. */
  readonly file: string;
  readonly text: string;
  /** RFC 4253 encoding. A PEM file does not show it; then it is known when there is a `.pub` beside it. */
  readonly publicKey: Buffer | undefined;
}

export function findIdentities(
  target: Pick<SshTarget, "identityFiles" | "identitiesOnly" | "identityAgent">,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Identities {
  const files = target.identityFiles.map(inHome);
  const socket = agentSocket(target.identityAgent, environment);
  return {
    privateKeys: files.flatMap((file) => plainPrivateKey(file) ?? []),
    lockedKeys: target.identityFiles.flatMap((file) => lockedKey(file) ?? []),
    publicKeys: files.flatMap((file) => publicKeyOf(file) ?? []),
    agent: socket === undefined ? undefined : { socket, onlyPreferred: target.identitiesOnly },
  };
}

/** `none`, a path, `SSH_AUTH_SOCK`, or the name of another variable after a dollar sign. */
function agentSocket(
  setting: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (setting === "none") return undefined;
  const fallback = environment["SSH_AUTH_SOCK"] || undefined;
  if (setting === undefined || setting === "SSH_AUTH_SOCK") return fallback;
  if (setting.startsWith("$")) return environment[setting.slice(1)] || undefined;
  return inHome(setting);
}

function inHome(file: string): string {
  return file.replace(/^~(?=\/)/, homedir());
}

function plainPrivateKey(file: string): string | undefined {
  const text = read(file);
  return text !== undefined && isPrivateKey(text) && cipherOf(text) === "none" ? text : undefined;
}

function lockedKey(file: string): LockedKey | undefined {
  const path = inHome(file);
  const text = read(path);
  if (text === undefined || !isPrivateKey(text)) return undefined;
  const cipher = cipherOf(text);
  if (cipher === "none" || cipher === unreadableCipher) return undefined;
  return { file, text, publicKey: openSshKey(text)?.publicKey ?? publicKeyOf(path) };
}

/** ssh2 has no way to open these: only an agent helps. */
const unreadableCipher = "chacha20-poly1305@openssh.com";

function isPrivateKey(text: string): boolean {
  return text.includes("PRIVATE KEY-----");
}

/** `none` for a key without passphrase. PEM says of itself that it is encrypted (RFC 1421, RFC 7468). */
function cipherOf(text: string): string {
  return openSshKey(text)?.cipher ?? (text.includes("ENCRYPTED") ? "pem" : "none");
}

/** The public half, from the file beside it, from the key itself, or from an identity file that is a public key. */
function publicKeyOf(file: string): Buffer | undefined {
  for (const text of [read(`${file}.pub`), read(file)]) {
    const base64 = /^(?:ssh|ecdsa|sk)-\S+ ([A-Za-z0-9+/=]+)/m.exec(text ?? "")?.[1];
    if (base64 !== undefined) return Buffer.from(base64, "base64");
    const key = text === undefined ? undefined : openSshKey(text);
    if (key) return key.publicKey;
  }
  return undefined;
}

/** Both stand in the clear at the beginning of an OpenSSH key, whether it is encrypted or not (openssh PROTOCOL.key). */
function openSshKey(text: string): { readonly cipher: string; readonly publicKey: Buffer } | undefined {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (base64 === undefined) return undefined;
  const blob = Buffer.from(base64.replace(/\s/g, ""), "base64");
  let at = "openssh-key-v1\0".length;
  const field = (): Buffer => {
    const length = at + 4 <= blob.length ? blob.readUInt32BE(at) : 0;
    const value = blob.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  const cipher = field().toString();
  field(); // The name of the key derivation,
  field(); // and its options.
  at += 4; // How many keys there are; it is always one.
  return { cipher, publicKey: field() };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

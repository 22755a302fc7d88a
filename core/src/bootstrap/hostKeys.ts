import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { runProcess } from "../process/runProcess.ts";
import type { SshTarget } from "./openSsh.ts";

/** A host key as SSH sends it: the type in front, then the key in RFC 4253 encoding. */
export interface HostKey {
  readonly type: string;
  readonly blob: Buffer;
}

/** Reads the type out of a key blob (RFC 4253, 6.6: a string with its length in front). */
export function hostKeyFromBlob(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  return { type: blob.subarray(4, 4 + length).toString("latin1"), blob };
}

/** The fingerprint as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: HostKey): string {
  return `SHA256:${createHash("sha256").update(key.blob).digest("base64").replace(/=+$/, "")}`;
}

/** The name that known_hosts has for a host and port (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
function knownHostsName({
  hostname,
  port,
  hostKeyAlias,
}: Pick<SshTarget, "hostname" | "port" | "hostKeyAlias">): string {
  if (hostKeyAlias) return hostKeyAlias;
  return port === 22 ? hostname : `[${hostname}]:${port}`;
}

/** A line of a known_hosts file. */
export function knownHostsLine(name: string, key: HostKey): string {
  return `${name} ${key.type} ${key.blob.toString("base64")}`;
}

/** What the known_hosts files of a target say of it; hashed names are looked up too, by `ssh-keygen -F`. */
export async function knownHostKeys(target: SshTarget): Promise<{ known: HostKey[]; revoked: HostKey[] }> {
  const name = knownHostsName(target);
  const files = [...target.userKnownHostsFiles, ...target.globalKnownHostsFiles].map((file) =>
    file.replace(/^~(?=\/)/, homedir()),
  );
  const found = await Promise.all(
    files.map(async (file) => {
      const { stdout } = await runProcess(["ssh-keygen", "-F", name, "-f", file], { timeoutMs: 10_000 });
      return parseKnownHosts(stdout);
    }),
  );
  const marked = (marker: string): HostKey[] =>
    found.flat().flatMap((entry) => (entry.marker === marker ? [entry.key] : []));
  return { known: marked(""), revoked: marked("@revoked") };
}

function parseKnownHosts(text: string): { marker: string; key: HostKey }[] {
  return text.split("\n").flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") ? (words.shift() ?? "") : "";
    const [name = "", type = "", base64 = ""] = words;
    return name === "" || name.startsWith("#") ? [] : [{ marker, key: { type, blob: Buffer.from(base64, "base64") } }];
  });
}

/** Whether a key is among others, byte for byte. */
export function isSameKey(key: HostKey, others: readonly HostKey[]): boolean {
  return others.some((other) => other.blob.equals(key.blob));
}

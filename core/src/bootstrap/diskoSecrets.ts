/** What a disko script needs to be told about encrypted disks. */
export interface DiskoSecrets {
  /** Whether it asks for a passphrase at a terminal, which there is none of. */
  readonly asksForPassphrase: boolean;
  /** Files that it reads keys from in the installer. */
  readonly keyFiles: readonly string[];
}

/** How disko reads a passphrase (lib/types/luks.nix, askPassword), and how a ZFS dataset is made that wants one (zfsprops(7)). */
const prompts = /\bread -r -s\b|-[oO] keylocation=["']?prompt\b/;

/** `--key-file`, the text of a `passwordFile`, an additional key, and ZFS's `keylocation`. */
const keyFiles = [
  /--key-file[= ]["']?(\/[^\s"'\\)]+)/g,
  /\$\(cat ["']?(\/[^\s"')]+)["']?\)/g,
  /\bluksAddKey \S+ (\/\S+)/g,
  /\bkeylocation=["']?file:\/\/(\/[^\s"'\\]+)/g,
];

/** Reads out of the text of a disko script how it gets its keys. Files of the store come along, and devices are there. */
export function diskoSecrets(text: string): DiskoSecrets {
  const found = keyFiles.flatMap((pattern) => [...text.matchAll(pattern)].flatMap(([, path]) => path ?? []));
  return {
    asksForPassphrase: prompts.test(text),
    keyFiles: [...new Set(found)].filter((path) => !/^\/(?:nix\/store|dev|proc|sys)\//.test(path)),
  };
}

/** A store path's name in parts, as `builtins.parseDrvName` splits it. */
export interface StorePathName {
  /** `openssl` */
  readonly name: string;
  /** `3.0.13`; empty when there is none. */
  readonly version: string;
  /** `bin` of `openssl-3.0.13-bin`; `out`, which is not written in names, is empty. */
  readonly output: string;
}

/** Outputs that packages of nixpkgs have beside `out` (doc/stdenv/multiple-output.chapter.md, and those of single packages). */
const outputs = new Set(
  "bin dev lib libgcc man doc info devdoc debug static data dist getent terminfo python py tools nc sdk modules zstd xz".split(
    " ",
  ),
);

/** `/nix/store/<hash>-<name>` without directory and hash. */
export function nameOfStorePath(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/^[0-9a-z]{32}-/, "");
}

/** Splits a path's name: the version begins after the first dash that no letter follows (Nix, src/libstore/names.cc). */
export function parseStorePath(path: string): StorePathName {
  const full = nameOfStorePath(path);
  const dash = full.search(/-[^A-Za-z]/);
  if (dash === -1) return { name: full, version: "", output: "" };
  const name = full.slice(0, dash);
  const version = full.slice(dash + 1);
  const last = version.lastIndexOf("-");
  const output = version.slice(last + 1);
  return last > 0 && outputs.has(output)
    ? { name, version: version.slice(0, last), output }
    : { name, version, output: "" };
}

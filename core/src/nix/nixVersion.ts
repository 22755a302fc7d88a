/** Which Nix answers, and how new its interface is. */
export interface NixVersion {
  readonly implementation: "cppnix" | "lix" | "determinate";
  /** Of the Nix that it is or is derived from. */
  readonly major: number;
  readonly minor: number;
  /** What `nix --version` printed. */
  readonly text: string;
}

/**
 * Reads what `nix --version` prints: `nix (Nix) 2.8.0`, `nix (Nix) 2.4pre20210908_3c56f62`, `nix (Lix, like Nix) 2.93.3`,
 * `nix (Determinate Nix 3.8.5) 2.30.2`. Undefined when it is none of them.
 */
export function parseNixVersion(output: string): NixVersion | undefined {
  const text = output.trim().split("\n").at(-1) ?? "";
  const [, maker, major, minor] = /^nix \(([^)]*)\) (\d+)\.(\d+)/.exec(text) ?? [];
  if (maker === undefined) return undefined;
  const implementation = /lix/i.test(maker) ? "lix" : /determinate/i.test(maker) ? "determinate" : "cppnix";
  return { implementation, major: Number(major), minor: Number(minor), text };
}

/** Flakes and the `nix` command as we use them came with 2.4. */
export function hasFlakes({ major, minor }: NixVersion): boolean {
  return major > 2 || (major === 2 && minor >= 4);
}

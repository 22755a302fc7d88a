import type { AddedBy } from "./measurement.ts";

/** `modules/hey.nix:12`; modules of other flakes without the hash of their copy in the store. */
export function describePlace({ file, line }: Pick<AddedBy, "file" | "line">): string {
  const short = file
    .replace(/^.*\/[0-9a-z]{32}-([^/]+)\/(?=nixos\/modules\/)/, "nixpkgs/")
    .replace(/^.*\/[0-9a-z]{32}-/, "");
  return line === undefined ? short : `${short}:${line}`;
}

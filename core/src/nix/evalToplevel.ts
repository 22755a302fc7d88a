import { type HostReference, hostAttribute } from "./flakeReference.ts";
import { type NixOptions, runNix } from "./runNix.ts";

/** The store path that a host's system has, or will have when it is built; nothing is built or written for it. Throws `NixFailed`. */
export async function evalToplevel(reference: HostReference, options: NixOptions): Promise<string> {
  const attribute = hostAttribute(reference, "config.system.build.toplevel.outPath");
  return (
    await runNix(["eval", "--raw", "--no-write-lock-file", attribute], { ...options, evaluationOf: reference })
  ).trim();
}

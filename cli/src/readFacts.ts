import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FactsInvalid, parseFacts } from "../../core/src/bootstrap/parseFacts.ts";
import type { TargetFacts } from "../../core/src/bootstrap/targetFacts.ts";
import { systemError } from "../../core/src/systemError.ts";
import { CannotRun } from "./cannotRun.ts";

/** What `nixos-vps inspect` printed into a file; a relative path starts at `directory`. Throws `CannotRun`. */
export function readFacts(path: string, directory: string): TargetFacts {
  try {
    return parseFacts(readFileSync(resolve(directory, path), "utf8"));
  } catch (error) {
    if (error instanceof FactsInvalid) throw new CannotRun(`${path} holds no facts of a target: ${error.message}`);
    throw new CannotRun(`cannot read ${path}: ${systemError(error)}`);
  }
}

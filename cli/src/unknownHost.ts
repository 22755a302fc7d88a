import { CannotRun } from "./cannotRun.ts";
import { suggestion } from "./suggestion.ts";

/** `the hosts are web, mail`; what is known was read from the modules. */
export function listHosts(known: readonly string[]): string {
  if (known.length === 0) return "no hosts were found without evaluation";
  return known.length === 1 ? `the only host is ${known[0]}` : `the hosts are ${known.join(", ")}`;
}

/** That a flake has no host of a name. */
export function unknownHost(host: string, known: readonly string[]): CannotRun {
  return new CannotRun(`unknown host "${host}"${suggestion(host, known)} (${listHosts(known)})`);
}

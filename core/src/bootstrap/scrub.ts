import type { RunEventBody } from "./events.ts";
import type { BootstrapRequest } from "./request.ts";
import { readIfThere } from "./runDirectory.ts";

/** Shorter words stand in ordinary text. */
const shortestSecret = 4;

/** What no event may hold: the password, and the keys of encrypted disks, by the line where they are text. */
export function secretsOf({ diskKeys }: Pick<BootstrapRequest, "diskKeys">, password: string | undefined): string[] {
  const keys = diskKeys.flatMap(({ local }) => readIfThere(local)?.split(/\r?\n/) ?? []);
  return [password ?? "", ...keys].filter((secret) => secret.length >= shortestSecret);
}

/** Replaces secrets wherever they stand in an event. */
export function scrub(body: RunEventBody, secrets: readonly string[]): RunEventBody {
  let text = JSON.stringify(body);
  const escaped = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  if (!escaped.some((secret) => text.includes(secret))) return body;
  for (const secret of escaped) text = text.replaceAll(secret, "[secret]");
  return JSON.parse(text) as RunEventBody;
}

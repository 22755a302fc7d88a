import type { RunEventBody } from "./events.ts";

/** Replaces secrets wherever they stand in an event. */
export function scrub(body: RunEventBody, secrets: readonly (string | undefined)[]): RunEventBody {
  let text = JSON.stringify(body);
  if (!secrets.some((secret) => secret !== undefined && text.includes(JSON.stringify(secret).slice(1, -1))))
    return body;
  for (const secret of secrets)
    if (secret !== undefined) text = text.replaceAll(JSON.stringify(secret).slice(1, -1), "[secret]");
  return JSON.parse(text) as RunEventBody;
}

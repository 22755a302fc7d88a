/** A record of Nix's structured log, a line `@nix {…}` of `--log-format internal-json`; undefined when it is torn. */
export function parseRecord(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.replace(/^@nix /, ""));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The message of such a line; undefined for all that only counts. */
export function messageOfRecord(line: string): string | undefined {
  const record = parseRecord(line);
  if (record?.["action"] !== "msg" || typeof record["msg"] !== "string") return undefined;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Nix colours its messages, also in the structured log.
  return record["msg"].replace(/\x1b\[[0-9;]*m/g, "").trim() || undefined;
}

import { getSystemErrorMap } from "node:util";

/** What an operating system error says, in words: `permission denied` for EACCES; other errors give their message. */
export function systemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? error.message;
}

import { getSystemErrorMap } from "node:util";

/** Whether an error is the operating system's. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && getSystemErrorMap().has((error as NodeJS.ErrnoException).errno ?? 0);
}

/** What an operating system error says, in words: `permission denied` for EACCES; other errors give their message. */
export function systemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? error.message;
}

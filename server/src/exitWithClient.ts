const checkIntervalMs = 500;

/**
 * Ends this process soon after its client is gone, however that died. vscode-languageserver itself looks every three seconds and,
 * over IPC, does not hear the channel close.
 */
export function exitWithClient(clientProcessId: number | null): void {
  process.once("disconnect", () => process.exit(1));
  // A client in another process namespace is never visible by its id.
  if (clientProcessId === null || !isAlive(clientProcessId)) return;
  setInterval(() => {
    if (!isAlive(clientProcessId)) process.exit(1);
  }, checkIntervalMs).unref();
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

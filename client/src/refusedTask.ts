import { CustomExecution, EventEmitter } from "vscode";

/** Ends at once as a program that failed, with the reason in the task's terminal. */
export function refusedTask(reason: string): CustomExecution {
  return new CustomExecution(async () => {
    const written = new EventEmitter<string>();
    const closed = new EventEmitter<number>();
    return {
      onDidWrite: written.event,
      onDidClose: closed.event,
      open() {
        written.fire(`nixos-vps: ${reason}\r\n`);
        closed.fire(2);
      },
      close: () => undefined,
    };
  });
}

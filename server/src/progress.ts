import type { Connection } from "vscode-languageserver/node";

/** Runs a task under a cancellable work-done progress of the client; `report` takes parts done and in all. */
export type RunWithProgress = <T>(
  title: string,
  signal: AbortSignal,
  task: (report: (done: number, total: number) => void, signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** Progress is a courtesy: the task neither waits for the client's consent nor fails when that is refused. */
export function createProgress(connection: Connection, supported: boolean): RunWithProgress {
  if (!supported) return (_title, signal, task) => task(() => {}, signal);
  return async (title, signal, task) => {
    const cancelled = new AbortController();
    let finished = false;
    let shownPercentage = 0;
    let report = (_done: number, _total: number): void => {};
    let end = (): void => {};
    connection.window.createWorkDoneProgress().then(
      (progress) => {
        if (finished) return progress.done();
        progress.token.onCancellationRequested(() => cancelled.abort());
        progress.begin(title, 0, undefined, true);
        report = (done, total) => {
          const percentage = total === 0 ? 100 : Math.floor((100 * done) / total);
          if (percentage === shownPercentage) return;
          shownPercentage = percentage;
          progress.report(percentage, `${done} of ${total} files`);
        };
        end = () => progress.done();
      },
      (error: unknown) => connection.console.info(`The client shows no progress: ${String(error)}`),
    );
    try {
      return await task((done, total) => report(done, total), AbortSignal.any([signal, cancelled.signal]));
    } finally {
      finished = true;
      end();
    }
  };
}

import { type CancellationToken, LSPErrorCodes, ResponseError } from "vscode-languageserver/node";

/** Settles like the promise, or rejects with the error that answers a cancelled request as soon as it is cancelled. */
export function untilCancelled<T>(promise: Promise<T>, token: CancellationToken): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled."));
    if (token.isCancellationRequested) return cancel();
    const listening = token.onCancellationRequested(cancel);
    promise.then(resolve, reject).finally(() => listening.dispose());
  });
}

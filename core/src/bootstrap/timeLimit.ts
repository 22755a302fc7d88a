/** A limit of time that can stand still. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  pause(): void;
  resume(): void;
  end(): void;
}

/** Aborts its signal with a reason once the time is over in which it was not paused. */
export function createTimeLimit(milliseconds: number, reason: () => Error): TimeLimit {
  const controller = new AbortController();
  let left = milliseconds;
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  const pause = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    left -= Date.now() - since;
  };
  const resume = (): void => {
    if (timer !== undefined) return;
    since = Date.now();
    timer = setTimeout(() => controller.abort(reason()), Math.max(0, left));
  };
  resume();
  return { signal: controller.signal, pause, resume, end: pause };
}

/** A function that runs the task once it has not been called for a while; never two runs at a time. */
export function debounce(delayMs: number, task: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  const schedule = (): void => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (isRunning) return schedule();
      isRunning = true;
      try {
        await task();
      } finally {
        isRunning = false;
      }
    }, delayMs);
  };
  return schedule;
}

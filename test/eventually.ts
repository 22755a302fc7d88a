const intervalMs = 50;

/** Repeats `attempt` until it does not throw and returns its result; rejects with its last error after `timeoutMs`. */
export async function eventually<Result>(attempt: () => Result | Promise<Result>, timeoutMs = 30_000): Promise<Result> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

/** Something that was waited for did not come in time. */
export class TimedOut extends Error {}

/**
 * Asks again and again until the answer is not undefined.
 *
 * @param what names what is waited for in the error
 * @throws TimedOut
 */
export async function until<Result>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<Result | undefined>,
  intervalMs = 100,
): Promise<Result> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new TimedOut(`Waited ${Math.round(timeoutMs / 1000)} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

const maxRestarts = 4;
const windowMs = 3 * 60 * 1000;

/** Asked after each crash of the server; answers whether to start it again. Five crashes within three minutes are too many to hide. */
export function createRestartPolicy(now: () => number = Date.now): () => "restart" | "giveUp" {
  let crashes: number[] = [];
  return () => {
    const time = now();
    crashes = [...crashes.filter((crash) => time - crash < windowMs), time];
    return crashes.length <= maxRestarts ? "restart" : "giveUp";
  };
}

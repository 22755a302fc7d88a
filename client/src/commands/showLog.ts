import type { Context } from "../context.ts";

export function showLog({ log }: Context): void {
  log.show();
}

import type { Context } from "../context.ts";

export async function restartServer({ server }: Context): Promise<void> {
  await server.start();
}

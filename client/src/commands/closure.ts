import type { Context } from "../context.ts";
import { hostOf } from "./bootstrap.ts";

/** Weighs a host; the argument, of a lens or a view, names it. */
export async function measureClosure({ closure }: Context, argument?: unknown): Promise<void> {
  await closure.measure(hostOf(argument));
}

/** Shows what is heavy in a host, after weighing it when it never was. */
export async function analyzeClosure({ closure }: Context, argument?: unknown): Promise<void> {
  await closure.analyze(hostOf(argument));
}

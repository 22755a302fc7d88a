import { spawnSync } from "node:child_process";

/** How long a test waits for anything, also on a machine that is busy; a hang becomes a failure that says what did not come. */
const patienceMs = 120_000;
const pollMs = 25;

/** Polls until there is something. */
export async function until<Found>(
  what: string,
  look: () => Found | Promise<Found>,
): Promise<Exclude<Found, false | undefined>> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<Found, false | undefined>;
    if (Date.now() > end) throw new Error(`no ${what} within ${patienceMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** What a promise resolves to, when it does so in time. */
export async function within<Value>(what: string, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${patienceMs / 1000} s`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Called {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, which has to come. */
export function call(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Called {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...options,
    encoding: "utf8",
    timeout: patienceMs,
    killSignal: "SIGKILL",
  });
  if (error) throw new Error(`${[program, ...args].join(" ")}: ${error.message}\n${stdout}\n${stderr}`);
  return { code: status, stdout, stderr };
}

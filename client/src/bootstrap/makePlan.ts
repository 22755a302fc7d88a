import { type LogOutputChannel, ProgressLocation, window } from "vscode";
import { isPlan } from "../../../core/src/bootstrap/isRunEvent.ts";
import type { BootstrapPlan } from "../../../core/src/bootstrap/plan.ts";
import { type PlanProblem, parsePlanProblem } from "../../../core/src/bootstrap/planProblem.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { requestArguments } from "../../../core/src/bootstrap/requestArguments.ts";
import type { PlannedBootstrap } from "../bootstrapPanel/panelActions.ts";
import { complaintOf, type NixosVpsCommand } from "../nixosVpsCommand.ts";
import { confirmHostKey } from "./confirmHostKey.ts";
import type { LoginPasswords } from "./loginPasswords.ts";

type Request = Omit<BootstrapRequest, "nixosAnywhere">;

export interface PlanTools {
  readonly command: NixosVpsCommand;
  readonly passwords: LoginPasswords;
  readonly log: LogOutputChannel;
}

/** Evaluating a flake for the first time fetches its inputs. */
const timeoutMs = 15 * 60_000;

/**
 * Looks at the target and the flake, with a notification that can be cancelled. What has to be known for that is asked: whether a
 * host key that nobody knows is the right one, and a password where no key is accepted. Undefined when it was left. Throws an error
 * whose message is for the person who asked.
 */
export async function makePlan(tools: PlanTools, asked: Request): Promise<PlannedBootstrap | undefined> {
  let request = asked;
  let wasRefused = false;
  for (;;) {
    const made = await withProgress(request, (signal) => plan(tools, request, signal));
    if (made === undefined) return undefined;
    if ("version" in made) {
      void tools.passwords.offerToKeep(loginOf(request));
      return { request, plan: made };
    }
    if (made.id === "host-key-unknown") {
      if (!(await confirmHostKey(request.target, `${made.keyType} ${made.fingerprint}`))) return undefined;
      request = { ...request, hostKey: made.fingerprint };
    } else {
      const login = loginOf(request);
      await tools.passwords.forget(login);
      if ((await tools.passwords.ask(login, wasRefused)) === undefined) return undefined;
      wasRefused = true;
    }
  }
}

/** Plans once, without asking anything. Rejects with the signal's reason. */
export async function plan(
  { command, passwords }: PlanTools,
  request: Request,
  signal: AbortSignal,
): Promise<BootstrapPlan | PlanProblem> {
  const args = ["bootstrap", "--plan", "--format", "json", ...requestArguments(request)];
  const env = await passwordEnvironment(passwords, request);
  const result = await command.run(args, { timeoutMs, signal, env });
  const printed = parseJson(result.stdout);
  const problem = parsePlanProblem(printed);
  if (problem) return problem;
  if (!isPlan(printed)) throw new Error(complaintOf(result));
  return printed as BootstrapPlan;
}

/** The variable that a password is handed over in; none when there is none. */
export async function passwordEnvironment(
  passwords: LoginPasswords,
  request: Pick<Request, "target" | "port">,
): Promise<Record<string, string>> {
  const password = await passwords.find(loginOf(request));
  return password === undefined ? {} : { SSHPASS: password };
}

/** Tells logins apart. */
export function loginOf({ target, port }: Pick<Request, "target" | "port">): string {
  return port === undefined ? target : `${target} port ${port}`;
}

async function withProgress<Result>(
  { reference, target }: Request,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const title = `NixOS VPS: looking at ${target} and planning for ${reference.host}`;
  return window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (_progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort(new Error("cancelled")));
      try {
        return await work(controller.signal);
      } catch (error) {
        if (token.isCancellationRequested) return undefined;
        throw error;
      }
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

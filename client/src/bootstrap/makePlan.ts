import { type LogOutputChannel, ProgressLocation, window } from "vscode";
import { isPlan } from "../../../core/src/bootstrap/isRunEvent.ts";
import { loginEnvironment } from "../../../core/src/bootstrap/loginSecrets.ts";
import type { BootstrapPlan } from "../../../core/src/bootstrap/plan.ts";
import { type PlanProblem, parsePlanProblem } from "../../../core/src/bootstrap/planProblem.ts";
import type { BootstrapRequest } from "../../../core/src/bootstrap/request.ts";
import { requestArguments } from "../../../core/src/bootstrap/requestArguments.ts";
import type { PlannedBootstrap } from "../bootstrapPanel/panelActions.ts";
import { complaintOf } from "../complaintOf.ts";
import type { NixosVpsCommand } from "../nixosVpsCommand.ts";
import { secretQuestions } from "./askForSecret.ts";
import { confirmHostKey } from "./confirmHostKey.ts";
import type { KnownSecrets } from "./loginSecrets.ts";

type Request = Omit<BootstrapRequest, "nixosAnywhere">;

export interface PlanTools {
  readonly command: NixosVpsCommand;
  readonly secrets: KnownSecrets;
  readonly log: LogOutputChannel;
}

/** Evaluating a flake for the first time fetches its inputs. */
const timeoutMs = 15 * 60_000;

/**
 * Looks at the target and the flake, with a notification that can be cancelled. What has to be known for that is asked: whether a
 * host key that nobody knows is the right one, and the passphrase or password that a login wants. Undefined when it was left, or the
 * signal says so. Throws an error whose message is for the person who asked.
 */
export async function makePlan(
  tools: PlanTools,
  asked: Request,
  left?: AbortSignal,
): Promise<PlannedBootstrap | undefined> {
  let request = asked;
  const giveSecret = secretQuestions(tools.secrets, loginOf(asked));
  for (;;) {
    const made = await withProgress(request, left, (signal) => plan(tools, request, signal));
    if (made === undefined) return undefined;
    if ("version" in made) {
      void tools.secrets.offerToKeep(loginOf(request));
      return { request, plan: made };
    }
    if (made.id === "host-key-unknown") {
      if (!(await confirmHostKey(request.target, `${made.keyType} ${made.fingerprint}`))) return undefined;
      request = { ...request, hostKey: made.fingerprint };
    } else {
      const wants = made.id === "key-passphrase" ? { ...made, kind: "passphrase" as const } : wantsPassword;
      if (!(await giveSecret(wants))) return undefined;
    }
  }
}

const wantsPassword = { kind: "password", isWrong: false } as const;

/** Plans once, without asking anything. Rejects with the signal's reason. */
export async function plan(
  { command, secrets }: PlanTools,
  request: Request,
  signal: AbortSignal,
): Promise<BootstrapPlan | PlanProblem> {
  const args = ["bootstrap", "--plan", "--format", "json", ...requestArguments(request)];
  const env = loginEnvironment(await secrets.find(loginOf(request)));
  const result = await command.run(args, { timeoutMs, signal, env });
  const printed = parseJson(result.stdout);
  const problem = parsePlanProblem(printed);
  if (problem) return problem;
  if (!isPlan(printed)) throw new Error(complaintOf(result));
  return printed as BootstrapPlan;
}

/** Tells logins apart. */
export function loginOf({ target, port }: Pick<Request, "target" | "port">): string {
  return port === undefined ? target : `${target} port ${port}`;
}

async function withProgress<Result>(
  { reference, target }: Request,
  left: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | undefined> {
  const title = `NixOS VPS: looking at ${target} and planning for ${reference.host}`;
  return window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (_progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort(new Error("cancelled")));
      const signal = left ? AbortSignal.any([left, controller.signal]) : controller.signal;
      try {
        return await work(signal);
      } catch (error) {
        if (signal.aborted) return undefined;
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

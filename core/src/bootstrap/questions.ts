import { randomBytes } from "node:crypto";
import type { Question } from "./events.ts";
import { StepFailed } from "./step.ts";

/** Questions of a run to a person; one is open at a time. */
export interface Questions {
  /** Resolves when it was answered with what it expects; rejects with the signal's reason. */
  ask(question: Omit<Question, "id">, signal: AbortSignal): Promise<void>;
  /** Takes an answer from whoever gives it; false when the question is not open or expects something else. */
  answer(id: string, value: string): boolean;
}

export interface QuestionOptions {
  /** Whether anybody sees the questions. */
  readonly isAnswerable: boolean;
  readonly onAsked: (question: Question) => void;
  readonly onAnswered: (question: Question) => void;
}

export function createQuestions({ isAnswerable, onAsked, onAnswered }: QuestionOptions): Questions {
  let open: { readonly question: Question; readonly accept: () => void } | undefined;
  return {
    async ask(asked, signal) {
      if (!isAnswerable) throw new StepFailed(`${asked.text} Nobody can answer here: ${insteadOf[asked.kind]}`);
      // Each has an id of its own: an answer to a question of before is none to this one.
      const question = { ...asked, id: `${asked.kind}-${randomBytes(8).toString("hex")}` };
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => reject(signal.reason);
        signal.addEventListener("abort", abort, { once: true });
        open = {
          question,
          accept() {
            signal.removeEventListener("abort", abort);
            open = undefined;
            resolve();
          },
        };
        onAsked(question);
      });
      onAnswered(question);
    },
    answer(id, value) {
      if (open?.question.id !== id || open.question.expects !== value.trim()) return false;
      open.accept();
      return true;
    },
  };
}

const insteadOf = {
  "confirm-host-key": "add the key to known_hosts, or give its fingerprint with --host-key.",
  "confirm-wipe": "run it on a terminal, or allow it with --yes-wipe DISK.",
} as const;

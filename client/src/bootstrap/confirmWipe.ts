import { window } from "vscode";
import { describeWipe } from "../../../core/src/bootstrap/describeWipe.ts";
import type { Question } from "../../../core/src/bootstrap/events.ts";

/** Shows what is about to be lost, as the target shows it now, and has the host's name typed. Undefined when that was left. */
export async function confirmWipe(question: Question, host: string, target: string): Promise<string | undefined> {
  const { message, detail } = describeWipe(question, host, target);
  const goOn = "Type the Host's Name...";
  const choice = await window.showWarningMessage(message, { modal: true, detail }, goOn);
  if (choice !== goOn) return undefined;
  return window.showInputBox({
    title: message,
    prompt: `Type ${question.expects} to wipe it.`,
    ignoreFocusOut: true,
    validateInput: (typed) =>
      typed.trim() === question.expects ? undefined : `Type the name of the host: ${question.expects}`,
  });
}

import { type Disposable, type QuickInputButton, QuickInputButtons, type QuickPickItem, window } from "vscode";

/** What a step of an input with several steps came to: an answer, the wish to go one step back, or none. */
export type StepResult<Answer> = { readonly answer: Answer } | "back" | undefined;

export interface StepPlace {
  readonly title: string;
  /** Left out, like the number of all, where it is the only one. */
  readonly step?: number;
  readonly totalSteps?: number;
}

export interface PickStep<Item extends QuickPickItem> extends StepPlace {
  readonly placeholder: string;
  readonly items: readonly Item[];
  /** Items that follow from what is typed; they come first. */
  readonly itemsFor?: (typed: string) => readonly Item[];
  /** Items once more is known of them. */
  readonly laterItems?: Promise<readonly Item[]>;
  /** What is typed already. */
  readonly value?: string | undefined;
  /** The item to begin at; the first one otherwise. */
  readonly isActive?: (item: Item) => boolean;
  /** Whether an item can be chosen; one that says what is wrong cannot. */
  readonly isChoice?: (item: Item) => boolean;
}

/** Lets one item be picked; with a back button from the second step on. */
export function pickStep<Item extends QuickPickItem>(options: PickStep<Item>): Promise<StepResult<Item>> {
  const { title, step = 0, totalSteps = 0, placeholder, itemsFor, laterItems, isChoice = () => true } = options;
  const input = window.createQuickPick<Item>();
  let { items } = options;
  const show = (): void => {
    const active = input.activeItems[0]?.label;
    input.items = [...(itemsFor?.(input.value) ?? []), ...items];
    const same = input.items.find(({ label }) => label === active);
    if (same && input.value === "") input.activeItems = [same];
  };
  Object.assign(input, { title, step, totalSteps, placeholder, matchOnDescription: true, ignoreFocusOut: true });
  input.value = options.value ?? "";
  show();
  const active = input.items.find((item) => options.isActive?.(item));
  if (active) input.activeItems = [active];
  void laterItems?.then((later) => {
    items = later;
    show();
  });
  return settle<Item>(input, step, (resolve) => [
    input.onDidChangeValue(() => {
      if (itemsFor) show();
    }),
    input.onDidAccept(() => {
      const [item] = input.selectedItems;
      if (item && isChoice(item)) resolve({ answer: item });
    }),
  ]);
}

export interface TextStep extends StepPlace {
  readonly prompt: string;
  readonly value: string;
  readonly placeholder?: string;
  /** What is wrong with what is typed; undefined when nothing is. */
  readonly validate: (typed: string) => string | undefined;
}

/** Lets a text be typed that is checked with each key. */
export function textStep(options: TextStep): Promise<StepResult<string>> {
  const { title, step = 0, totalSteps = 0, prompt, value, placeholder, validate } = options;
  const input = window.createInputBox();
  Object.assign(input, { title, step, totalSteps, prompt, value, placeholder, ignoreFocusOut: true });
  const check = (): boolean => {
    const problem = validate(input.value);
    input.validationMessage = problem;
    return problem === undefined;
  };
  return settle<string>(input, step, (resolve) => [
    input.onDidChangeValue(check),
    input.onDidAccept(() => {
      if (check()) resolve({ answer: input.value.trim() });
    }),
  ]);
}

/** Shows an input until one of its listeners has an answer, the back button is pressed, or it is hidden. */
function settle<Answer>(
  input: Disposable & {
    buttons: readonly QuickInputButton[];
    show(): void;
    onDidTriggerButton(listener: (button: QuickInputButton) => void): Disposable;
    onDidHide(listener: () => void): Disposable;
  },
  step: number,
  listen: (resolve: (result: StepResult<Answer>) => void) => readonly Disposable[],
): Promise<StepResult<Answer>> {
  return new Promise<StepResult<Answer>>((resolve) => {
    if (step > 1) input.buttons = [QuickInputButtons.Back];
    const listeners = [
      ...listen(done),
      input.onDidTriggerButton((button) => {
        if (button === QuickInputButtons.Back) done("back");
      }),
      input.onDidHide(() => done(undefined)),
    ];
    function done(result: StepResult<Answer>): void {
      resolve(result);
      for (const listener of listeners) listener.dispose();
      input.dispose();
    }
    input.show();
  });
}

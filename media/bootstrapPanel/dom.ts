import { button as plainButton } from "../element.ts";

/** A button that is not the main one of its place unless its class says so. */
export function button(
  label: string,
  onPress: () => void,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
): HTMLButtonElement {
  return plainButton(label, { class: "secondary", ...attributes }, onPress);
}

/** Sets the text of an element when it changed, so that nothing is announced or selected anew without need. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** By place, the key of what had the focus there and could not take it back: a choice cannot while its plan is on its way. */
const keysToFocus = new WeakMap<Element, string>();

/**
 * Replaces what is in an element. What has the focus keeps it when its counterpart, the element with the same `data-key`, is there
 * again; where that is disabled, it gets it when it no longer is, unless something else was given the focus meanwhile.
 */
export function replaceContent(target: Element, ...children: readonly (Node | string | undefined)[]): void {
  const { activeElement } = document;
  const isInside = target.contains(activeElement);
  const isNowhere = activeElement === null || activeElement === document.body;
  const key = isInside ? activeElement?.getAttribute("data-key") : isNowhere ? keysToFocus.get(target) : undefined;
  keysToFocus.delete(target);
  target.replaceChildren(...children.filter((child) => child !== undefined));
  if (key === undefined || key === null) return;
  const counterpart = target.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (counterpart?.matches(":disabled")) keysToFocus.set(target, key);
  else counterpart?.focus({ preventScroll: true });
}

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

/**
 * Replaces what is in an element. What has the focus keeps it when its counterpart, the element with the same `data-key`, is there
 * again.
 */
export function replaceContent(target: Element, ...children: readonly (Node | string | undefined)[]): void {
  const key = target.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : undefined;
  target.replaceChildren(...children.filter((child) => child !== undefined));
  if (key === undefined || key === null) return;
  target.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | boolean | undefined>>;

const svgNamespace = "http://www.w3.org/2000/svg";

/** An element; strings become text and never markup. A boolean attribute is there or not, as HTML has it. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const texts = Object.entries(attributes).map(([name, value]) => [name, String(value)] as const);
  return filled(document.createElementNS(svgNamespace, tag), Object.fromEntries(texts), children);
}

export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", class: "secondary", ...attributes }, label);
  made.addEventListener("click", onClick);
  return made;
}

/** Sets the text of an element when it changed, so that nothing is announced or selected anew without need. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Replaces what is in an element. What has the focus keeps it when its counterpart, the element with the same `data-key`, is there
 * again.
 */
export function replaceContent(target: Element, ...children: readonly Child[]): void {
  const key = target.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : undefined;
  target.replaceChildren(...children.filter((child) => child !== undefined));
  if (key === undefined || key === null) return;
  target.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

function filled<Made extends Element>(made: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

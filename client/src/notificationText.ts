/**
 * A text for `window.show…Message` and progress notifications, which turn `[words](command:…)` into a link that runs the command
 * (VS Code, src/vs/base/common/linkedText.ts). What a target, a flake or a program says must not become one.
 */
export function notificationText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f]/g, " ").replaceAll("](", "] (");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one (ECMA-48)
const escapeSequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Output of a program as text to look at: without colours and other escape sequences; of a line that was rewritten in place, what
 * stood there last; characters that control a terminal or turn the direction of writing are replaced by U+FFFD.
 */
export function plainText(output: string): string {
  const visible = output.replace(escapeSequence, "").replace(/\r+$/, "");
  return visible.slice(visible.lastIndexOf("\r") + 1).replace(control, "\ufffd");
}

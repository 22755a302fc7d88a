/** A message without the options of the command that it names for the terminal; the panel has buttons for them. */
export function withoutOptions(message: string): string {
  return message.replaceAll(/ \(--accept [\w-]+\)/g, "");
}

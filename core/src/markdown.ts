/** A table; `numbers` are the columns set to the right, counted from 1. Cells are Markdown. */
export function markdownTable(
  head: readonly string[],
  numbers: readonly number[],
  rows: readonly (readonly string[])[],
): string {
  const rule = head.map((_, index) => (numbers.includes(index + 1) ? "---:" : "---"));
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** A name as code: what is inside is shown as it is, in a table too. */
export function markdownCode(name: string): string {
  return `\`${name
    .replaceAll("`", "'")
    .replaceAll("|", "\\|")
    .replace(/[\r\n]+/g, " ")}\``;
}

/** Text as it is: nothing in it is Markdown or HTML. */
export function markdownText(name: string): string {
  return name.replace(/[\\`*_{}[\]<>#|&]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

/** Lines as they are, in a fence that none of them ends. */
export function markdownCodeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

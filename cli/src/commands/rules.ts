import { rules as registry } from "../../../core/src/rules/registry.ts";
import { ruleDocumentationUrl } from "../../../core/src/rules/ruleDocumentationUrl.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Command, CommandSpec } from "../command.ts";
import { exitCodes } from "../exitCodes.ts";
import { parseOptions } from "../parseOptions.ts";

const rulesCommand: CommandSpec = {
  name: "rules",
  arguments: "[OPTION...]",
  summary: "Lists the rules with their own severities.",
  options: [{ name: "format", value: "FORMAT", help: "Output: text (default) or json." }],
  notes: [],
  examples: [["nixos-vps rules", "List the rules:"]],
};

export const rules: Command = {
  ...rulesCommand,
  async run(argv, terminal) {
    const options = parseOptions(argv, rulesCommand);
    const [extra] = options.positionals;
    if (extra !== undefined) throw new CannotRun(`rules takes no argument, not "${extra}" (nixos-vps explain RULE)`);
    const format = options.value("format") ?? "text";
    if (format === "json") terminal.print(json());
    else if (format === "text") terminal.print(text());
    else throw new CannotRun(`unknown format "${format}": use text, json`);
    return exitCodes.clean;
  },
};

function text(): string {
  const width = Math.max(...registry.map(({ id }) => id.length));
  return registry.map(({ id, severity, title }) => `${id.padEnd(width)}  ${severity.padEnd(7)}  ${title}\n`).join("");
}

function json(): string {
  const rules = registry.map(({ id, severity, title, summary }) => {
    return { id, severity, title, summary, documentation: ruleDocumentationUrl(id) };
  });
  return `${JSON.stringify({ version: 1, rules }, undefined, 2)}\n`;
}

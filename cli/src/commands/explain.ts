import { rules } from "../../../core/src/rules/registry.ts";
import { ruleDocumentationUrl } from "../../../core/src/rules/ruleDocumentationUrl.ts";
import { CannotRun } from "../cannotRun.ts";
import type { Command, CommandSpec } from "../command.ts";
import { documentationPage } from "../documentation.ts";
import { exitCodes } from "../exitCodes.ts";
import { parseOptions } from "../parseOptions.ts";
import { unknownRule } from "../unknownRule.ts";

const explainCommand: CommandSpec = {
  name: "explain",
  arguments: "RULE",
  summary: "Prints the documentation of a rule.",
  options: [],
  notes: [],
  examples: [["nixos-vps explain persist-dir-shadows-etc", "Read about a rule that a check reported:"]],
};

export const explain: Command = {
  ...explainCommand,
  async run(argv, terminal) {
    const { positionals } = parseOptions(argv, explainCommand);
    const [id, ...rest] = positionals;
    if (id === undefined || rest.length > 0)
      throw new CannotRun("explain needs one rule id (nixos-vps rules lists them)");
    const rule = rules.find((each) => each.id === id);
    if (!rule)
      throw unknownRule(
        id,
        rules.map((each) => each.id),
      );
    const page = await documentationPage(id, terminal.bundleDirectory);
    terminal.print(page ?? `# ${rule.title}\n\n${rule.summary}\n\n${ruleDocumentationUrl(id)}\n`);
    return exitCodes.clean;
  },
};

import type { Configuration } from "../flake/configuration.ts";
import { deleteText, quoted } from "./edits.ts";
import type { Fix } from "./finding.ts";
import { persistenceStores } from "./persistence.ts";
import type { RuleContext } from "./rule.ts";
import type { Credential, User } from "./users.ts";

/** Ways to replace a password that is written down by a hash that is read from a file of the machine. */
export function passwordFileFixes(
  configuration: Configuration,
  { text }: RuleContext,
  user: User,
  { definition }: Credential,
): Fix[] {
  const { binding, name } = definition;
  const last = binding?.path.at(-1);
  if (!binding || last?.start !== name.start || last.end !== name.end || !user.isNameKnown) return [];
  const place = { file: name.file, start: binding.start, end: binding.end };
  if (user.credentials.some(({ option }) => option === "hashedPasswordFile"))
    return [
      {
        title: "Remove the password beside the password file",
        safe: false,
        edits: [deleteText(text(name.file), place)],
      },
    ];
  const [store] = persistenceStores(configuration);
  const file = quoted(`${store?.path ?? "/var/lib"}/passwords/${user.name}`);
  const newText = `hashedPasswordFile = ${file}`;
  return [
    {
      title: `Read the hash from ${file}, which mkpasswd writes`,
      safe: false,
      edits: [{ file: name.file, start: last.start, end: binding.value.end, newText }],
    },
  ];
}

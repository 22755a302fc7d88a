import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { testParser } from "../markedSources.ts";

const start = `{ config, lib, pkgs, ... }:
{
  environment.persistence."/persist".directories = [ "/etc/ssh" { directory = "/var/lib/nixos"; mode = "0755"; } ];
  users.users.root.initialPassword = "nixos"; # for the console
  environment.systemPackages = with pkgs; [ grim ] ++ lib.optionals config.x.enable [ wl-clipboard ];
}
`;

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const edits = fc.array(
  fc.record({
    at: fc.nat({ max: 400 }),
    remove: fc.nat({ max: 12 }),
    insert: fc.constantFrom(
      "",
      " ",
      "\n",
      '"',
      "''",
      "{",
      "}",
      "[",
      "]",
      ";",
      "=",
      ", }",
      "|> f",
      "# x\n",
      "/*",
      "${",
      "a.b = 1;",
      "é",
      "𝔫",
    ),
  }),
  { maxLength: 8 },
);

function apply(text: string, { at, remove, insert }: Edit): string {
  const start = Math.min(at, text.length);
  return text.slice(0, start) + insert + text.slice(start + remove);
}

test("any sequence of edits parsed incrementally reads the same as the final text parsed from scratch", async () => {
  const parser = await testParser();
  fc.assert(
    fc.property(edits, (sequence) => {
      let parsed = parser.parse(start);
      for (const edit of sequence) parsed = parser.reparse(parsed, apply(parsed.text, edit));
      const fresh = parser.parse(parsed.text);
      try {
        assert.deepEqual(parsed.expression, fresh.expression);
        assert.deepEqual(parsed.comments, fresh.comments);
      } finally {
        parsed.tree.delete();
        fresh.tree.delete();
      }
    }),
    { numRuns: 500 },
  );
});

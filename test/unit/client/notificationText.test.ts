import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { notificationText } from "../../../client/src/notificationText.ts";

/** What VS Code takes for a link in a notification. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

test("what a program says is no link that runs a command", () => {
  const text = "lost [Show what to do](command:workbench.action.terminal.sendSequence?x)";
  assert.match(text, link);
  assert.equal(notificationText(text), "lost [Show what to do] (command:workbench.action.terminal.sendSequence?x)");
});

test("no text becomes a link, and nothing else changes", () => {
  const part = fc.constantFrom("[", "]", "(", ")", "command:", "https://x", "a", " ", "\n");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      assert.doesNotMatch(notificationText(text), link);
      assert.equal(notificationText(text).replaceAll("] (", "]("), text.replaceAll("] (", "]("));
    }),
  );
});

test("control characters are spaces", () => {
  assert.equal(notificationText("a\u001b]0;b\u0007\nc"), "a ]0;b \nc");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineCollector, longestLine } from "../../../core/src/process/lineCollector.ts";

/** The lines of an output that comes in chunks. */
function linesOf(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const collector = lineCollector("stdout", (line) => lines.push(line));
  for (const chunk of chunks) collector.take(chunk);
  collector.end();
  return lines;
}

test("lines come out as they are, however the bytes are cut", () => {
  const cutText = fc.tuple(fc.string({ unit: "binary" }), fc.array(fc.nat({ max: 20 }), { maxLength: 8 }));
  fc.assert(
    fc.property(cutText, ([text, cuts]) => {
      const bytes = Buffer.from(text.replaceAll("\r", ""));
      let at = 0;
      const chunks = cuts.map((length) => {
        at += length;
        return bytes.subarray(at - length, at);
      });
      const whole = bytes.toString().split("\n");
      assert.deepEqual(linesOf([...chunks, bytes.subarray(at)]), whole.at(-1) === "" ? whole.slice(0, -1) : whole);
    }),
  );
});

test("who never ends a line does not fill the memory: it is handed over in pieces, and nothing of it is lost", () => {
  const pieces: number[] = [];
  const collector = lineCollector("stdout", (line) => pieces.push(line.length), 10);
  const chunk = Buffer.alloc(64 * 1024, "x");
  for (let taken = 0; taken < 2.5 * longestLine; taken += chunk.length) collector.take(chunk);
  assert.deepEqual(pieces, [longestLine, longestLine]);
  collector.take(Buffer.from("\nnext\n"));
  collector.end();
  assert.equal(pieces.at(-1), "next".length);
  assert.equal(pieces.slice(0, -1).reduce((sum, length) => sum + length) % chunk.length, 0);
});

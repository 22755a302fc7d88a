import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Question } from "../../../core/src/bootstrap/events.ts";
import { failures } from "../../../core/src/bootstrap/failures.ts";
import { createQuestions } from "../../../core/src/bootstrap/questions.ts";
import { StepFailed } from "../../../core/src/bootstrap/step.ts";
import { createTimeLimit } from "../../../core/src/bootstrap/timeLimit.ts";

const question: Omit<Question, "id"> = { kind: "confirm-wipe", text: "Sure?", expects: "web" };

test("a question waits for what it expects", async () => {
  const { questions, asked } = openQuestions();
  const answer = questions.ask(question, new AbortController().signal);
  const [id = ""] = asked;
  assert.equal(questions.answer(id, "yes"), false);
  assert.equal(questions.answer("other", "web"), false);
  assert.equal(questions.answer(id, " web\n"), true);
  await answer;
  assert.equal(questions.answer(id, "web"), false);
  assert.deepEqual(asked, [id, `${id} answered`]);
});

test("an answer to a question is none to the same question that is asked again", async () => {
  const { questions, asked } = openQuestions();
  const cancel = new AbortController();
  const first = questions.ask(question, cancel.signal);
  cancel.abort(new Error("cancelled"));
  await assert.rejects(first, /cancelled/);
  const second = questions.ask(question, new AbortController().signal);
  const [before = "", now = ""] = asked;
  assert.equal(questions.answer(before, "web"), false);
  assert.equal(questions.answer(now, "web"), true);
  await second;
});

function openQuestions() {
  const asked: string[] = [];
  const questions = createQuestions({
    isAnswerable: true,
    onAsked: ({ id }) => asked.push(id),
    onAnswered: ({ id }) => asked.push(`${id} answered`),
  });
  return { questions, asked };
}

test("a question is no trap: cancelled it ends, and where nobody can answer it fails with what to do", async () => {
  const cancel = new AbortController();
  const open = createQuestions({
    isAnswerable: true,
    onAsked: () => cancel.abort(new Error("cancelled")),
    onAnswered: () => undefined,
  });
  await assert.rejects(open.ask(question, cancel.signal), /cancelled/);
  const nobody = createQuestions({ isAnswerable: false, onAsked: () => assert.fail(), onAnswered: () => undefined });
  await assert.rejects(
    nobody.ask(question, new AbortController().signal),
    (error: unknown) => error instanceof StepFailed && /--yes-wipe DISK/.test(error.message),
  );
});

test("a limit stands still while it is paused", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const limit = createTimeLimit(100, () => new Error("over"));
  t.mock.timers.tick(60);
  limit.pause();
  t.mock.timers.tick(1000);
  assert.equal(limit.signal.aborted, false);
  limit.resume();
  t.mock.timers.tick(39);
  assert.equal(limit.signal.aborted, false);
  t.mock.timers.tick(1);
  assert.equal(limit.signal.aborted, true);
});

test("every failure has its section in the documentation, with what is seen, why and what to do", () => {
  const page = readFileSync(new URL("../../../docs/troubleshooting.md", import.meta.url), "utf8");
  const sections = new Map(
    page
      .split("\n### ")
      .slice(1)
      .map((section) => [section.split("\n")[0], section]),
  );
  for (const { id, example, remedy } of failures) {
    const section = sections.get(id);
    assert.ok(section?.includes(example) && section.includes(remedy), id);
  }
  assert.equal(sections.size, failures.length);
});

test("every step and every event is documented", () => {
  const page = readFileSync(new URL("../../../docs/bootstrap.md", import.meta.url), "utf8");
  const directory = new URL("../../../core/src/bootstrap/", import.meta.url);
  assert.ok(readdirSync(directory).includes("events.ts"));
  const types = [...readFileSync(new URL("events.ts", directory), "utf8").matchAll(/type: "([a-z-]+)"/g)].map(
    ([, type]) => type,
  );
  for (const name of types) assert.ok(page.includes(`\`${name}\``), name);
});

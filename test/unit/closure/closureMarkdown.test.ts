import assert from "node:assert/strict";
import { test } from "node:test";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { closureMarkdown } from "../../../core/src/closure/closureMarkdown.ts";
import { outlinedMeasurement } from "./closures.ts";

const before = outlinedMeasurement({ system: [1e6, "zbar-0.1"], "zbar-0.1": [2e6] });
const after = outlinedMeasurement({ system: [1e6, "zbar-0.2", "vim-9"], "zbar-0.2": [622e6], "vim-9": [40e6] });

test("the heaviest paths, what it is tried without, and what changed", () => {
  const markdown = closureMarkdown(analyseClosure(after), {
    baseline: { label: "yesterday", measurement: before },
    ticked: [1],
  });
  assert.match(markdown, /^## Closure of vps: 663 MB, 3 paths$/m);
  assert.match(markdown, /^\| `zbar-0\.2` \| 622 MB \| 622 MB \| 622 MB \|/m);
  assert.match(markdown, /^Without `zbar-0\.2`: -622 MB, 41 MB left\.$/m);
  assert.match(markdown, /^### Since yesterday: \+660 MB$/m);
  assert.match(markdown, /^\| `zbar` \| 0\.1 \| 0\.2 \| \+620 MB \|$/m);
});

test("names with markup stay names", () => {
  const measurement = outlinedMeasurement({ system: [1, "x`|<b>"], "x`|<b>": [2] }, { host: "a|[b](c)" });
  const markdown = closureMarkdown(analyseClosure(measurement));
  assert.match(markdown, /Closure of a\\\|\\\[b\\\]\(c\)/);
  assert.match(markdown, /^\| `x'\\\|<b>` \|/m);
});

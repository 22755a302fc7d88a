import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/root.mjs";

const imports: readonly { from: string; allowed: readonly string[]; refused: readonly string[] }[] = [
  {
    from: "core/src/syntax/a.ts",
    allowed: ["./b.ts", "web-tree-sitter", "node:fs"],
    refused: ["vscode", "vscode-languageserver/node", "ssh2", "execa", "../model/a.ts", "../rules/a.ts"],
  },
  { from: "core/src/model/a.ts", allowed: ["../syntax/a.ts"], refused: ["../flake/a.ts", "../rules/a.ts"] },
  { from: "core/src/flake/a.ts", allowed: ["../model/a.ts"], refused: ["../rules/a.ts", "../project/a.ts"] },
  {
    from: "core/src/rules/a.ts",
    allowed: ["../syntax/a.ts", "../model/a.ts", "../flake/a.ts"],
    refused: [
      "vscode",
      "node:child_process",
      "../project/a.ts",
      "../nix/a.ts",
      "../evaluation/a.ts",
      "../../../server/src/a.ts",
    ],
  },
  {
    from: "core/src/nix/a.ts",
    allowed: ["execa"],
    refused: ["ssh2", "../bootstrap/a.ts", "../../../client/src/a.ts"],
  },
  {
    from: "core/src/closure/a.ts",
    allowed: ["./b.ts", "../bootstrap/memoryForecast.ts"],
    refused: ["node:fs", "./measuring/a.ts", "../nix/a.ts", "../bootstrap/plan.ts", "../model/a.ts"],
  },
  {
    from: "core/src/closure/measuring/a.ts",
    allowed: ["node:fs", "../b.ts", "../../nix/a.ts", "../../model/a.ts", "../../project/a.ts"],
    refused: ["node:child_process", "../../process/a.ts", "../../bootstrap/plan.ts", "vscode"],
  },
  {
    from: "core/src/bootstrap/steps/a.ts",
    allowed: ["../remote.ts", "../../nix/a.ts"],
    refused: ["ssh2", "../../rules/a.ts"],
  },
  { from: "core/src/bootstrap/remote.ts", allowed: ["ssh2"], refused: ["vscode", "../rules/a.ts"] },
  {
    from: "core/src/bootstrap/remote/a.ts",
    allowed: ["ssh2", "../identities.ts"],
    refused: ["vscode", "../../rules/a.ts"],
  },
  {
    from: "server/src/a.ts",
    allowed: ["vscode-languageserver/node", "../../core/src/rules/a.ts"],
    refused: ["vscode", "vscode-languageclient/node", "ssh2", "../../client/src/a.ts", "../../cli/src/a.ts"],
  },
  {
    from: "cli/src/a.ts",
    allowed: ["../../core/src/rules/a.ts"],
    refused: ["vscode", "vscode-languageserver/node", "../../server/src/a.ts"],
  },
  {
    from: "client/src/a.ts",
    allowed: ["vscode", "vscode-languageclient/node", "../../core/src/rules/a.ts"],
    refused: ["vscode-languageserver/node", "ssh2", "../../server/src/a.ts", "../../test/unit/a.ts"],
  },
  { from: "media/panel.ts", allowed: ["../core/src/a.ts"], refused: ["vscode", "../client/src/a.ts"] },
];

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nixos-vps-layout-")));

before(() => {
  cpSync(join(root, "biome.json"), join(folder, "biome.json"));
  for (const { from, allowed, refused } of imports) {
    mkdirSync(dirname(join(folder, from)), { recursive: true });
    const lines = [...allowed, ...refused].map((specifier) => `import "${specifier}";\n`);
    writeFileSync(join(folder, from), lines.join(""));
  }
});

after(() => rmSync(folder, { recursive: true }));

test("an import against the layout is an error that names the file and the import", () => {
  const biome = join(root, "node_modules/.bin/biome");
  const flags = ["lint", "--vcs-enabled=false", "--only=style/noRestrictedImports", "--max-diagnostics=none"];
  const { stdout, status } = spawnSync(biome, [...flags, "--reporter=github"], { cwd: folder, encoding: "utf8" });
  const found = [...stdout.matchAll(/^::error .*file=([^,]+),line=(\d+)/gm)].map(
    ([, file, line]) => `${relative(folder, file ?? "")}:${line}`,
  );
  const expected = imports.flatMap(({ from, allowed, refused }) =>
    refused.map((_, index) => `${from}:${allowed.length + index + 1}`),
  );
  assert.deepEqual(found.sort(), expected.sort());
  assert.equal(status, 1);
});

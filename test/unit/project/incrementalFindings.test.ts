import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { createFlakeProject } from "../../../core/src/project/createFlakeProject.ts";
import type { FlakeProject } from "../../../core/src/project/flakeProject.ts";
import { defaultRuleSettings } from "../../../core/src/rules/ruleSettings.ts";
import { testParser } from "../markedSources.ts";

const root = mkdtempSync(join(tmpdir(), "nixos-vps-incremental-"));
after(() => rmSync(root, { recursive: true, force: true }));

const files: Readonly<Record<string, string>> = {
  "flake.nix": `{ outputs = { nixpkgs, ... }: { nixosConfigurations.vps = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ./ssh.nix ]; }; }; }\n`,
  "host.nix": `{ modulesPath, lib, ... }:
{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") (modulesPath + "/installer/scan/not-detected.nix") ];
  environment.persistence."/persist".directories = [
    "/etc/ssh" # keys
    "/var/lib/tailscale"
  ];
  # nixos-vps: ignore bootstrap-password-left-on: only for the first login
  users.users.root.initialPassword = "nixos";
}
`,
  "ssh.nix": `{ config, lib, ... }:
{
  services.openssh = { enable = true; startWhenNeeded = lib.mkIf config.boot.x.enable true; settings.PermitRootLogin = "yes"; };
  environment.etc."infra/a".text = "x";
}
`,
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const edit = fc.record({
  file: fc.constantFrom("host.nix", "ssh.nix", "flake.nix"),
  at: fc.nat({ max: 420 }),
  remove: fc.nat({ max: 16 }),
  insert: fc.constantFrom(
    "",
    " ",
    "\n",
    '"',
    "{",
    "}",
    "]",
    ";",
    "x",
    "# nixos-vps: ignore persist-dir-shadows-etc\n",
    ' "/etc/nix" ',
    " ./ssh.nix ",
    "lib.mkForce ",
    "true",
    '"/etc/infra"',
  ),
});

test("any sequence of edits in open buffers gives the findings of the same texts read anew", async () => {
  const edited = await load();
  assert.ok(edited.findings().length >= 4, "the texts to start from have findings");
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 6 }), async (edits) => {
      const texts = { ...files };
      for (const [path, text] of Object.entries(texts)) edited.openBuffer(join(root, path), text);
      for (const { file, at, remove, insert } of edits) {
        const before = texts[file] ?? "";
        const start = Math.min(at, before.length);
        const text = before.slice(0, start) + insert + before.slice(start + remove);
        texts[file] = text;
        edited.openBuffer(join(root, file), text);
        edited.findings();
      }
      const fresh = await load(texts);
      assert.deepEqual(edited.findings(), fresh.findings());
      fresh.dispose();
    }),
    { numRuns: 120 },
  );
});

const repository = join(import.meta.dirname, "../../..");

/** A flake of what the pages of the rules show, a host each beside one that has them all; values of a module come from another file. */
function writeExamples(directory: string): void {
  const pages = join(repository, "docs/rules");
  const modules = readdirSync(pages).flatMap((page) => {
    const blocks = [...readFileSync(join(pages, page), "utf8").matchAll(/^```nix\n(.*?)^```/gmsu)];
    return blocks.map(([, block = ""], index) => ({
      name: `${page.slice(0, -3)}-${index}.nix`,
      text: block.trimStart().startsWith("{") ? block : `{ config, lib, pkgs, modulesPath, ... }:\n{\n${block}}\n`,
    }));
  });
  const imports = modules.map(({ name }) => `./${name}`);
  const hosts = imports.map(
    (path, index) => `    nixosConfigurations.h${index} = nixpkgs.lib.nixosSystem { modules = [ ${path} ]; };\n`,
  );
  const texts = [
    ...modules,
    { name: "paths.nix", text: '{\n  kept = [ "/etc/pam.d" ];\n  password = "nixos";\n}\n' },
    { name: "host.nix", text: `{\n  imports = [ ${imports.join(" ")} ];\n}\n` },
    {
      name: "keep.nix",
      text: `let paths = import ./paths.nix; in
{ config, lib, ... }:
{
  options.site.keep = lib.mkEnableOption "keeping";
  config = lib.mkIf config.site.keep {
    environment.persistence."/persist".directories = paths.kept;
    users.users.root.initialPassword = paths.password;
  };
}
`,
    },
    { name: "site.nix", text: "{\n  site.keep = true;\n}\n" },
    {
      name: "flake.nix",
      text: `{
  outputs = { self, nixpkgs, ... }: {
    nixosModules.site = ./site.nix;
    nixosConfigurations.web = nixpkgs.lib.nixosSystem { modules = [ ./keep.nix self.nixosModules.site ]; };
    nixosConfigurations.mail = nixpkgs.lib.nixosSystem { modules = [ ./host.nix ]; };
${hosts.join("")}  };
}
`,
    },
  ];
  for (const { name, text } of texts) writeFileSync(join(directory, name), text);
}

const examples = mkdtempSync(join(tmpdir(), "nixos-vps-examples-"));
after(() => rmSync(examples, { recursive: true, force: true }));
writeExamples(examples);

/** Two places of a flake, as shares of all files and of the text there, and what happens at or between them. */
const flakeEdit = fc.record({
  kind: fc.constantFrom("type", "comment", "move", "delete"),
  from: fc.record({
    file: fc.double({ min: 0, max: 0.999, noNaN: true }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  to: fc.record({
    file: fc.double({ min: 0, max: 0.999, noNaN: true }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  lines: fc.integer({ min: 1, max: 12 }),
  text: fc.constantFrom("x", " ", "\n", '"', "}", "lib.mkForce ", '"/etc/ssh" ', "true"),
});

test("any edits of the demo give the findings of the same texts read anew", () =>
  checkEdits(join(repository, "demo"), 4, ["flake.nix", "modules/impermanence.nix"]));

test("any edits of what the pages of the rules show give the findings of the same texts read anew", () =>
  checkEdits(examples, 20, ["paths.nix", "keep.nix", "site.nix", "flake.nix"]));

/** `often`: the files that half of the edits are made in, because others depend on them. */
async function checkEdits(directory: string, leastRules: number, often: readonly string[]): Promise<void> {
  const edited = await load({}, directory);
  const files = edited.files();
  const weighted = files.concat(files.map((_, index) => join(directory, often[index % often.length] ?? "flake.nix")));
  const before = edited.findings();
  assert.ok(
    new Set(before.map(({ rule }) => rule)).size >= leastRules,
    `findings of ${new Set(before.map(({ rule }) => rule)).size} rules`,
  );
  const original = new Map(files.map((file) => [file, edited.text(file) ?? ""]));
  await fc.assert(
    fc.asyncProperty(fc.array(flakeEdit, { minLength: 1, maxLength: 5 }), async (edits) => {
      const texts = new Map(original);
      const replace = (file: string, text: string): void => {
        texts.set(file, text);
        edited.openBuffer(file, text);
        edited.findings();
      };
      for (const [file, text] of original) if (edited.text(file) !== text) edited.openBuffer(file, text);
      assert.deepEqual(edited.findings(), before);
      for (const { kind, from, to, lines, text } of edits) {
        const file = weighted[Math.floor(from.file * weighted.length)] ?? "";
        const source = texts.get(file) ?? "";
        const at = Math.floor(from.at * source.length);
        const lineStart = source.lastIndexOf("\n", at - 1) + 1;
        const rest = source.slice(lineStart).split("\n");
        const cut = rest.slice(0, lines).join("\n");
        const without = source.slice(0, lineStart) + rest.slice(lines).join("\n");
        if (kind === "type") replace(file, source.slice(0, at) + text + source.slice(at));
        else if (kind === "comment")
          replace(file, `${source.slice(0, lineStart)}# ${text}\n${source.slice(lineStart)}`);
        else replace(file, without);
        if (kind !== "move") continue;
        const target = weighted[Math.floor(to.file * weighted.length)] ?? "";
        const receiving = texts.get(target) ?? "";
        const line = receiving.lastIndexOf("\n", Math.floor(to.at * receiving.length)) + 1;
        replace(target, `${receiving.slice(0, line)}${cut}\n${receiving.slice(line)}`);
      }
      const fresh = await load(
        Object.fromEntries([...texts].map(([file, text]) => [relative(directory, file), text])),
        directory,
      );
      assert.deepEqual(edited.findings(), fresh.findings());
      fresh.dispose();
    }),
    { numRuns: 40 },
  );
  edited.dispose();
}

async function load(texts: Readonly<Record<string, string>> = {}, directory = root): Promise<FlakeProject> {
  const project = createFlakeProject({
    root: directory,
    parser: await testParser(),
    settings: defaultRuleSettings,
    onRuleError: ({ rule, error }) => {
      throw new Error(`${rule} failed`, { cause: error });
    },
  });
  await project.load();
  for (const [path, text] of Object.entries(texts)) project.openBuffer(join(directory, path), text);
  return project;
}

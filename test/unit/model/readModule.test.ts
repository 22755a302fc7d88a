import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvaluator } from "../../../core/src/model/evaluator.ts";
import type { Definition } from "../../../core/src/model/module.ts";
import { toItems } from "../../../core/src/model/operations.ts";
import { readModule } from "../../../core/src/model/readModule.ts";
import { referencePath, type Value } from "../../../core/src/model/value.ts";
import { testParser } from "../markedSources.ts";

/** A value in short: strings quoted, references dotted, conditions of list elements in parentheses, `*` for spread elements. */
function show(value: Value): string {
  switch (value.kind) {
    case "string":
      return JSON.stringify(value.text);
    case "path":
      return value.path;
    case "boolean":
    case "number":
      return String(value.value);
    case "reference":
      return referencePath(value)?.join(".") ?? "";
    case "list":
      return `[${toItems(value)
        .map(
          (item) =>
            `${item.guards.length > 0 ? `(${item.guards.map((guard) => (guard.negated ? "!" : "") + show(guard.condition)).join(" ")})` : ""}${item.spread ? "*" : ""}${show(item.value)}`,
        )
        .join(" ")}]`;
    case "attrs":
      return `{${value.entries.map((entry) => `${entry.name}=${show(entry.value())}`).join(" ")}}`;
    case "text":
      return `<${value.parts.map((part) => (typeof part === "string" ? part : `\${${show(part)}}`)).join("")}>`;
    case "operation":
      return `(${value.operands.map(show).join(` ${value.operator} `)})`;
    case "call":
      return `${show(value.function)}(${value.arguments.map(show).join(", ")})`;
    default:
      return value.kind;
  }
}

function describe(definition: Definition): string {
  const guards = definition.guards.map((guard) => (guard.negated ? "!" : "") + show(guard.condition)).join(" && ");
  const priority = definition.priority === 100 ? "" : ` @${definition.priority}`;
  return `${definition.path.join(".")} = ${show(definition.value)}${priority}${guards ? ` if ${guards}` : ""}`;
}

async function definitionsOf(source: string): Promise<string[]> {
  const file = "/flake/module.nix";
  const evaluator = createEvaluator({
    importValue: () => undefined,
    readDirectory: () => undefined,
    exists: () => false,
    text: () => source,
    selfOutputs: () => undefined,
    root: "/flake",
  });
  const parsed = (await testParser()).parse(source);
  parsed.tree.delete();
  return readModule(evaluator.evaluate(parsed.expression, undefined, file), true, evaluator).definitions.map(describe);
}

const cases: readonly { form: string; source: string; expected: readonly string[] }[] = [
  { form: "attribute path", source: `{ a.b."c.d" = 1; }`, expected: ["a.b.c.d = 1"] },
  { form: "nested and mixed", source: `{ a = { b.c = 1; b = { d = 2; }; }; }`, expected: ["a.b.c = 1", "a.b.d = 2"] },
  {
    form: "module function with config",
    source: `{ config, lib, ... }: { options.x = { }; config = { a.b = config.c.d; }; }`,
    expected: ["a.b = config.c.d"],
  },
  {
    form: "mkIf, mkMerge",
    source: `{ config, lib, ... }: { config = lib.mkMerge [ { a = 1; } (lib.mkIf config.x.enable { b = 2; }) ]; }`,
    expected: ["a = 1", "b = 2 if config.x.enable"],
  },
  {
    form: "priorities",
    source: `{ lib, ... }: { a = lib.mkForce 1; b = lib.mkDefault 2; c = lib.mkOverride 10 3; d = lib.mkBefore [ 4 ]; e = lib.mkOrder 5 [ 6 ]; }`,
    expected: ["a = 1 @50", "b = 2 @1000", "c = 3 @10", "d = [4]", "e = [6]"],
  },
  {
    form: "inherit (lib) and with lib",
    source: `{ lib, config, ... }: let inherit (lib) mkIf; in with lib; { a = mkIf config.x (mkForce 1); b = optional config.y "z"; }`,
    expected: ["a = 1 @50 if config.x", `b = [(config.y)"z"]`],
  },
  {
    form: "optionals, ++ and unknown lists",
    source: `{ config, lib, ... }: { a = [ "x" ] ++ lib.optionals config.y [ "z" ] ++ config.q; }`,
    expected: [`a = ["x" (config.y)"z" *config.q]`],
  },
  {
    form: "if",
    source: `{ config, ... }: { a = if config.x then [ 1 ] else [ 2 ]; b = if true then 3 else 4; }`,
    expected: ["a = [1] if config.x", "a = [2] if !config.x", "b = 3"],
  },
  {
    form: "optionalAttrs and //",
    source: `{ config, lib, ... }: { a = { b = 1; c = 2; } // lib.optionalAttrs config.x { c = 3; }; }`,
    expected: ["a.b = 1", "a.c = 2", "a.c = 3 if config.x"],
  },
  {
    form: "let, rec and interpolation",
    source: `let root = "/persist"; dirs = rec { base = "\${root}/etc"; ssh = base + "/ssh"; }; in { x.\${root}.a = [ dirs.ssh "\${dirs.base}/nix" ]; }`,
    expected: [`x./persist.a = ["/persist/etc/ssh" "/persist/etc/nix"]`],
  },
  {
    form: "names that are not known",
    source: `{ config, ... }: { x.\${config.me}.y = "\${config.me}/z"; }`,
    expected: ["x.${config.me}.y = <${config.me}/z>"],
  },
  {
    form: "map, helper functions and inherit",
    source: `{ lib, ... }: let entry = directory: { inherit directory; inInitrd = true; }; in { a = map entry [ "/x" ] ++ [ (entry "/y") ]; }`,
    expected: [`a = [{directory="/x" inInitrd=true} {directory="/y" inInitrd=true}]`],
  },
  {
    form: "attrValues with inherit (pkgs)",
    source: `{ pkgs, ... }: { a = builtins.attrValues { inherit (pkgs) grim; b = pkgs.unstable.x; }; }`,
    expected: ["a = [pkgs.grim pkgs.unstable.x]"],
  },
  {
    form: "with pkgs",
    source: `{ pkgs, lib, ... }: { a = with pkgs; [ grim (python3.withPackages (p: [ ])) ] ++ lib.optional false x; }`,
    expected: ["a = [pkgs.grim pkgs.python3.withPackages(function)]"],
  },
  {
    form: "texts over lists that are known or not",
    source: `{ config, lib, ... }: { a = lib.concatMapStringsSep "," (d: "x\${d}") [ "1" "2" ]; b = lib.concatMapStrings (d: "roll \${d}") config.q; }`,
    expected: [`a = "x1,x2"`, "b = <roll ${unknown}>"],
  },
  {
    form: "pipes",
    source: `{ lib, ... }: { a = [ "b" ] |> map (x: x + "c") |> lib.flatten; }`,
    expected: [`a = ["bc"]`],
  },
  {
    form: "genAttrs, mapAttrs, listToAttrs",
    source: `{ lib, ... }: { a = lib.genAttrs [ "x" ] (n: n + "!"); b = lib.mapAttrs (n: v: v + 1) { y = 1; }; c = lib.listToAttrs (map (n: lib.nameValuePair n true) [ "z" ]); }`,
    expected: [`a.x = "x!"`, "b.y = 2", "c.z = true"],
  },
  {
    form: "submodule functions keep their own config",
    source: `{ config, ... }: { users.me = { config, ... }: { a = config.b; }; }`,
    expected: ["users.me.a = config.b"],
  },
  {
    form: "cfg in let",
    source: `{ config, lib, ... }: let cfg = config.my.ssh; in { config = lib.mkIf (cfg.enable && !cfg.off) { a = cfg.dirs; }; }`,
    expected: ["a = config.my.ssh.dirs if (config.my.ssh.enable && (config.my.ssh.off))"],
  },
  {
    form: "parts of lists and questions about them",
    source: `{ config, lib, ... }: let l = [ "x" "y" "z" ]; in {
      a = lib.take 1 l ++ lib.drop 2 l ++ lib.init l ++ builtins.tail l;
      b = builtins.length l;
      c = [ (lib.any (n: n == "y") l) (lib.all (n: n == "y") l) (l == [ ]) ([ ] == [ ]) ];
      d = [ (lib.all (n: n == "y") config.l) (config.l == [ ]) (lib.any (n: n == "y") (l ++ config.l)) ];
    }`,
    expected: [
      `a = ["x" "z" "x" "y" "y" "z"]`,
      "b = 3",
      "c = [true false false true]",
      `d = [builtins.all(function, config.l) (config.l == []) builtins.any(function, ["x" "y" "z" *config.l])]`,
    ],
  },
  {
    form: "sets that are merged by a function of the flake's own",
    source: `{ lib, ... }: with lib; let
      merge = sets: let f = path: zipAttrsWith (n: vs:
        if tail vs == [ ] then head vs
        else if all isList vs then concatLists vs
        else if all isAttrs vs then f (path ++ [ n ]) vs
        else last vs); in f [ ] sets;
    in { a = merge [ { x = 1; y.z = 2; l = [ 3 ]; } { x = 4; y.w = 5; l = [ 6 ]; } ]; }`,
    expected: ["a.x = 4", "a.y.z = 2", "a.y.w = 5", "a.l = [3 6]"],
  },
  {
    form: "packages of an imported nixpkgs and of another flake",
    source: `{ inputs, pkgs, ... }: let unstable = import inputs.nixpkgs-unstable { inherit (pkgs) system; }; other = import inputs.other { }; in {
      a = [ unstable.firefox inputs.x.packages.\${pkgs.system}.y inputs.x.\${pkgs.system}.y other.z ];
    }`,
    expected: ["a = [pkgs.firefox inputs.x.packages.${pkgs.system}.y unknown unknown]"],
  },
  {
    form: "a file that is being typed",
    source: `{ a = 1; b = ; c = [ "x" ]; }`,
    expected: ["a = 1", "b = ", `c = ["x"]`],
  },
  {
    form: "endless recursion",
    source: `let x = x; f = y: f y; in { a = x; b = f 1; }`,
    expected: ["a = unknown", "b = unknown(unknown)"],
  },
  {
    form: "a list that a function doubles again and again",
    source: `{ config, lib, ... }: let more = l: let n = l ++ map dirOf l; in if n == l then n else more n; in { a = lib.head (more config.x); b = 1; }`,
    expected: ["a = config.x", "b = 1"],
  },
  {
    form: "sets made of options that are lists and sets: one entry stands for all there may be",
    source: `{ config, lib, ... }: {
      a = builtins.listToAttrs (map (u: { inherit (u) name; value.x = 1; }) config.users);
      b = lib.mapAttrs (n: v: { y = 2; }) config.sets;
      c = lib.genAttrs config.names (n: { z = 3; });
      d = lib.genAttrs (import ./unknown.nix) (n: { z = 3; });
    }`,
    expected: [
      "a.${config.users}.x = 1 if unknown",
      "b.${config.sets}.y = 2 if unknown",
      "c.${config.names}.z = 3 if unknown",
      "d = {}",
    ],
  },
];

for (const { form, source, expected } of cases) {
  test(`definitions: ${form}`, async () => {
    assert.deepEqual(await definitionsOf(source), expected);
  });
}

test("an empty set that is forced is a definition, so that it can silence", async () => {
  assert.deepEqual(await definitionsOf(`{ lib, ... }: { a.b = lib.mkForce { }; }`), ["a.b = {} @50"]);
});

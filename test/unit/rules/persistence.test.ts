import assert from "node:assert/strict";
import { test } from "node:test";
import { reportedTexts } from "./reportedTexts.ts";

// Read through the rule about hidden files: each module persists /etc/ssh in one way.
const rule = "persist-dir-shadows-etc";

const persist = (list: string): string => `environment.persistence."/p".directories = ${list};`;

test("lists are read however they are written", async () => {
  const forms: Record<string, string> = {
    rec: `rec { dirs = [ "/etc/ssh" ]; ${persist("dirs")} }`,
    inherit: `let directories = [ "/etc/ssh" ]; in { environment.persistence."/p" = { inherit directories; }; }`,
    "a function that makes a store": `let mk = directories: { inherit directories; }; in { environment.persistence."/p" = mk [ "/etc/ssh" ]; }`,
    genAttrs: `{ lib, ... }: { environment.persistence = lib.genAttrs [ "/p" ] (n: { directories = [ "/etc/ssh" ]; }); }`,
    "//": `{ environment.persistence."/p" = { hideMounts = true; } // { directories = [ "/etc/ssh" ]; }; }`,
    optionalAttrs: `{ lib, config, ... }: { environment.persistence."/p" = lib.optionalAttrs config.x { directories = [ "/etc/ssh" ]; }; }`,
    mkMerge: `{ lib, ... }: lib.mkMerge [ { ${persist(`[ "/etc/ssh" ]`)} } ]`,
    if: `{ config, ... }: { ${persist(`if config.a then [ "/etc/ssh" ] else [ ]`)} }`,
    concatMap: `{ lib, ... }: { ${persist(`lib.concatMap (x: [ x ]) [ "/etc/ssh" ]`)} }`,
    attrNames: `{ ${persist(`builtins.attrNames { "/etc/ssh" = 1; }`)} }`,
    "a path": `{ ${persist("[ /etc/ssh ]")} }`,
    "another file": `--@ dirs.nix\n[ "/etc/ssh" ]\n--@ module.nix\n{ ${persist("import ./dirs.nix")} }`,
    "nested, with an alias": `{ lib, ... }: { imports = [ (lib.mkAliasOptionModule [ "keep" ] [ "environment" "persistence" "/p" ]) ]; keep.directories = [ "/etc/ssh" ]; }`,
    "bind mounts by name": `{ lib, ... }: { fileSystems = lib.genAttrs [ "/etc/ssh" ] (d: { device = "/p\${d}"; options = [ "bind" ]; }); }`,
  };
  for (const [name, source] of Object.entries(forms)) {
    const [found, ...more] = await reportedTexts(rule, source.startsWith("--@") ? source : `--@ module.nix\n${source}`);
    assert.match(found ?? "", /^error /, name);
    assert.deepEqual(more, [], name);
  }
});

test("an option of the flake's own is followed to where it is set", async () => {
  const wrapper = (definitions: string): string => `
{ config, lib, ... }:
let
  cfg = config.my.state;
in
{
  options.my.state = lib.mkOption { default = { }; };
  config = { ${definitions} };
}
`;
  const forms: Record<string, string> = {
    "a list": `my.state.dirs = [ "/etc/ssh" ]; ${persist("cfg.dirs")}`,
    "a list of sets": `my.state.dirs = [ { path = "/etc/ssh"; user = null; } ]; ${persist("map (d: d.path) (lib.filter (d: d.user == null) cfg.dirs)")}`,
    "a set of lists": `my.state.apps.ssh.dirs = [ "/etc/ssh" ]; ${persist("lib.concatMap (a: a.dirs) (lib.attrValues cfg.apps)")}`,
    "a set of lists, flattened": `my.state.apps.ssh.dirs = [ "/etc/ssh" ]; ${persist("lib.flatten (lib.mapAttrsToList (_: a: a.dirs) cfg.apps)")}`,
    names: `my.state.dirs."/etc/ssh".mode = "0755"; ${persist("lib.attrNames cfg.dirs")}`,
    "a set of stores": `my.state.stores."/p".dirs = [ "/etc/ssh" ]; environment.persistence = lib.mapAttrs (n: v: { directories = v.dirs; }) cfg.stores;`,
    "a store": `my.state.root.directories = [ "/etc/ssh" ]; environment.persistence."/p" = cfg.root;`,
    "bind mounts": `my.state.dirs = [ "/etc/ssh" ]; fileSystems = lib.listToAttrs (map (d: lib.nameValuePair d { device = "/p\${d}"; options = [ "bind" ]; }) cfg.dirs);`,
  };
  for (const [name, definitions] of Object.entries(forms)) {
    const [found, ...more] = await reportedTexts(rule, wrapper(definitions));
    assert.match(found ?? "", /^error .*"\/etc\/ssh"/, name);
    assert.deepEqual(more, [], name);
  }
  const early = forms["bind mounts"]?.replace(`options =`, `neededForBoot = true; options =`) ?? "";
  assert.deepEqual(await reportedTexts(rule, wrapper(early)), []);
});

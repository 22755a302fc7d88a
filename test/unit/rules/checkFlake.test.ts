import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSources } from "../markedSources.ts";

test("one place that is wrong for several hosts is one finding, with what differs as related information", async () => {
  const { findings } = await checkSources(`--@ flake.nix
{ outputs = { nixpkgs, ... }: { nixosConfigurations = nixpkgs.lib.genAttrs [ "a" "b" ] (name: nixpkgs.lib.nixosSystem { modules = [ ./shared.nix ./\${name}.nix ]; }); }; }
--@ shared.nix
{ config, lib, ... }: { options.site.user = lib.mkOption { }; config.users.users.root.hashedPasswordFile = lib.mkIf (builtins.pathExists ./\${config.site.user}.age) "/run/x"; }
--@ a.nix
{ site.user = "first"; }
--@ b.nix
{ site.user = "second"; }`);
  const guarded = findings.filter((finding) => finding.rule === "password-guarded-by-pathexists");
  const places = guarded.map((finding) => `${finding.file.split("/").at(-1)} ${finding.hosts.join(",")}`);
  assert.equal(new Set(places).size, places.length, places.join("; "));
  for (const finding of guarded.filter(({ hosts }) => hosts.length > 1)) {
    const said = [finding, ...finding.related].map(({ message }) => message).join("\n");
    assert.match(said, /first/);
    assert.match(said, /second/);
  }
  assert.ok(guarded.length > 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "preservation-var-lib-nixos-late";

const reported = (module: string): Promise<string[]> => reportedTexts(rule, `--@ module.nix\n${module}`);

test("the entry that is mounted late is underlined, in every form", async () => {
  const { findings } = await expectFindings(
    rule,
    `
{ lib, config, ... }:
let
  late = directory: { inherit directory; user = "root"; };
in
{
  preservation = {
    enable = true;
    preserveAt."/persist" = {
      directories = [
        "/var/lib/nixos"
#       ^^^^^^^^^^^^^^^^ preservation-var-lib-nixos-late warning
        { directory = "/var/lib/nixos/"; user = "root"; }
#       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ preservation-var-lib-nixos-late
        (late "/var/lib")
#       ^^^^^^^^^^^^^^^^^ preservation-var-lib-nixos-late
        "/var/log"
        "/var/lib/nixosmore"
      ] ++ lib.optional config.services.nginx.enable "/var";
#                                                    ^^^^^^ preservation-var-lib-nixos-late
    };
  };
}
`,
  );
  const message = findings.find((finding) => finding.rule === rule)?.message ?? "";
  assert.match(
    message,
    /^The user and group ids in \/var\/lib\/nixos are never read: \/var\/lib\/nixos is mounted after/,
  );
});

test("what is mounted early, or has no user script, is left alone", async () => {
  const plain = `preservation.preserveAt."/persist".directories = [ "/var/lib/nixos" ];`;
  assert.equal((await reported(`{ ${plain} }`)).length, 1);
  const early = `preservation.preserveAt."/persist".directories = [ { directory = "/var/lib/nixos"; inInitrd = true; } ];`;
  assert.deepEqual(await reported(`{ ${early} }`), []);
  const helper = `{ directories = let init = directory: { inherit directory; inInitrd = true; }; in [ (init "/var/lib/nixos") ]; }`;
  assert.deepEqual(await reported(`{ preservation.preserveAt."/persist" = ${helper}; }`), []);
  assert.deepEqual(await reported(`{ ${plain} ${early.replace("persist", "state")} }`), []);
  assert.deepEqual(await reported(`{ environment.persistence."/p".directories = [ "/var/lib/nixos" ]; }`), []);
  assert.deepEqual(await reported(`{ ${plain} services.userborn.enable = true; }`), []);
  assert.deepEqual(await reported(`{ ${plain} systemd.sysusers.enable = true; }`), []);
  assert.deepEqual(await reported(`{ ${plain} fileSystems."/var/lib" = { device = "z/lib"; fsType = "zfs"; }; }`), []);
  assert.deepEqual(await reported(`{ ${plain} preservation.enable = false; }`), []);
});

test("a root that stays keeps the ids below the mount", async () => {
  const module = (fsType: string): string => `{
  fileSystems."/" = { device = "/dev/vda1"; fsType = "${fsType}"; };
  preservation.preserveAt."/persist".directories = [ "/var/lib/nixos" ];
}`;
  assert.deepEqual(await reportedTexts(rule, hostOf(module("ext4"))), []);
  assert.deepEqual(await reportedTexts(rule, hostOf(module("tmpfs"))), [`warning "/var/lib/nixos"`]);
});

test("a comment silences", async () => {
  assert.deepEqual(
    await reported(`{
  # nixos-vps: ignore ${rule}
  preservation.preserveAt."/persist".directories = [ "/var/lib/nixos" ];
}`),
    [],
  );
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, `--@ module.nix\n${module}`);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix mounts the entry in the initrd and keeps the list as it is", async () => {
  assert.equal(
    await fixed(`{
  preservation.preserveAt."/persist".directories = [
    "/var/log" # logs
    "/var/lib/nixos" # ids
  ];
}
`),
    `{
  preservation.preserveAt."/persist".directories = [
    "/var/log" # logs
    { directory = "/var/lib/nixos"; inInitrd = true; } # ids
  ];
}
`,
  );
  assert.equal(
    await fixed(
      `{ preservation.preserveAt."/p".directories = [ { directory = "/var/lib/nixos"; inInitrd = false; } ]; }\n`,
    ),
    `{ preservation.preserveAt."/p".directories = [ { directory = "/var/lib/nixos"; inInitrd = true; } ]; }\n`,
  );
  assert.equal(
    await fixed(`{
  preservation.preserveAt."/p".directories = [
    {
      directory = "/var/lib/nixos";
      user = "root";
    }
  ];
}
`),
    `{
  preservation.preserveAt."/p".directories = [
    {
      directory = "/var/lib/nixos";
      inInitrd = true;
      user = "root";
    }
  ];
}
`,
  );
});

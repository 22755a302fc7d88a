import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "machine-id";

const reported = (module: string): Promise<string[]> => reportedTexts(rule, `--@ module.nix\n${module}`);

const onHost = (module: string): Promise<string[]> =>
  reportedTexts(rule, hostOf(`{ imports = [ ${module} { fileSystems."/".fsType = "tmpfs"; } ]; }`));

test("a late machine-id of preservation is underlined", async () => {
  await expectFindings(
    rule,
    `
{
  preservation.preserveAt."/persist".files = [
    "/etc/machine-id"
#   ^^^^^^^^^^^^^^^^^ machine-id warning
    { file = "/etc/machine-id"; how = "symlink"; }
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ machine-id warning
  ];
}
`,
  );
});

test("a machine-id that nothing keeps is told of at the list of directories", async () => {
  const { findings } = await expectFindings(
    rule,
    hostOf(`{
  fileSystems."/" = { device = "none"; fsType = "tmpfs"; };
  environment.persistence."/persist".directories = [ "/var/log" ];
#                                    ^^^^^^^^^^^ machine-id info
}`),
  );
  const message = findings.find((finding) => finding.rule === rule)?.message ?? "";
  assert.match(message, /^Nothing keeps \/etc\/machine-id, so each boot has a new machine id/);
});

test("what keeps or sets the id silences", async () => {
  const log = `environment.persistence."/persist".directories = [ "/var/log" ];`;
  assert.equal((await onHost(`{ ${log} }`)).length, 1);
  for (const kept of [
    `{ ${log} environment.persistence."/persist".files = [ "/etc/machine-id" ]; }`,
    `{ preservation.preserveAt."/p".files = [ { file = "/etc/machine-id"; inInitrd = true; } ]; }`,
    `{ environment.persistence."/persist".directories = [ "/etc" ]; }`,
    `{ ${log} environment.etc.machine-id.source = "/persist/machine-id"; }`,
    `{ ${log} boot.kernelParams = [ "systemd.machine_id=0123456789abcdef0123456789abcdef" ]; }`,
    `{ ${log} boot.isContainer = true; }`,
    `{ environment.persistence."/p".users.me.directories = [ "Documents" ]; }`,
  ])
    assert.deepEqual(await onHost(kept), [], kept);
  assert.deepEqual(await reported(`{ my.persist.directories = [ "/var/log" ]; }`), []);
});

test("a comment silences", async () => {
  assert.deepEqual(
    await reported(`{
  # nixos-vps: ignore ${rule}
  preservation.preserveAt."/persist".files = [ "/etc/machine-id" ];
}`),
    [],
  );
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, `--@ module.nix\n${module}`);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix preserves it in the initrd, or persists it", async () => {
  assert.equal(
    await fixed(`{ preservation.preserveAt."/p".files = [ "/etc/machine-id" ]; }\n`),
    `{ preservation.preserveAt."/p".files = [ { file = "/etc/machine-id"; inInitrd = true; } ]; }\n`,
  );
  assert.equal(
    await fixed(`{
  environment.persistence."/persist" = {
    directories = [ "/var/log" ];
    files = [
      "/etc/adjtime"
    ];
  };
}
`),
    `{
  environment.persistence."/persist" = {
    directories = [ "/var/log" ];
    files = [
      "/etc/adjtime"
      "/etc/machine-id"
    ];
  };
}
`,
  );
  assert.equal(
    await fixed(`{
  environment.persistence."/persist".directories = [ "/var/log" ];
}
`),
    `{
  environment.persistence."/persist".directories = [ "/var/log" ];
  environment.persistence."/persist".files = [ "/etc/machine-id" ];
}
`,
  );
});

test("the fix leaves a list of files under other conditions alone", async () => {
  const module = (files: string): string => `{ lib, config, ... }:
{
  config = lib.mkMerge [
    {
      environment.persistence."/persist".directories = [ "/var/log" ];${files}
    }
    (lib.mkIf config.services.x.enable { environment.persistence."/persist".files = [ "/etc/x" ]; })
  ];
}
`;
  assert.equal(
    await fixed(module("")),
    module(`\n      environment.persistence."/persist".files = [ "/etc/machine-id" ];`),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, checkSources, expectFindings, findingsOf } from "../markedSources.ts";
import { hostOf, reportedTexts } from "./reportedTexts.ts";

const rule = "persist-inside-generated-dir";

test("paths on or below a link into the store are found", async () => {
  const { findings } = await expectFindings(
    rule,
    `
{ lib, ... }:
{
  services.pipewire.enable = true;
  environment.persistence."/persist" = {
    directories = [
      "/etc/systemd/system/getty.target.wants"
#     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ persist-inside-generated-dir error
      "/etc/pipewire/"
#     ^^^^^^^^^^^^^^^^ persist-inside-generated-dir error
    ];
    files = lib.optional true "/etc/udev/rules.d/50-usb.rules";
#                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ persist-inside-generated-dir error
  };
  preservation.preserveAt."/state".directories = [ { directory = "/etc/fonts"; inInitrd = true; } ];
#                                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ persist-inside-generated-dir error
  my.persist.dirs = [ "/etc/zoneinfo" ];
#                     ^^^^^^^^^^^^^^^ persist-inside-generated-dir hint
}
`,
  );
  assert.deepEqual(
    findings
      .filter((finding) => finding.rule === rule)
      .slice(0, 2)
      .map(({ message }) => message),
    [
      "/etc/systemd/system/getty.target.wants cannot be mounted: NixOS makes /etc/systemd/system as one link into the read-only store. Declare units with systemd.services.",
      "NixOS makes /etc/pipewire as one link into the read-only store, which it cannot while a directory is mounted there.",
    ],
  );
});

test("directories whose members are links, and links of modules that are off, are left alone", async () => {
  assert.deepEqual(
    await reportedTexts(
      rule,
      hostOf(`
{
  fonts.fontconfig.enable = false;
  services.printing.enable = false;
  services.pipewire.enable = false;
  environment.persistence."/persist".directories = [
    "/etc/tmpfiles.d" "/etc/fail2ban/filter.d" "/etc/systemd" "/etc/systemd/systemx" "/etc/fonts" "/etc/cups" "/etc/pipewire" "/etc/udev"
  ];
  environment.persistence."/persist".users.me.directories = [ "etc/fonts" ];
}
`),
    ),
    [],
  );
});

test("a link to a directory of the flake is pointed at; a file beside others is none", async () => {
  const { findings, files } = await checkSources(`
{
  environment.etc."app".source = ./app;
  environment.etc."other/x".source = ./x;
  environment.persistence."/persist".directories = [ "/etc/app/state" "/etc/other/state" ];
}
`);
  const found = findings.filter((finding) => finding.rule === rule);
  assert.equal(found.length, 1);
  const [related] = found[0]?.related ?? [];
  assert.equal(files["module.nix"]?.slice(related?.start, related?.end), `"app"`);
});

test("it is a warning when the flake does not say whether the link is made", async () => {
  assert.deepEqual(
    await reportedTexts(rule, hostOf(`{ environment.persistence."/p".directories = [ "/etc/cups" ]; }`)),
    [`warning "/etc/cups"`],
  );
});

test("a comment silences", async () => {
  const module = `{ environment.persistence."/p".directories = [ "/etc/kbd" ]; } # nixos-vps: ignore ${rule}`;
  assert.deepEqual(await reportedTexts(rule, module), []);
});

test("fix: the entry goes, or the state takes its place", async () => {
  const module = (entries: string): string => `{
  environment.persistence."/persist".directories = [ ${entries} ];
}
`;
  const fixed = async (entries: string): Promise<string | undefined> => {
    const files = await applyFix(rule, `--@ module.nix\n${module(entries)}`);
    assert.deepEqual(await findingsOf(rule, files), []);
    return files["module.nix"];
  };
  assert.equal(await fixed(`"/srv" "/etc/systemd/system/x"`), module(`"/srv"`));
  assert.equal(await fixed(`"/etc/terminfo" "/srv"`), module(`"/srv"`));
  assert.equal(await fixed(`"/srv" "/etc/cups"`), module(`"/srv" "/var/lib/cups"`));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFix, expectFindings, findingsOf } from "../markedSources.ts";
import { reportedTexts } from "./reportedTexts.ts";

const rule = "var-lib-private-mode";

const reported = (module: string): Promise<string[]> => reportedTexts(rule, `--@ module.nix\n${module}`);

const inList = (...entries: string[]): string =>
  `{ environment.persistence."/persist".directories = [ ${entries.join(" ")} ]; }`;

test("an open private directory, and the first entry below one, are underlined", async () => {
  const { findings } = await expectFindings(
    rule,
    `
{
  environment.persistence."/persist".directories = [
    "/var/lib/tailscale"
    { directory = "/var/lib/private/ollama"; mode = "0700"; }
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ var-lib-private-mode warning
    "/var/lib/private/open-webui"
    "/var/cache/private/"
#   ^^^^^^^^^^^^^^^^^^^^^ var-lib-private-mode
    { directory = "/var/log/private"; mode = "0750"; }
#   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ var-lib-private-mode
  ];
}
`,
  );
  const message = findings.find((finding) => finding.rule === rule)?.message ?? "";
  assert.match(
    message,
    /^systemd will refuse to start services with DynamicUser: \/var\/lib\/private is made with mode 0755/,
  );
});

test("a closed directory, other places and other options are left alone", async () => {
  const entry = `"/var/lib/private/ollama"`;
  assert.equal((await reported(inList(entry))).length, 1);
  for (const mode of ["0700", "700", "u=rwx,g=,o="])
    assert.deepEqual(await reported(inList(entry, `{ directory = "/var/lib/private"; mode = "${mode}"; }`)), []);
  assert.deepEqual(await reported(`{ mode, ... }: ${inList(`{ directory = "/var/lib/private"; inherit mode; }`)}`), []);
  assert.deepEqual(await reported(inList(`"/var/lib/privateer"`, `"/srv/var/lib/private"`)), []);
  assert.deepEqual(await reported(`{ my.persist.directories = [ ${entry} ]; }`), []);
  const rules = `{ systemd.tmpfiles.rules = [ "d /var/lib/private 0700 root root -" ]; }`;
  assert.deepEqual(await reported(`{ imports = [ ${inList(entry)} ${rules} ]; }`), []);
  const settings = `{ systemd.tmpfiles.settings.x."/var/lib/private".d.mode = "0700"; }`;
  assert.deepEqual(await reported(`{ imports = [ ${inList(entry)} ${settings} ]; }`), []);
});

test("a comment silences", async () => {
  assert.deepEqual(await reported(`{\n  # nixos-vps: ignore ${rule}\n  ${inList(`"/var/lib/private"`).slice(2)}`), []);
});

async function fixed(module: string): Promise<string | undefined> {
  const files = await applyFix(rule, `--@ module.nix\n${module}`);
  assert.deepEqual(await findingsOf(rule, files), []);
  return files["module.nix"];
}

test("the fix closes the directory, or adds it closed", async () => {
  assert.equal(
    await fixed(`${inList(`"/var/lib/private"`)}\n`),
    `${inList(`{ directory = "/var/lib/private"; mode = "0700"; }`)}\n`,
  );
  assert.equal(
    await fixed(`${inList(`{ directory = "/var/lib/private"; mode = "0755"; }`)}\n`),
    `${inList(`{ directory = "/var/lib/private"; mode = "0700"; }`)}\n`,
  );
  assert.equal(
    await fixed(`${inList(`"/srv"`, `"/var/lib/private/x"`)}\n`),
    `${inList(`"/srv"`, `{ directory = "/var/lib/private"; mode = "0700"; }`, `"/var/lib/private/x"`)}\n`,
  );
  assert.equal(
    await fixed(`{
  preservation.preserveAt."/p".directories = [
    "/srv"
    "/var/lib/private/x" # models
  ];
}
`),
    `{
  preservation.preserveAt."/p".directories = [
    "/srv"
    { directory = "/var/lib/private"; mode = "0700"; }
    "/var/lib/private/x" # models
  ];
}
`,
  );
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../eventually.ts";
import { fullCapabilities, shadowRule, startClient, type TestClient, toUri } from "./client.ts";
import { sshFlake, writeFiles } from "./flakes.ts";

const pullOnly = { textDocument: { diagnostic: {} } };

test("severities come from workspace/configuration, asked for per flake", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root], settings: { rules: { [shadowRule]: "hint" } } });
  t.after(() => client.kill());
  assert.equal(await severity(client, join(root, "persistence.nix")), 4);
  const [asked] = client.received.filter(({ method }) => method === "workspace/configuration");
  assert.deepEqual(asked?.params, { items: [{ scopeUri: toUri(root), section: "nixosVps" }] });
});

test("a change of settings is followed and asks for a new pull", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  assert.equal(await severity(client, file), 1);
  const registered = JSON.stringify(client.received.filter(({ method }) => method === "client/registerCapability"));
  assert.match(registered, /"method":"workspace\/didChangeConfiguration","registerOptions":\{"section":"nixosVps"\}/u);

  client.settings = { rules: { [shadowRule]: "off" } };
  await client.connection.sendNotification("workspace/didChangeConfiguration", { settings: null });
  await eventually(() => assert.equal(client.refreshes(), 1));
  assert.equal(await severity(client, file), undefined);
});

test("a client that is not asked sends settings at the start and with each change", async (t) => {
  const root = writeFiles(t, sshFlake);
  const file = join(root, "persistence.nix");
  const client = await startClient({
    folders: [root],
    capabilities: pullOnly,
    initializationOptions: { settings: { rules: { [shadowRule]: "warning" } } },
  });
  t.after(() => client.kill());
  assert.equal(await severity(client, file), 2);
  const settings = { nixosVps: { rules: { [shadowRule]: "info" } } };
  await client.connection.sendNotification("workspace/didChangeConfiguration", { settings });
  assert.equal(await severity(client, file), 3);
});

test("a wrong value is named in the log and not used; the others count", async (t) => {
  const root = writeFiles(t, sshFlake);
  const rules = { [shadowRule]: "warning", "no-such-rule": "error", "unused-suppression": "loud" };
  const client = await startClient({
    folders: [root],
    settings: { rules, persistenceOptions: "my.dirs", headlessHosts: ["vps", 3] },
  });
  t.after(() => client.kill());
  assert.equal(await severity(client, join(root, "persistence.nix")), 2);
  assert.deepEqual(client.log().split("\n"), [
    'nixosVps.rules: there is no rule "no-such-rule".',
    'nixosVps.rules.unused-suppression: "loud" is not one of error, warning, info, hint, off; ignored.',
    'nixosVps.persistenceOptions: "my.dirs" is not a list of strings; ignored.',
    'nixosVps.headlessHosts: ["vps",3] is not a list of strings; ignored.',
  ]);
});

for (const settings of ["loud", ["x"], { rules: "all" }, { rules: null }]) {
  test(`settings of the wrong shape leave the defaults: ${JSON.stringify(settings)}`, async (t) => {
    const root = writeFiles(t, sshFlake);
    const client = await startClient({ folders: [root], settings, capabilities: fullCapabilities });
    t.after(() => client.kill());
    assert.equal(await severity(client, join(root, "persistence.nix")), 1);
  });
}

async function severity(client: TestClient, file: string): Promise<unknown> {
  return (await client.diagnostics(file)).find(({ code }) => code === shadowRule)?.severity;
}

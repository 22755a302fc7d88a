import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CheckedFlake, FlakeHosts, Status } from "../../core/src/protocol.ts";
import { eventually } from "../eventually.ts";
import { startClient, type TestClient, toUri } from "./client.ts";
import { flakeOf, manyModules, persists, sshFlake, writeFiles } from "./flakes.ts";

test("the status goes from starting to ready and follows what is found", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root], initializationOptions: { status: true } });
  t.after(() => client.kill());
  await eventually(() =>
    assert.deepEqual(statuses(client).at(-1), { state: "ready", flakes: 1, hosts: 1, files: 2, findings: 1 }),
  );
  assert.equal(statuses(client)[0]?.state, "starting");
  client.open(join(root, "persistence.nix"), "{ }\n");
  await eventually(() => assert.equal(statuses(client).at(-1)?.findings, 0));
  const count = statuses(client).length;
  client.change(join(root, "persistence.nix"), "{ a = 1; }\n");
  await client.diagnostics(join(root, "persistence.nix"));
  client.change(join(root, "persistence.nix"), persists("/etc/ssh"));
  await eventually(() => assert.equal(statuses(client).at(-1)?.findings, 1));
  assert.equal(statuses(client).length, count + 1);
});

test("no status is sent twice", async (t) => {
  const root = writeFiles(t, { ...sshFlake, ...manyModules(1000) });
  const client = await startClient({ folders: [root], initializationOptions: { status: true } });
  t.after(() => client.kill());
  for (const name of ["a", "b", "c"]) client.open(join(root, `${name}.nix`), "{ }\n");
  await eventually(() => assert.equal(statuses(client).at(-1)?.state, "ready"));
  const sent = statuses(client).map((status) => JSON.stringify(status));
  assert.deepEqual(
    sent.filter((status, index) => status === sent[index - 1]),
    [],
  );
});

test("a client that does not want the status is not sent it", async (t) => {
  const client = await startClient({ folders: [writeFiles(t, sshFlake)] });
  t.after(() => client.kill());
  await client.connection.sendRequest("nixosVps/checkWorkspace");
  await client.shutdown();
  assert.deepEqual(statuses(client), []);
});

test("hosts come with their place, modules and findings", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const flakes = await client.connection.sendRequest<FlakeHosts[]>("nixosVps/hosts");
  const line = sshFlake["flake.nix"].split("\n").findIndex((text) => text.includes("nixosConfigurations.vps"));
  assert.deepEqual(flakes, [
    {
      root: toUri(root),
      hosts: [
        {
          name: "vps",
          uri: toUri(join(root, "flake.nix")),
          range: { start: { line, character: 24 }, end: { line, character: 27 } },
          modules: 1,
          complete: flakes[0]?.hosts[0]?.complete,
          findings: { error: 1, warning: 0, info: 0, hint: 0 },
        },
      ],
    },
  ]);
});

test("checking the workspace looks at the disk again and counts what it finds", async (t) => {
  const root = writeFiles(t, sshFlake);
  const client = await startClient({ folders: [root] });
  t.after(() => client.kill());
  const check = (): Promise<CheckedFlake[]> => client.connection.sendRequest("nixosVps/checkWorkspace");
  const counts = { error: 1, warning: 0, info: 0, hint: 0 };
  assert.deepEqual(await check(), [{ root: toUri(root), hosts: 1, files: 2, findings: counts }]);
  // Nobody tells the server of this one.
  writeFileSync(join(root, "other.nix"), persists("/etc/ssh"));
  writeFileSync(join(root, "flake.nix"), flakeOf("./persistence.nix", "./other.nix"));
  assert.deepEqual(await check(), [{ root: toUri(root), hosts: 1, files: 3, findings: { ...counts, error: 2 } }]);
});

function statuses({ received }: TestClient): Status[] {
  return received.filter(({ method }) => method === "nixosVps/status").map(({ params }) => params as Status);
}

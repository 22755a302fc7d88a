import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import {
  BuildHostIsTarget,
  buildHostProblem,
  buildHostStore,
  requireOtherBuildHost,
} from "../../../core/src/bootstrap/buildHost.ts";

const directory = mkdtempSync(join(tmpdir(), "nv-build-host-"));
const sshConfig = join(directory, "config");
writeFileSync(
  sshConfig,
  `Host vps
  HostName 203.0.113.5
Host nat
  HostName 203.0.113.5
  Port 2222
Host behind
  HostName 203.0.113.5
  ProxyJump gate
`,
);
after(() => rmSync(directory, { recursive: true }));

test("a build host is a destination of ssh, with a port or without", () => {
  for (const good of [
    "builder",
    "me@builder",
    "me@198.51.100.7:2222",
    "my_builder",
    "me@[2001:db8::7]:22",
    " builder ",
  ])
    assert.equal(buildHostProblem(good), undefined, good);
  for (const bad of ["", " ", "-oProxyCommand=x", "a b", "me@", "@builder", "builder:x", "builder:70000", "10.0.0.300"])
    assert.notEqual(buildHostProblem(bad), undefined, bad);
  assert.match(buildHostProblem("fe80::1%eth0") ?? "", /"%" cannot stand in the address of a store/);
});

test("what has no problem makes the address of a store, and words that Nix takes apart at spaces again", () => {
  const typed = fc.stringMatching(/^[ -~]{1,20}$/).filter((text) => buildHostProblem(text) === undefined);
  fc.assert(
    fc.property(typed, (buildHost) => {
      const { url, env } = buildHostStore({ buildHost: buildHost.trim(), sshConfig }) ?? assert.fail();
      assert.match(url, /^ssh-ng:\/\/[\w.@:[\]-]+$/);
      assert.ok(!url.slice("ssh-ng://".length).startsWith("-"));
      assert.equal(env["NIX_SSHOPTS"]?.split(" ")[1], sshConfig);
    }),
  );
});

test("ssh is told the port, asks nothing, and goes to the machine that is known alone", () => {
  const { name, url, env } = buildHostStore({ buildHost: "me@[2001:db8::7]:2222" }) ?? assert.fail();
  assert.deepEqual([name, url], ["me@[2001:db8::7]:2222", "ssh-ng://me@[2001:db8::7]"]);
  const options = env["NIX_SSHOPTS"] ?? "";
  for (const wanted of ["-p 2222", "-o BatchMode=yes", "-o StrictHostKeyChecking=yes"])
    assert.ok(options.includes(wanted), wanted);
  assert.equal(buildHostStore({ buildHost: null }), undefined);
});

test("the target does not build, by whichever name it is called", async () => {
  const ask = (buildHost: string | null, target = "root@203.0.113.5", port?: number): Promise<void> =>
    requireOtherBuildHost({ buildHost, target, port, sshConfig });
  for (const same of ["vps", "me@vps", "203.0.113.5", "root@203.0.113.5:22"])
    await assert.rejects(ask(same), BuildHostIsTarget, same);
  await assert.rejects(ask("nat", "root@203.0.113.5", 2222), {
    message:
      "nat is the target itself, whose memory a build would not fit into: build on another machine, or on this computer.",
  });
  // One address may be several machines.
  for (const other of ["nat", "behind", "vps:2222", "builder", null]) await ask(other);
});

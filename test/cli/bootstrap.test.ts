import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CommandResult, runCommand, writeFiles } from "./command.ts";

const flake = {
  "flake.nix": `{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.web = nixpkgs.lib.nixosSystem { modules = [ ./disk.nix ]; };
  };
}
`,
  "disk.nix": `{
  disko.devices.disk.main = {
    type = "disk";
    device = "/dev/vda";
    content = {
      type = "gpt";
      partitions = {
        boot = { size = "1M"; type = "EF02"; };
        root = { size = "100%"; content = { type = "filesystem"; format = "ext4"; mountpoint = "/"; }; };
      };
    };
  };
  services.openssh.enable = true;
  users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA me" ];
}
`,
};

const facts = (totalMiB: number, changes: object = {}): string =>
  JSON.stringify({
    memory: { totalKiB: totalMiB * 1024, availableKiB: (totalMiB - 160) * 1024 },
    swap: [],
    os: { id: "arch" },
    kernel: "6.12.1",
    arch: "x86_64",
    container: "none",
    firmware: "bios",
    tools: ["bash", "tar", "gzip", "cpio", "find", "grep", "setsid", "pacman"],
    disks: [{ name: "vda", sizeBytes: 20e9, model: "QEMU", serial: "x", mounts: [] }],
    ...changes,
  });

/** Without Nix, ssh and nixos-anywhere, and with a place for runs of its own. */
const bare = (cwd: string): { cwd: string; env: Record<string, string> } => ({
  cwd,
  env: { PATH: "/nonexistent", NIXOS_VPS_STATE_DIR: join(cwd, "state"), HOME: cwd },
});

test("a plan from recorded facts needs neither Nix nor ssh, and has the documented shape", async (t) => {
  const cwd = writeFiles(t, { ...flake, "facts.json": facts(962) });
  const args = ["bootstrap", "--plan", "--format", "json", "--facts", "facts.json", ".#web", "root@203.0.113.5"];
  const { code, stdout, stderr } = await runCommand(args, bare(cwd));
  assert.deepEqual([code, stderr], [0, ""]);
  const plan = JSON.parse(stdout);
  assert.deepEqual(
    [plan.version, plan.host, plan.target, plan.image, plan.verdict],
    [1, "web", "root@203.0.113.5", { initrdMiB: 336 }, "ok"],
  );
  assert.equal(plan.facts.disks[0].serial, "x");
  assert.equal(plan.facts.network, "unknown");
  for (const row of plan.forecast) {
    for (const field of ["step", "needMiB", "haveMiB", "verdict", "action"]) assert.ok(field in row, field);
  }
  for (const finding of plan.preflight) assert.deepEqual(Object.keys(finding), ["id", "severity", "message", "remedy"]);
  assert.equal(plan.steps.length, 14);
  for (const step of plan.steps) assert.deepEqual(Object.keys(step), ["id", "title", "action", "reason"]);
  assert.ok(!plan.preflight.some(({ severity }: { severity: string }) => severity === "error"));
  assert.deepEqual(readdirSync(cwd).sort(), ["disk.nix", "facts.json", "flake.nix"]);
});

test("a host may have any name but one that Nix cannot be asked for", async (t) => {
  const renamed = flake["flake.nix"].replace("nixosConfigurations.web", 'nixosConfigurations."my host"');
  const cwd = writeFiles(t, { ...flake, "flake.nix": renamed, "facts.json": facts(962) });
  const plan = (subject: string): Promise<CommandResult> =>
    runCommand(["bootstrap", "--plan", "--facts", "facts.json", subject], bare(cwd));
  for (const subject of [".#my host", '.#"my host"', '.#nixosConfigurations."my host"']) {
    const { code, stdout } = await plan(subject);
    assert.equal(code, 0);
    assert.match(stdout, /^my host on unknown\n/);
  }
  const { code, stdout, stderr } = await plan('.#my "host"');
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^nixos-vps: the host my "host" has a quotation mark in its name, [^\n]*\n$/);
});

const verdicts: readonly (readonly [string, number, string, number, readonly string[]])[] = [
  ["960 MiB", 960, "ok", 0, []],
  ["768 MiB with the stock image", 768, "blocked", 2, []],
  ["768 MiB with an image without firmware", 768, "ok", 0, ["--initrd-mib", "150"]],
  ["960 MiB with an image that needs zram to be loaded", 960, "tight", 0, ["--initrd-mib", "372"]],
  ["800 MiB, where little is in use that could be moved to swap", 800, "blocked", 2, []],
];
for (const [name, memory, verdict, exitCode, options] of verdicts) {
  test(`the plan for ${name} is ${verdict}`, async (t) => {
    const cwd = writeFiles(t, { ...flake, "facts.json": facts(memory) });
    const args = ["bootstrap", "--plan", "--facts", "facts.json", "--format", "json", ...options, ".#web"];
    const { code, stdout } = await runCommand(args, bare(cwd));
    assert.deepEqual([JSON.parse(stdout).verdict, code], [verdict, exitCode]);
  });
}

test("facts that do not say what memory there is approve nothing", async (t) => {
  const cwd = writeFiles(t, { ...flake, "nothing.json": '{"version":1}', "kernel.json": '{"kernel":"6.12.1"}' });
  const plan = (file: string): Promise<CommandResult> =>
    runCommand(["bootstrap", "--plan", "--facts", file, ".#web"], bare(cwd));
  assert.deepEqual(await plan("nothing.json"), {
    code: 2,
    stdout: "",
    stderr:
      "nixos-vps: nothing.json holds no facts of a target: it has none of what nixos-vps inspect prints, such as memory and disks\n",
  });
  const { code, stdout } = await plan("kernel.json");
  assert.equal(code, 0);
  assert.match(
    stdout,
    /\nWhether it works is not known: the facts do not say what memory and disks the target has\.\n$/,
  );
  assert.doesNotMatch(stdout, /Nothing stands against it/);
});

test("what the configuration gets wrong stops the plan, unless it is accepted by its name", async (t) => {
  const cwd = writeFiles(t, { ...flake, "facts.json": facts(962, { firmware: "uefi" }) });
  const args = ["bootstrap", "--plan", "--facts", "facts.json", ".#web"];
  const refused = await runCommand(args, bare(cwd));
  assert.equal(refused.code, 2);
  assert.match(
    refused.stdout,
    /error {2}The target boots by UEFI, and web is configured for BIOS.* boot-mode-mismatch\n/,
  );
  assert.match(refused.stdout, /It cannot work like this\.\n$/);
  assert.equal((await runCommand([...args, "--accept", "boot-mode-mismatch"], bare(cwd))).code, 0);
});

const mistakes: readonly (readonly [readonly string[], string])[] = [
  [[], "bootstrap needs a flake with a host and a target (nixos-vps bootstrap [OPTION...] FLAKE#HOST TARGET)"],
  [["."], '"." names no host: write FLAKE#HOST, such as .#vps'],
  [[".#web"], "bootstrap needs a target, such as root@203.0.113.5 (nixos-vps bootstrap [OPTION...] FLAKE#HOST TARGET)"],
  [[".#web", "a", "b"], 'bootstrap takes one target, not "b" too'],
  [["--format", "json", ".#web", "x"], "--format goes with --plan"],
  [["--plan", "--format", "xml", ".#web", "x"], 'unknown format "xml": use text, json'],
  [["--patch", "maybe", ".#web", "x"], '--patch is one of auto, always, never, not "maybe"'],
  [["--port", "0", ".#web", "x"], '--port needs a number from 1 to 65535, not "0"'],
  [["--yes-wipe", "vda", ".#web", "x"], '--yes-wipe needs the path of a disk, such as /dev/vda, not "vda"'],
  [
    ["--host-key", "abc", ".#web", "x"],
    '--host-key needs a fingerprint as ssh-keygen -l prints it (SHA256:...), not "abc"',
  ],
  [["--kexec", "no.tar.gz", ".#web", "x"], "--kexec no.tar.gz: no such file or directory"],
  [["--disk-key", "a=b", ".#web", "x"], '--disk-key needs PATH=FILE, such as /tmp/disk.key=./disk.key, not "a=b"'],
  [
    ["--plan", "--facts", "bad.json", ".#web"],
    "bad.json holds no facts of a target: kernel must be a string, and is 3",
  ],
  [["--plan", "--facts", "facts.json", ".#wbe"], 'unknown host "wbe"; did you mean "web"? (the only host is web)'],
  [
    [".#web", "x"],
    "nixos-anywhere is not on PATH: nix profile install nixpkgs#nixos-anywhere, or name one with NIXOS_VPS_NIXOS_ANYWHERE",
  ],
  [["--plan", "--detach", ".#web", "x"], "--detach starts a run, and --plan starts none"],
  [[".#web", "root@h:22"], 'write root@h and --port 22 instead of "root@h:22"'],
  [
    ["--plan", "--facts", "facts.json", ".#web", "[2001:db8::1]:22"],
    'write 2001:db8::1 and --port 22 instead of "[2001:db8::1]:22"',
  ],
  [[".#web", "ssh://root@h:2222"], 'write root@h and --port 2222 instead of "ssh://root@h:2222"'],
  [[".#web", "ssh://root@h"], 'write USER@HOST and --port N instead of "ssh://root@h"'],
  [["--no-disko-deps", ".#web", "x"], "--no-disko-deps goes with --resume"],
  [["--no-build-host", ".#web", "x"], "--no-build-host goes with --resume"],
  [["--build-host", "a b", ".#web", "x"], '--build-host "a b": A destination of ssh has no spaces.'],
  [
    ["--plan", "--facts", "facts.json", "--build-host", "builder", ".#web", "x"],
    "--build-host is a machine to connect to, and --facts plans without that",
  ],
  [["--resume", "no-such-run"], 'there is no run "no-such-run" (nixos-vps runs lists them)'],
];
for (const [args, message] of mistakes) {
  test(`bootstrap ${args.join(" ")}: says what is wrong and could not start`, async (t) => {
    const cwd = writeFiles(t, { ...flake, "facts.json": facts(962), "bad.json": '{"kernel":3}' });
    assert.deepEqual(await runCommand(["bootstrap", ...args], bare(cwd)), {
      code: 2,
      stdout: "",
      stderr: `nixos-vps: ${message}\n`,
    });
  });
}

test("nixos-anywhere that was named and is no program", async (t) => {
  const cwd = writeFiles(t, flake);
  const { env } = bare(cwd);
  const { code, stderr } = await runCommand(["bootstrap", ".#web", "x"], {
    cwd,
    env: { ...env, NIXOS_VPS_NIXOS_ANYWHERE: "flake.nix" },
  });
  assert.deepEqual([code, stderr], [2, "nixos-vps: NIXOS_VPS_NIXOS_ANYWHERE is flake.nix, which is no program\n"]);
});

test("the target itself is refused as the machine that builds, in whatever form it is written", async (t) => {
  const cwd = writeFiles(t, { ...flake, config: "Host vps\n  HostName 203.0.113.5\n" });
  const { env } = bare(cwd);
  const withSsh = { cwd, env: { ...env, PATH: process.env["PATH"] ?? "", NIXOS_VPS_NIXOS_ANYWHERE: "/bin/true" } };
  const stderr =
    "nixos-vps: vps is the target itself, whose memory a build would not fit into: build on another machine, or on this computer.\n";
  for (const options of [["--plan"], []]) {
    const args = ["--ssh-config", "config", "--build-host", "vps", ".#web", "root@203.0.113.5"];
    const result = await runCommand(["bootstrap", ...options, ...args], withSsh);
    assert.deepEqual(result, { code: 2, stdout: "", stderr });
  }
});

const event = (seq: number, body: object): string =>
  `${JSON.stringify({ seq, time: "2026-01-01T00:00:00.000Z", ...body })}\n`;
const begun = (version = 1): string =>
  event(1, { type: "run-started", version, host: "web", target: "root@x", pid: 2 ** 22 + 1 });

test("runs: where each stands, also when its process is gone or it is from a newer version", async (t) => {
  const finished = event(2, { type: "run-finished", outcome: "cancelled", state: "not known" });
  const cwd = writeFiles(t, {
    "state/runs/1-web/journal.jsonl": `${begun()}${event(2, { type: "step-started", step: "kexec", title: "" })}{"seq":3,"ty`,
    "state/runs/2-web/journal.jsonl": `${begun()}${finished}`,
    "state/runs/3-web/journal.jsonl": begun(99),
  });
  const { code, stdout } = await runCommand(["runs"], bare(cwd));
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n"), [
    "3-web  written by a newer nixos-vps    ",
    "2-web  cancelled    root@x",
    "1-web  interrupted  kexec  root@x",
    "",
  ]);
  const json = JSON.parse((await runCommand(["runs", "--format", "json"], bare(cwd))).stdout);
  assert.deepEqual(
    json.runs.map(({ id, status }: { id: string; status: string }) => [id, status]),
    [
      ["3-web", "written by a newer nixos-vps"],
      ["2-web", "cancelled"],
      ["1-web", "interrupted"],
    ],
  );
});

test("runs without any", async (t) => {
  const result: CommandResult = await runCommand(["runs"], bare(writeFiles(t, {})));
  assert.deepEqual(result, { code: 0, stdout: "", stderr: "No bootstrap was started yet.\n" });
});

for (const [args, message] of [
  [["--follow", "nothing"], 'there is no run "nothing" (nixos-vps runs lists them)'],
  [["--json"], "--json goes with --follow; the list has --format json"],
  [["--follow", "x", "--format", "json"], "--format goes with the list; --follow has --json"],
] as const) {
  test(`runs ${args.join(" ")}: says what is wrong`, async (t) => {
    const result = await runCommand(["runs", ...args], bare(writeFiles(t, {})));
    assert.deepEqual(result, { code: 2, stdout: "", stderr: `nixos-vps: ${message}\n` });
  });
}

test("a state directory that cannot be used is one line, for a run and for the list", async (t) => {
  const cwd = writeFiles(t, { ...flake, state: "a file" });
  const { env } = bare(cwd);
  const state = join(cwd, "state");
  const refused = await runCommand(["bootstrap", ".#web", "x"], {
    cwd,
    env: { ...env, PATH: process.env["PATH"] ?? "", NIXOS_VPS_NIXOS_ANYWHERE: "/bin/false" },
  });
  assert.deepEqual(refused, {
    code: 2,
    stdout: "",
    stderr: `nixos-vps: cannot keep the run in ${state}/runs: not a directory; set NIXOS_VPS_STATE_DIR\n`,
  });
  for (const args of [["runs"], ["runs", "--follow", "x"], ["bootstrap", "--resume", "x"]])
    assert.deepEqual(await runCommand(args, { cwd, env }), {
      code: 2,
      stdout: "",
      stderr: `nixos-vps: cannot read the runs in ${state}/runs: not a directory; set NIXOS_VPS_STATE_DIR\n`,
    });
});

for (const [what, files, where, why] of [
  [
    "its directory",
    { "state/runs/1-web/journal.jsonl/x": "" },
    "1-web/journal.jsonl",
    "illegal operation on a directory",
  ],
  ["the locks", { "state/runs/.locks": "a file" }, ".locks", "file already exists"],
] as const) {
  test(`a run that is taken up again and cannot be written down, because of ${what}, is one line`, async (t) => {
    const cwd = writeFiles(t, {
      ...flake,
      ...files,
      "state/runs/1-web/flake.json": "{}",
      "state/runs/1-web/request.json": JSON.stringify({
        ...{ version: 1, target: "x", accept: [], diskKeys: [], patch: "auto", overlay: "auto", swapFile: "auto" },
        nixosAnywhere: "/bin/false",
      }).replace("{", `{"reference":${JSON.stringify({ flake: ".", directory: ".", host: "web" })},`),
    });
    const { env } = bare(cwd);
    const { code, stderr } = await runCommand(["bootstrap", "--json", "--resume", "1-web"], {
      cwd,
      env: { ...env, PATH: process.env["PATH"] ?? "" },
    });
    const said = `nixos-vps: cannot keep the run in ${cwd}/state/runs/${where}: ${why}; set NIXOS_VPS_STATE_DIR\n`;
    assert.deepEqual([code, stderr], [2, said]);
  });
}

test("without a home there is no state, which is said", async (t) => {
  const cwd = writeFiles(t, {});
  assert.deepEqual(await runCommand(["runs"], { cwd, env: { HOME: "" } }), {
    code: 2,
    stdout: "",
    stderr: "nixos-vps: HOME names no directory to keep state in: set HOME or NIXOS_VPS_STATE_DIR\n",
  });
});

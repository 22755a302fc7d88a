import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { inspectBuildHost } from "../../core/src/bootstrap/inspectBuildHost.ts";
import type { RunNotes } from "../../core/src/bootstrap/runNotes.ts";
import { type StepContext, StepFailed } from "../../core/src/bootstrap/step.ts";
import { build } from "../../core/src/bootstrap/steps/build.ts";
import { unknownFacts } from "../../core/src/bootstrap/targetFacts.ts";
import { nixVersion } from "../../core/src/nix/runNix.ts";
import { type BuildMachine, startBuildMachine } from "../ssh/buildMachine.ts";
import { withoutAccounts } from "../ssh/sshServer.ts";
import { type TemporaryStore, temporaryStore } from "./temporaryStore.ts";
import { startUntrustingDaemon } from "./untrustingDaemon.ts";

const { signal } = new AbortController();

suite("another machine builds", { skip: withoutAccounts ?? false }, () => {
  let store: TemporaryStore;
  let machine: BuildMachine;
  let sshConfig: string;
  /** A file of another content here (`here`) and there (`there`). */
  let nameFile: string;

  before(async () => {
    store = temporaryStore();
    Object.assign(process.env, store.env);
    machine = await start("there");
    sshConfig = join(store.directory, "ssh_config");
    useMachine(machine);
    nameFile = join(store.directory, "machine");
    writeFileSync(nameFile, "here\n");
    writeFileSync(join(store.directory, "there/machine"), "there\n");
  });

  async function start(name: string, path?: string): Promise<BuildMachine> {
    const { HOME = "", NIX_STORE_DIR = "", NIX_STATE_DIR = "", NIX_LOG_DIR = "" } = store.env;
    return startBuildMachine({
      directory: join(store.directory, name),
      place: store.directory,
      variables: { HOME, NIX_STORE_DIR, NIX_STATE_DIR, NIX_LOG_DIR },
      ...(path === undefined ? {} : { path }),
    });
  }

  /** Makes a machine the one that is called `builder`; as `stranger` its key is not known. */
  function useMachine({ sshConfig: lines }: BuildMachine): void {
    const config = ["Host stranger", "  UserKnownHostsFile /dev/null", ...lines("*")];
    writeFileSync(sshConfig, `${config.join("\n")}\n`);
  }

  after(() => {
    machine.stop();
    store.remove();
  });

  /** A flake with a host whose system says which machine built it; `extra` is run while it is built. */
  function flake(name: string, { system = "x86_64-linux", extra = "" } = {}): string {
    const directory = join(store.directory, name);
    mkdirSync(directory);
    const derivation = (output: string, script: string): string =>
      `derivation { name = "${output}-${name}"; system = "${system}"; builder = "/bin/sh"; args = [ "-c" ${JSON.stringify(script)} ]; }`;
    const toplevel = `PATH=/usr/bin:/bin; ${extra} mkdir $out; cp ${nameFile} $out/built-on`;
    const diskoScript = "echo 'for dev in /dev/vda; do wipefs $dev; done' > $out";
    writeFileSync(
      join(directory, "flake.nix"),
      `{
  outputs = _: {
    nixosConfigurations.web.config.system.build = {
      toplevel = ${derivation("system", toplevel)};
      diskoScriptNoDeps = ${derivation("disko", diskoScript)};
    };
  };
}
`,
    );
    return directory;
  }

  /** Carries out the step as a run does; gives what it noted and said. */
  async function carryOut(
    buildHost: string | null,
    directory: string,
    onLine: (line: string) => void = () => undefined,
  ): Promise<{ readonly notes: RunNotes; readonly lines: readonly string[]; readonly detail: string }> {
    const lines: string[] = [];
    let notes: RunNotes = {};
    const request = {
      reference: { flake: directory, directory, host: "web" },
      buildHost,
      sshConfig,
    };
    const context = {
      request: { ...request, diskoDependencies: false, accept: [], diskKeys: [] },
      plan: { facts: unknownFacts },
      signal,
      note: (noted: RunNotes) => {
        notes = noted;
      },
      onStarted: () => undefined,
      log: (line: string) => {
        lines.push(line);
        onLine(line);
      },
      progress: ({ text }: { readonly text: string }) => lines.push(text),
    } as unknown as StepContext;
    const detail = await build.run(context);
    return { notes, lines, detail };
  }

  const failed = async (work: Promise<unknown>): Promise<StepFailed> => {
    const error = await work.then(
      () => assert.fail("it did not fail"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof StepFailed, String(error));
    return error;
  };

  test("what it builds is here afterwards, and this computer builds nothing", async () => {
    const { notes, lines, detail } = await carryOut("builder", flake("elsewhere"));
    assert.match(detail, /, built on builder; partitions \/dev\/vda$/);
    assert.equal(readFileSync(join(notes.toplevel ?? "", "built-on"), "utf8"), "there\n");
    assert.match(readFileSync(notes.diskoScript ?? "", "utf8"), /wipefs/);
    assert.deepEqual(notes.disks, ["/dev/vda"]);
    assert.ok((notes.closureBytes ?? 0) > 0);
    assert.equal(
      readFileSync(join(store.directory, "there/store", basename(notes.toplevel ?? ""), "built-on"), "utf8"),
      "there\n",
    );
    assert.ok(lines.includes("2 of 2 paths copied from builder"), lines.join("\n"));
  });

  test("without one, this computer builds", async () => {
    const { notes } = await carryOut(null, flake("here"));
    assert.equal(readFileSync(join(notes.toplevel ?? "", "built-on"), "utf8"), "here\n");
  });

  test("a port that is typed with the machine is the one that is connected to", async () => {
    const typed = `127.0.0.1:${machine.server.port}`;
    assert.deepEqual(await inspectBuildHost({ buildHost: typed, sshConfig }, signal), []);
    const [finding] = await inspectBuildHost({ buildHost: "builder:1", sshConfig }, signal);
    assert.match(finding?.message ?? "", /port 1: Connection refused/);
  });

  test("a machine whose key is not known is sent nothing, and the plan says so", async () => {
    const [finding, more] = await inspectBuildHost({ buildHost: "stranger", sshConfig }, signal);
    assert.equal(more, undefined);
    assert.equal(finding?.id, "build-host-unreachable");
    assert.equal(finding.severity, "error");
    assert.match(finding.message, /^stranger cannot build: No ED25519 host key is known for/);
    const { failure, evidence } = await failed(carryOut("stranger", flake("stranger")));
    assert.equal(failure, "build-host-unreachable");
    assert.match(evidence ?? "", /^No ED25519 host key is known for/);
  });

  test("a machine without Nix is told from one that does not answer", async () => {
    const without = await start("bare", "/nowhere");
    useMachine(without);
    try {
      const [finding] = await inspectBuildHost({ buildHost: "builder", sshConfig }, signal);
      assert.equal(finding?.id, "build-host-without-nix");
      assert.match(finding.message, /nix-daemon/);
    } finally {
      useMachine(machine);
      without.stop();
    }
  });

  test("a machine that goes down in the middle is the failure, not what was built", async () => {
    const doomed = await start("doomed");
    useMachine(doomed);
    try {
      const slow = flake("slow", { extra: "echo begun >&2; sleep 60;" });
      const work = carryOut("builder", slow, (line) => {
        if (line.endsWith("begun")) doomed.server.kill();
      });
      const { failure, message } = await failed(work);
      assert.equal(failure, "build-host-unreachable", message);
    } finally {
      useMachine(machine);
      doomed.stop();
    }
  });

  test("a machine of another kind says what it cannot build", async () => {
    const error = await carryOut("builder", flake("other", { system: "riscv64-linux" })).catch(
      (thrown: Error) => thrown,
    );
    assert.match(String(error), /is required to build|required system or feature not available/i);
  });

  test("Nix that does not trust us takes nothing unsigned; the plan says so when that Nix tells", async () => {
    const daemon = await startUntrustingDaemon(store);
    Object.assign(process.env, daemon.env);
    try {
      const findings = await inspectBuildHost({ buildHost: "builder", sshConfig }, signal);
      const { minor } = await nixVersion();
      const told = minor < 16 ? [] : ["unsigned-paths"];
      assert.deepEqual(
        findings.map(({ id }) => id),
        told,
      );
      const { failure, evidence } = await failed(carryOut("builder", flake("untrusted")));
      assert.equal(failure, "unsigned-paths");
      assert.match(evidence ?? "", /cannot add path '.*' because it lacks/);
    } finally {
      Object.assign(process.env, store.env);
      delete process.env["NIX_DAEMON_SOCKET_PATH"];
      await daemon.stop();
    }
  });
});

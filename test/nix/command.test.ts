import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { measurementStore } from "../../core/src/closure/measuring/measurementStore.ts";
import { type CommandResult, runCommand, startCommand } from "../cli/command.ts";
import { articleFlake, articleHost, registerHost, slimDown } from "./articleFlake.ts";
import { nixProgram, type TemporaryStore, temporaryStore } from "./temporaryStore.ts";

let store: TemporaryStore;
let flake: string;

before(async () => {
  store = temporaryStore();
  flake = await articleFlake(store);
  await registerHost(store, flake);
});

after(() => store.remove());

function env(): Record<string, string> {
  return { ...store.env, NIXOS_VPS_NIX: nixProgram };
}

async function closure(...args: readonly string[]): Promise<CommandResult> {
  return runCommand(["closure", ...args], { cwd: flake, env: env() });
}

interface Report {
  readonly version: number;
  readonly root: string;
  readonly totalBytes: number;
  readonly pathCount: number;
  readonly paths: readonly {
    readonly path: string;
    readonly ownBytes: number;
    readonly closureBytes: number;
    readonly retainedBytes: number;
    readonly addedBy: readonly { readonly file: string; readonly line: number }[];
  }[];
  readonly why?: readonly string[];
  readonly without?: { readonly totalBytes: number; readonly freedBytes: number };
  readonly difference?: { readonly from: string; readonly bytesBefore: number; readonly bytesAfter: number };
  readonly budget?: { readonly verdict: string };
}

async function report(...args: readonly string[]): Promise<Report> {
  const { stdout, stderr, code } = await closure("--format", "json", ...args);
  assert.notEqual(code, 2, stderr);
  return JSON.parse(stdout);
}

const subject = `.#${articleHost}`;

test("text: the heaviest, where it is added, what could go, and an exit code that says it is within its limits", async () => {
  const { code, stdout, stderr } = await closure(subject);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const lines = stdout.split("\n");
  assert.equal(lines[0], `${articleHost}  7.6 GB · 989 paths`);
  for (const line of [
    "    4.3 GB  ├─ system-path-1 (itself 1 MB)",
    "    220 MB  │  ├─ zbar-0.23.93 (itself 40 MB)  modules/hey.nix:11",
    "    1.6 GB  modules/dev/cc.nix",
    "               :8  clang  700 MB",
    "      4 MB  openssl 3.0.14 and 1.1.1w",
    "What could go  -5.2 GB, to 2.4 GB",
  ])
    assert.ok(lines.includes(line), `${line}\n${stdout}`);
});

test("json: every path with its three sizes, by retained size", async () => {
  const { paths, root, totalBytes, pathCount, version } = await report(subject);
  assert.deepEqual([version, totalBytes, pathCount, paths.length, paths[0]?.path], [1, 7.6e9, 989, 989, root]);
  const retained = paths.map((path) => path.retainedBytes);
  assert.deepEqual(
    retained,
    retained.toSorted((a, b) => b - a),
  );
  const zbar = paths.find(({ path }) => path.includes("-zbar-"));
  assert.deepEqual(
    [zbar?.ownBytes, zbar?.closureBytes, zbar?.retainedBytes, zbar?.addedBy[0]?.file, zbar?.addedBy[0]?.line],
    [40e6, 620e6, 220e6, "modules/hey.nix", 11],
  );
});

test("why, without, and what nothing is called", async () => {
  const { why, without } = await report(subject, "--why", "mesa", "--without", "clang*,llvm", "--without", "lldb");
  assert.deepEqual(
    why?.map((path) => path.slice(path.lastIndexOf("/") + 34)),
    [`nixos-system-${articleHost}-24.05`, "system-path-1", "grimblast-0.1", "hyprland-0.40.0", "mesa-24.0"],
  );
  assert.deepEqual([without?.freedBytes, without?.totalBytes], [1.6e9, 6e9]);
  const part = await closure(subject, "--why", "zba");
  assert.match(part.stderr, /nothing in the closure is called "zba"; "\*zba\*" would match zbar-0\.23\.93\n$/);
  const { code, stderr } = await closure(subject, "--why", "hyperland");
  assert.equal(code, 2);
  assert.match(stderr, /nothing in the closure is called "hyperland"; did you mean "hyprland"\?/);
});

describe("budgets and limits are exit code 1", () => {
  test("--budget, nixos-vps.json, and a disk that is too small", async () => {
    const over = await closure(subject, "--budget", "3 GB");
    assert.equal(over.code, 1);
    assert.match(over.stdout, /Budget {2}over its budget: 7\.6 GB of 3 GB/);
    assert.equal((await closure(subject, "--disk", "8 GB")).code, 1);
    const fitting = await closure(subject, "--disk", "20 GB", "--ram", "962 MiB");
    assert.equal(fitting.code, 0);
    assert.match(fitting.stdout, /\nDoes it fit\? {2}fits the disk; can be bootstrapped/);
    const small = await closure(subject, "--disk", "20 GB", "--ram", "512 MB");
    assert.equal(small.code, 0);
    assert.match(small.stdout, /\nDoes it fit\? {2}fits the disk; cannot be bootstrapped\n/);
    const markdown = (await closure(subject, "--budget", "3 GB", "--disk", "8 GB", "--format", "markdown")).stdout;
    assert.deepEqual(
      markdown
        .split("\n\n")
        .slice(1, 4)
        .map((paragraph) => paragraph.split(":")[0]),
      [
        "**Over its budget**",
        "- The closure has 7.6 GB, 4.6 GB more than the 3 GB it may have.",
        "**Does it fit?** does not fit the disk.",
      ],
    );

    const facts = join(store.directory, "facts.json");
    writeFileSync(facts, JSON.stringify({ disks: [{ name: "vda", sizeBytes: 8e9, mounts: [] }], memory: "unknown" }));
    assert.equal((await closure(subject, "--facts", facts)).code, 1);
    writeFileSync(facts, JSON.stringify({ memory: { totalKiB: 985_000, availableKiB: 800_000 } }));
    const known = await closure(subject, "--facts", facts);
    assert.equal(known.code, 0);
    assert.match(known.stdout, / 788 of 962 MiB {2}ok {7}the kernel takes no image larger than half of the memory/);
    for (const [text, message] of [
      ["[]", /facts\.json holds no facts of a target: the facts must be an object/],
      ['{"disks":"x","memory":5}', /facts\.json holds no facts of a target: memory must be an object, and is 5/],
      ['{"kernel":"6.12"}', /facts\.json says neither how large the disks are nor how much memory there is/],
    ] as const) {
      writeFileSync(facts, text);
      const unknown = await closure(subject, "--facts", facts);
      assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
      assert.match(unknown.stderr, message);
    }

    const file = join(flake, "nixos-vps.json");
    const budget = { maxClosure: "8 GB", maxPath: "800 MB", forbid: ["clang-tools-*"] };
    writeFileSync(file, JSON.stringify({ hosts: { [articleHost]: budget } }));
    const { code, stdout } = await closure(subject);
    assert.equal(code, 1);
    assert.match(stdout, /qt6-6\.7\.1 has 855 MB, more than the 800 MB a path may have\./);
    assert.match(stdout, /clang-tools-17\.0\.6 is forbidden by "clang-tools-\*"\./);
    writeFileSync(file, '{ "hosts": { "vps-ultraman": { "maxClosur": "8 GB" } } }');
    const wrong = await closure(subject);
    assert.equal(wrong.code, 2);
    assert.match(
      wrong.stderr,
      /hosts\.vps-ultraman\.maxClosur is not known; maxClosure, maxPath, forbid can stand there/,
    );
    writeFileSync(file, '{ "hosts": { "vps-utraman": { "maxClosure": "1 GB" } } }');
    const stray = await closure(subject);
    assert.equal(stray.code, 0);
    assert.match(
      stray.stderr,
      /^nixos-vps: nixos-vps\.json: hosts\.vps-utraman is none of the flake's hosts \(.*vps-ultraman/,
    );
    writeFileSync(file, '{ "hosts": {} }');
  });
});

test("a host that is none, and what cannot be compared with", async () => {
  const unknown = await closure(".#vps-ultramen");
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(
    unknown.stderr,
    /^nixos-vps: unknown host "vps-ultramen"; did you mean "vps-ultraman"\? \(the hosts are [^\n]*\)\n$/,
  );
  const nothing = await closure(subject, "--diff", "nope");
  assert.deepEqual([nothing.code, nothing.stdout], [2, ""]);
  assert.match(
    nothing.stderr,
    /^nixos-vps: --diff "nope" is no file, store path, commit of the flake or host \(the hosts are [^\n]*\)\n$/,
  );
  const unbuilt = await closure(subject, "--diff", "mothra", "--format", "json");
  assert.deepEqual([unbuilt.code, unbuilt.stdout], [2, ""]);
  assert.match(unbuilt.stderr, /^nixos-vps: --diff mothra: \/\S+-nixos-system-mothra\S* is not in the store: /);
});

test("a name that is mistyped costs the question, not the measurement", async () => {
  const state = join(store.directory, "other-state");
  const { code } = await runCommand(["closure", subject, "--why", "hyperland"], {
    cwd: flake,
    env: { ...env(), NIXOS_VPS_STATE_DIR: state },
  });
  assert.equal(code, 2);
  assert.equal(readdirSync(join(state, "closures/measurements")).length, 1);
});

test("a saved file, another host, a store path, a commit and the last measurement can be compared with", async (t) => {
  const saved = join(store.directory, "before.json");
  const asReport = join(store.directory, "report.json");
  await report(subject, "--save", saved);
  writeFileSync(asReport, (await closure(subject, "--format", "json")).stdout);
  const { root } = await report(subject);
  await slimDown(store, flake);
  const unbuilt = await closure(subject);
  assert.equal(unbuilt.code, 2);
  assert.match(
    unbuilt.stderr,
    /nixos-system-vps-ultraman-24\.05 is not in the store: \d+ to build\. --build does that/,
  );

  await registerHost(store, flake);
  for (const before of [saved, asReport, root, "HEAD~1", "last"]) {
    await t.test(`--diff ${before.split("/").at(-1)}`, async () => {
      const { difference, totalBytes } = await report(subject, "--diff", before);
      assert.deepEqual([difference?.bytesBefore, difference?.bytesAfter, totalBytes], [7.6e9, 2.6e9, 2.6e9]);
    });
  }
  await registerHost(store, flake, "mothra");
  const { difference } = await report(subject, "--diff", "mothra");
  assert.equal(difference?.from, "mothra");
  const kept = measurementStore(join(store.directory, "nixos-vps/closures"));
  assert.deepEqual(
    [articleHost, "mothra"].map((host) =>
      kept
        .history(flake, host)
        .map(({ totalBytes }) => totalBytes / 1e9)
        .at(-1),
    ),
    [2.6, difference?.bytesBefore === undefined ? undefined : difference.bytesBefore / 1e9],
  );
  const { stdout } = await closure(subject, "--diff", "HEAD~1");
  assert.match(
    stdout,
    /Compared with HEAD~1 {2}-5 GB \(7\.6 GB to 2\.6 GB\), 17 fewer paths\n {3}-855 MB {2}- qt6 6\.7\.1\n/,
  );
});

test("a store path needs no flake, and a binary cache no store", async () => {
  const { root } = await report(subject);
  const alone = await report(root);
  assert.deepEqual([alone.root, alone.totalBytes, alone.paths[0]?.addedBy], [root, 2.6e9, []]);
  assert.equal((await report(`${root}/bin/sh`)).root, root);

  const content = join(store.directory, "content");
  writeFileSync(content, "x".repeat(1000));
  const path = (await store.nix("store", "add-file", content)).trim();
  const cache = `file://${join(store.directory, "cache")}`;
  await store.nix("copy", "--to", cache, path);
  await store.nix("store", "delete", path);
  const there = await report(path, "--store", cache);
  assert.deepEqual([there.root, there.pathCount], [path, 1]);
  const { code, stderr } = await closure(path);
  assert.equal(code, 2);
  assert.match(stderr, /path-info failed: .*is not valid/);
});

test("what a file calls a package is shown as it is, and does nothing to the terminal or the page", async () => {
  const saved = join(store.directory, "odd.json");
  const root = "/nix/store/00000000000000000000000000000000-system-1";
  const odd = '/nix/store/11111111111111111111111111111111-<img src=x onerror="alert(1)">`|\u001b[2J-1';
  const paths = [root, odd].map((path, place) => ({
    path,
    ownBytes: 1e9,
    references: place === 0 ? [1] : [],
    addedBy: [],
  }));
  const measurement = { version: 1, flake: "", host: "", measuredAt: "2026-01-01T00:00:00Z", root, paths };
  writeFileSync(saved, JSON.stringify(measurement));
  const asText = await closure(subject, "--diff", saved);
  assert.match(asText.stdout, / -1 GB {2}- <img src=x onerror="alert\(1\)">`\|\ufffd\[2J 1\n/);
  assert.ok(!asText.stdout.includes("\u001b"));
  const asMarkdown = await closure(subject, "--diff", saved, "--format", "markdown");
  assert.ok(asMarkdown.stdout.includes('| `<img src=x onerror="alert(1)">\'\\|\ufffd[2J` |'), asMarkdown.stdout);

  for (const [text, message] of [
    ["{", /odd\.json: The measurement is no JSON/],
    [JSON.stringify({ ...measurement, paths: paths.slice(1) }), /root .* is none of its paths/],
    [
      JSON.stringify({ ...measurement, paths: paths.map((path) => ({ ...path, references: [1] })) }),
      /are not all places/,
    ],
    [
      JSON.stringify({ ...measurement, paths: paths.map((path, place) => ({ ...path, references: [1 - place] })) }),
      /Paths refer to each other in a circle, which no Nix store has/,
    ],
  ] as const) {
    writeFileSync(saved, text);
    const { code, stderr } = await closure(subject, "--diff", saved);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});

test("a path that has vanished from a store is an error that names it", async () => {
  const part = (name: string, content: string): string => `derivation {
    name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo ${content} > $out" ];
  }`;
  const directory = tinyFlake("chain", part("nixos-system-chain", `\${${part("part", "x")}}`));
  assert.equal((await closure(`${directory}#chain`, "--build")).code, 0);
  const { root, paths } = await report(`${directory}#chain`);
  assert.equal(paths.length, 2);
  const cache = join(store.directory, "chainCache");
  await store.nix("copy", "--to", `file://${cache}`, root);
  assert.equal((await report(root, "--store", `file://${cache}`)).paths.length, 2);
  const vanished = paths.find(({ path }) => path !== root)?.path ?? "";
  const hash = vanished.slice(vanished.lastIndexOf("/") + 1).slice(0, 32);
  rmSync(join(cache, `${hash}.narinfo`));
  rmSync(join(store.directory, ".cache"), { recursive: true });
  const { code, stderr } = await closure(root, "--store", `file://${cache}`);
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`path-info failed: .*${hash}-part.* is not valid`));
});

test("--build builds what is missing", async () => {
  const directory = tinyFlake(
    "tiny",
    `derivation {
      name = "nixos-system-tiny";
      system = "x86_64-linux";
      builder = "/bin/sh";
      args = [ "-c" "echo built > $out" ];
    }`,
  );
  const missing = await closure(`${directory}#tiny`, "--format", "json");
  assert.equal(missing.code, 2);
  const { estimate, root } = JSON.parse(missing.stdout);
  assert.equal(estimate.toBuild, 1);
  const { code, stdout, stderr } = await closure(`${directory}#tiny`, "--build", "--progress", "--format", "json");
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).root, root);
  assert.match(stderr, /^nixos-vps: evaluating tiny\nnixos-vps: building tiny\n/);
  assert.equal(readFileSync(root, "utf8"), "built\n");
});

test("an evaluation is cancelled with the command, also when that is killed outright", async () => {
  // Ten thousand million additions, in little memory.
  const sum = (inner: string): string =>
    `builtins.foldl' (sum: number: sum + ${inner}) 0 (builtins.genList (n: n) 100000)`;
  const directory = tinyFlake("endless", `builtins.seq (${sum(`(${sum("number")})`)}) { }`);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const child = startCommand(["closure", `${directory}#endless`, "--progress"], { cwd: directory, env: env() });
    const stderr = text(child.stderr);
    await until(() => evaluations(directory).length > 0);
    child.kill(signal);
    const [code] = await once(child, "close");
    assert.equal(code, signal === "SIGTERM" ? 2 : null);
    if (signal === "SIGTERM") assert.match(await stderr, /interrupted/);
    await until(() => evaluations(directory).length === 0);
  }
});

test("a missing Nix and one that is none are one line each", async () => {
  const run = (more: Readonly<Record<string, string>>): Promise<CommandResult> =>
    runCommand(["closure", subject], { cwd: flake, env: { ...env(), ...more } });
  const missing = await run({ NIXOS_VPS_NIX: "/nonexistent/nix" });
  assert.equal(missing.code, 2);
  assert.equal(
    missing.stderr,
    "nixos-vps: /nonexistent/nix cannot be run as Nix: NIXOS_VPS_NIX (nixosVps.nix.path) names it.\n",
  );
  const other = await run({ NIXOS_VPS_NIX: "/bin/echo" });
  assert.equal(other.code, 2);
  assert.match(
    other.stderr,
    /^nixos-vps: \/bin\/echo --version prints .* which is no version of Nix that is known; [^\n]*\n$/,
  );
});

test("an evaluation that takes too much memory says which variable to change", async () => {
  const directory = tinyFlake("hungry", "builtins.seq (builtins.genList (number: number) 100000000) { }");
  const { code, stderr } = await runCommand(["closure", `${directory}#hungry`], {
    cwd: flake,
    env: { ...env(), NIXOS_VPS_NIX_MEMORY_MB: "500" },
  });
  assert.equal(code, 2);
  assert.match(stderr, /needs more than the 500 MB of memory it may use: set NIXOS_VPS_NIX_MEMORY_MB/);
});

/** A flake with one host, whose system is an expression. */
function tinyFlake(host: string, toplevel: string): string {
  const directory = join(store.directory, host);
  mkdirSync(directory);
  writeFileSync(
    join(directory, "flake.nix"),
    `{ outputs = _: { nixosConfigurations.${host}.config.system.build.toplevel = ${toplevel}; }; }`,
  );
  return directory;
}

/** Processes of Nix that evaluate a flake. */
function evaluations(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return (
        !/^(?:sh|setpriv)$/.test(argv[0] ?? "") &&
        argv.includes("build") &&
        argv.some((word) => word.startsWith(`${directory}#`))
      );
    } catch {
      return false;
    }
  });
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < end, "it did not happen within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readModules } from "../../cli/src/closure/readModules.ts";
import { closureAdvice } from "../../core/src/closure/advice.ts";
import { analyseClosure, type ClosureAnalysis } from "../../core/src/closure/analyseClosure.ts";
import { at } from "../../core/src/closure/closureGraph.ts";
import { findPaths } from "../../core/src/closure/findPaths.ts";
import { measureHost } from "../../core/src/closure/measuring/measureClosure.ts";
import { moduleShares } from "../../core/src/closure/moduleShares.ts";
import { duplicatedPackages } from "../../core/src/closure/packages.ts";
import { withoutPaths } from "../../core/src/closure/withoutPaths.ts";
import { parseHostReference } from "../../core/src/nix/flakeReference.ts";
import { nixVersion } from "../../core/src/nix/runNix.ts";
import { root } from "../../scripts/root.mjs";
import { articleFlake, articleHost, registerHost, slimDown } from "./articleFlake.ts";
import { type TemporaryStore, temporaryStore } from "./temporaryStore.ts";

// https://alienzj.org: a proxy node of 7.6 GB, of which 2.6 GB and 972 paths were left. Its table, whose closure sizes overlap:
const table: readonly { readonly packages: readonly string[]; readonly closures: number; readonly retained: number }[] =
  [
    { packages: ["clang", "clang-tools", "lldb", "llvm"], closures: 7000, retained: 1600 },
    { packages: ["hyprland", "grimblast", "qt6"], closures: 4500, retained: 1210 },
    { packages: ["rustc", "rust-docs", "clippy"], closures: 3500, retained: 1020 },
    { packages: ["linux-firmware"], closures: 787, retained: 787 },
    { packages: ["zbar"], closures: 620, retained: 220 },
    { packages: ["microvm"], closures: 503, retained: 103 },
  ];

let store: TemporaryStore;
let flake: string;

before(async () => {
  store = temporaryStore();
  Object.assign(process.env, store.env);
  flake = await articleFlake(store);
  await registerHost(store, flake);
});

after(() => store.remove());

async function analyse(): Promise<ClosureAnalysis> {
  const reference = parseHostReference(`${flake}#${articleHost}`, "/");
  assert.ok(reference);
  const bundle = { bundleDirectory: join(root, "out") };
  const measurement = await measureHost(reference, {
    version: await nixVersion(),
    build: false,
    onProgress: () => undefined,
    written: async () => (await readModules(reference, bundle, new AbortController().signal)).written,
    onUnattributed: (error) => {
      throw error;
    },
  });
  return analyseClosure(measurement);
}

function places(analysis: ClosureAnalysis, packages: readonly string[]): number[] {
  return packages.flatMap((name) => {
    const found = findPaths(analysis, name);
    assert.equal(found.length, 1, name);
    return found;
  });
}

test("each path is laid at the module and line that adds it", async () => {
  const { measurement } = await analyse();
  const addedBy = (name: string): unknown =>
    measurement.paths
      .find(({ path }) => path.slice(path.lastIndexOf("/") + 34).startsWith(`${name}-`))
      ?.addedBy.map(({ file, line, option, package: text }) => [`${file}:${line}`, option, text]);
  const systemPackages = "environment.systemPackages";
  const found = Object.fromEntries(
    ["zbar", "clang-tools", "rustc", "hyprland", "linux-firmware", "tmux", "motd", "sing-box", "qemu"].map((name) => [
      name,
      addedBy(name),
    ]),
  );
  assert.deepEqual(found, {
    zbar: [["modules/hey.nix:11", systemPackages, "zbar"]],
    "clang-tools": [["modules/dev/cc.nix:9", systemPackages, "clang-tools"]],
    rustc: [["modules/dev/rust.nix:8", systemPackages, "pkgs.rustc"]],
    // Nix names modules/user.nix, which hands on what hey.nix lists.
    hyprland: [["modules/hey.nix:14", "users.users.ultraman.packages", "pkgs.hyprland"]],
    "linux-firmware": [["hosts/vps-ultraman/default.nix:8", "hardware.firmware", "pkgs.linux-firmware"]],
    tmux: [
      ["modules/hey.nix:7", systemPackages, "tmux"],
      ["hosts/vps-ultraman/default.nix:10", "users.users.ultraman.packages", "pkgs.tmux"],
    ],
    motd: [["hosts/vps-ultraman/default.nix:11", "environment.etc.motd.source", "motd"]],
    "sing-box": [["hosts/vps-ultraman/default.nix:12", "systemd.services.sing-box.serviceConfig.ExecStart", undefined]],
    qemu: [],
  });
  const perl = measurement.paths.find(({ path }) => path.includes("-perl-"));
  assert.match(
    perl?.addedBy[0]?.file ?? "",
    /^\/.*-source\/system\.nix$/,
    "modules of other flakes keep their store path",
  );
});

test("modules, duplicates and advice say where the bytes come from", async () => {
  const analysis = await analyse();
  const modules = moduleShares(analysis).map(({ file, freedBytes }) => [file, freedBytes / 1e6]);
  assert.deepEqual(modules.slice(0, 4), [
    ["modules/dev/cc.nix", 1600],
    ["modules/dev/rust.nix", 1020],
    ["modules/desktop.nix", 855],
    ["hosts/vps-ultraman/default.nix", 827],
  ]);
  const [openssl] = duplicatedPackages(analysis);
  assert.deepEqual(
    [openssl?.name, openssl?.variants.map(({ version }) => version), openssl?.spareBytes],
    ["openssl", ["3.0.14", "1.1.1w"], 4e6],
  );
  const advice = closureAdvice(analysis).map(({ offender, savesBytes }) => [offender.id, savesBytes / 1e6]);
  assert.deepEqual(advice, [
    ["toolchains", 2620],
    ["desktop", 1490],
    ["firmware", 787],
    ["scripting", 183],
    ["virtualization", 103],
  ]);
});

test("the article's system: its table in the right order, with sizes that do not overlap, and 2.6 GB when it is slimmed down", async () => {
  const analysis = await analyse();
  const { totalBytes, pathCount, closureBytes, graph, measurement } = analysis;
  assert.equal(totalBytes, 7.6e9);
  for (const { packages, closures, retained } of table) {
    const nodes = places(analysis, packages);
    const overlapping = nodes.reduce((sum, node) => sum + at(closureBytes, node), 0);
    assert.deepEqual([packages[0], overlapping / 1e6], [packages[0], closures]);
    assert.equal(withoutPaths(graph, nodes).freedBytes / 1e6, retained);
  }
  const overlapping = table.reduce((sum, { closures }) => sum + closures, 0);
  assert.equal(overlapping, 16_910, "closure sizes add up to more than twice the system");
  const all = withoutPaths(
    graph,
    table.flatMap(({ packages }) => places(analysis, packages)),
  );
  // libllvm is shared by the first two alone: 60 MB vanish with both.
  assert.equal(all.freedBytes / 1e6, table.reduce((sum, { retained }) => sum + retained, 0) + 60);
  assert.equal(all.totalBytes, 2.6e9);
  assert.equal(all.pathCount, 972);
  assert.equal(pathCount, 989);

  assert.match(measurement.revision ?? "", /^[0-9a-f]{40}$/);
  await slimDown(store, flake);
  await registerHost(store, flake);
  const slim = await analyse();
  assert.deepEqual([slim.totalBytes, slim.pathCount], [2.6e9, 972]);
  assert.notEqual(slim.measurement.revision, measurement.revision);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AddedBy } from "../../../core/src/closure/measurement.ts";
import { attributePaths } from "../../../core/src/closure/measuring/attribution.ts";
import type { Addition } from "../../../core/src/nix/evalAdditions.ts";
import type { WrittenAddition } from "../../../core/src/project/writtenAdditions.ts";
import { outlinedMeasurement, storePath } from "./closures.ts";

const source = "/nix/store/00000000000000000000000000000000-source";
const systemPackages = "environment.systemPackages";
const names = ["zbar-0.23", "zbar-0.23-man", "kate-24.05", "python3.11-requests-2.31", "wl_clipboard-2.2", "etc-x"];
const { paths } = outlinedMeasurement({
  system: [1, ...names],
  ...Object.fromEntries(names.map((name) => [name, [1]])),
});

interface Given {
  readonly additions: readonly Partial<Addition>[];
  readonly written?: readonly Partial<WrittenAddition>[];
  readonly subdirectory?: string;
  readonly directory?: string | undefined;
}

/** Who adds each path that somebody adds, by its name. */
function attribute({ additions, written = [], subdirectory = "", ...rest }: Given): Record<string, readonly AddedBy[]> {
  const measured = attributePaths(
    paths,
    additions.map((addition) => ({
      option: systemPackages,
      file: `${source}/modules/a.nix`,
      name: undefined,
      paths: [],
      ...addition,
    })),
    {
      directory: "directory" in rest ? rest.directory : `/flake/${subdirectory}`.replace(/\/$/, ""),
      source: { storePath: source, subdirectory, revision: undefined },
      written: written.map((place) => ({
        file: "/flake/modules/a.nix",
        line: 1,
        option: systemPackages,
        at: { file: "", start: 0, end: 0 },
        names: [],
        text: "",
        ...place,
      })),
    },
  );
  return Object.fromEntries(
    measured.filter(({ addedBy }) => addedBy.length > 0).map(({ path, addedBy }) => [path.slice(44), addedBy]),
  );
}

test("all outputs of a package stand at its line; without one, at the definition of the option; else at the file", () => {
  const zbar = [storePath("zbar-0.23"), storePath("zbar-0.23-man")];
  const written = [
    { line: 3, names: [] },
    { file: "/flake/modules/b.nix", line: 7, names: ["zbar"], text: "zbar" },
    { line: 5, names: ["zbar"], text: "pkgs.zbar" },
  ];
  const at5 = [{ file: "modules/a.nix", line: 5, option: systemPackages, package: "pkgs.zbar" }];
  const additions = [{ name: "zbar", paths: zbar }];
  assert.deepEqual(attribute({ additions, written }), { "zbar-0.23": at5, "zbar-0.23-man": at5 });
  const at3 = [{ file: "modules/a.nix", line: 3, option: systemPackages, package: "zbar" }];
  assert.deepEqual(attribute({ additions, written: written.slice(0, 1) })["zbar-0.23"], at3);
  const nowhere = [{ file: "modules/a.nix", option: systemPackages, package: "zbar" }];
  assert.deepEqual(attribute({ additions })["zbar-0.23"], nowhere);
  assert.deepEqual(attribute({ additions, written, directory: undefined })["zbar-0.23"], nowhere);
});

test("attributes and packages are the same under another name", () => {
  const additions = [
    { name: "kate", paths: [storePath("kate-24.05")] },
    { name: "python3.11-requests", paths: [storePath("python3.11-requests-2.31")] },
    { name: "wl_clipboard", paths: [storePath("wl_clipboard-2.2")] },
  ];
  const written = [
    { line: 2, names: ["kdePackages", "kate"], text: "kdePackages.kate" },
    { line: 3, names: ["python3Packages", "requests"], text: "python3Packages.requests" },
    { line: 4, names: ["wl-clipboard"], text: "wl-clipboard" },
  ];
  const found = attribute({ additions, written });
  assert.deepEqual(
    Object.values(found).map(([place]) => [place?.line, place?.package]),
    [
      [2, "kdePackages.kate"],
      [3, "python3Packages.requests"],
      [4, "wl-clipboard"],
    ],
  );
});

test("a flake below the top of its repository, a directory as a module, names that are computed, frameworks that say how", () => {
  const paths = [storePath("zbar-0.23")];
  const of = (given: Given): AddedBy | undefined => attribute(given)["zbar-0.23"]?.[0];
  assert.deepEqual(of({ additions: [{ file: `${source}/modules/a.nix`, paths }], subdirectory: "nix" }), {
    file: "../modules/a.nix",
    option: systemPackages,
  });
  const written = [{ file: "/flake/hosts/vps/default.nix", line: 9 }];
  assert.equal(of({ additions: [{ file: `${source}/hosts/vps`, paths }], written })?.line, 9);
  const option = "users.users.alice.packages";
  const computed = [{ line: 4, option: "users.users.${config.me.name}.packages", names: ["zbar"], text: "zbar" }];
  assert.equal(of({ additions: [{ option, paths }], written: computed })?.line, 4);
  assert.equal(of({ additions: [{ option: "users.users.alice.shell", paths }], written: computed })?.line, undefined);
  const via = `${source}/modules/a.nix, via option flake.nixosModules.a`;
  assert.equal(of({ additions: [{ file: via, paths }] })?.file, "modules/a.nix");
});

test("modules of nixpkgs stand only where none of the flake does, and not by the dozen", () => {
  const paths = [storePath("zbar-0.23")];
  const foreign = ["a", "b", "c", "d"].map((name) => ({
    file: `/nix/store/x-source/nixos/modules/${name}.nix`,
    paths,
  }));
  assert.equal(attribute({ additions: foreign })["zbar-0.23"]?.length, 3);
  assert.deepEqual(attribute({ additions: [...foreign, { paths }, { paths }] })["zbar-0.23"], [
    { file: "modules/a.nix", option: systemPackages },
  ]);
});

test("a module without a file is found by what it lists, or left out", () => {
  const additions = [{ file: "<unknown-file>", name: "zbar", paths: [storePath("zbar-0.23")] }];
  const written = [{ file: "/flake/flake.nix", line: 12, names: ["zbar"], text: "zbar" }];
  assert.deepEqual(attribute({ additions, written })["zbar-0.23"], [
    { file: "flake.nix", line: 12, option: systemPackages, package: "zbar" },
  ]);
  assert.deepEqual(attribute({ additions }), {});
});

test("packages of home-manager are found in the modules alone", () => {
  const option = "home-manager.users.alice.home.packages";
  const written = [
    { file: "/flake/home.nix", line: 6, option, names: ["zbar"], text: "pkgs.zbar" },
    { line: 7, option: systemPackages, names: ["kate"], text: "kate" },
  ];
  assert.deepEqual(attribute({ additions: [], written }), {
    "zbar-0.23": [{ file: "home.nix", line: 6, option, package: "pkgs.zbar" }],
  });
});

test("command lines and scripts name what they run; what is not in the closure is not added", () => {
  const script = `exec ${storePath("zbar-0.23")}/bin/zbar --config=${storePath("etc-x")} ${storePath("other-1")}/x`;
  assert.deepEqual(Object.keys(attribute({ additions: [{ paths: [script, "/run/current-system", ""] }] })), [
    "zbar-0.23",
    "etc-x",
  ]);
});

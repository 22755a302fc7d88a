import assert from "node:assert/strict";
import { test } from "node:test";
import { closureAdvice } from "../../../core/src/closure/advice.ts";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { offenders } from "../../../core/src/closure/offenders.ts";
import { parseStorePath } from "../../../core/src/closure/storePathName.ts";
import { rules } from "../../../core/src/rules/registry.ts";
import { type ClosureOutline, outlinedMeasurement } from "./closures.ts";

function advise(outline: ClosureOutline): [string, number][] {
  return closureAdvice(analyseClosure(outlinedMeasurement(outline))).map(({ offender, savesBytes }) => [
    offender.id,
    savesBytes / 1e6,
  ]);
}

/** Which piece of advice a path belongs to. */
function offenderOf(name: string, ownBytes = 1e9): string | undefined {
  return offenders.find((offender) => offender.matches(parseStorePath(name), ownBytes))?.id;
}

const recognized: Readonly<Record<string, readonly string[]>> = {
  firmware: ["linux-firmware-20240513-zstd", "sof-firmware-2.2.6", "wireless-regdb-2024.01.23", "b43-firmware-5.1.138"],
  toolchains: [
    "clang-wrapper-17.0.6",
    "llvm-17.0.6",
    "gcc-13.2.0",
    "rustc-wrapper-1.77.2",
    "go-1.22.3",
    "cmake-3.29.2",
  ],
  desktop: ["hyprland-0.40.0", "qtbase-6.7.0", "gtk+3-3.24.41", "firefox-126.0", "zbar-0.23.93", "pipewire-1.0.5"],
  virtualization: ["qemu-8.2.4", "cloud-hypervisor-39.0"],
  graphics: ["libX11-1.8.9", "mesa-24.0.7-drivers", "wayland-1.22.0", "cairo-1.18.0"],
  documentation: ["zbar-0.23.93-man", "nixos-manual-html", "man-db-2.12.1", "git-2.44.1-doc"],
  fonts: ["dejavu-fonts-2.37", "fontconfig-2.15.0", "noto-fonts-color-emoji-2.042"],
  locales: ["glibc-locales-2.39-52"],
  "nixpkgs-source": ["source"],
  scripting: ["perl-5.38.2", "python3-3.11.9"],
  debug: ["glibc-2.39-52-debug"],
};
for (const [id, names] of Object.entries(recognized)) {
  for (const name of names) test(`${name} belongs to ${id}`, () => assert.equal(offenderOf(name), id));
}

// What a server needs looks like it: libraries of compilers, the locale in use, modules of the kernel, a flake's own source.
const needed = [
  "gcc-13.2.0-lib",
  "gcc-13.2.0-libgcc",
  "glibc-2.39-52",
  "linux-6.6.32-modules",
  "systemd-255.4",
  "openssl-3.0.14-bin",
  "git-2.44.1",
  "google-cloud-sdk-1.0",
  "sing-box-1.8.14",
  "python3.11-requests-2.31.0",
];
for (const name of needed) test(`${name} is no offender`, () => assert.equal(offenderOf(name), undefined));

test("small locales and small sources are fine", () => {
  assert.equal(offenderOf("glibc-locales-2.39-52", 3e6), undefined);
  assert.equal(offenderOf("source", 1e6), undefined);
});

test("what advice saves is what vanishes after all advice before it, so it adds up", () => {
  const outline: ClosureOutline = {
    "system-1": [0, "hyprland-0.40.0", "clang-17.0.6", "firefox-126.0", "tiny-firmware-1"],
    "hyprland-0.40.0": [100e6, "mesa-24.0"],
    "firefox-126.0": [300e6, "mesa-24.0"],
    "mesa-24.0": [150e6, "llvm-17.0.6-lib"],
    "clang-17.0.6": [700e6, "llvm-17.0.6-lib"],
    "llvm-17.0.6-lib": [90e6],
    "tiny-firmware-1": [1e6],
  };
  assert.deepEqual(advise(outline), [
    ["toolchains", 700],
    ["desktop", 640],
  ]);
});

test("rules that advice names are there", () => {
  const known = rules.map(({ id }) => id);
  for (const { rule } of offenders) assert.ok(rule === undefined || known.includes(rule), rule);
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { nameOfStorePath, parseStorePath } from "../../../core/src/closure/storePathName.ts";

const hash = "26v1bqgl3hg3fvqp5qqnrqjf6ng0p1sv";
const cases: readonly (readonly [name: string, parts: readonly [string, string, string]])[] = [
  ["openssl-3.0.14", ["openssl", "3.0.14", ""]],
  ["openssl-3.0.14-bin", ["openssl", "3.0.14", "bin"]],
  ["glibc-2.39-52-getent", ["glibc", "2.39-52", "getent"]],
  ["gcc-13.2.0-lib", ["gcc", "13.2.0", "lib"]],
  ["linux-6.6.32-modules", ["linux", "6.6.32", "modules"]],
  ["linux-firmware-20240513-zstd", ["linux-firmware", "20240513", "zstd"]],
  ["python3.11-requests-2.31.0", ["python3.11-requests", "2.31.0", ""]],
  ["perl5.38.2-File-Slurp-9999.32", ["perl5.38.2-File-Slurp", "9999.32", ""]],
  ["sing-box-0-unstable-2024-05-01", ["sing-box", "0-unstable-2024-05-01", ""]],
  ["nixos-system-vps-24.11.20241231.abcdef", ["nixos-system-vps", "24.11.20241231.abcdef", ""]],
  ["unit-sshd.service", ["unit-sshd.service", "", ""]],
  ["etc", ["etc", "", ""]],
];
for (const [name, [base, version, output]] of cases) {
  test(`${name} in parts`, () => {
    assert.equal(nameOfStorePath(`/nix/store/${hash}-${name}`), name);
    assert.deepEqual(parseStorePath(`/nix/store/${hash}-${name}`), { name: base, version, output });
  });
}

test("names are split as Nix splits them, outputs aside", () => {
  const names = cases.map(([name]) => name);
  const expression = `map builtins.parseDrvName (builtins.fromJSON ''${JSON.stringify(names)}'')`;
  const said = JSON.parse(
    execFileSync("nix-instantiate", ["--eval", "--strict", "--json", "--store", "dummy://", "-E", expression], {
      encoding: "utf8",
    }),
  );
  const ours = names.map((each) => {
    const { name, version, output } = parseStorePath(each);
    return { name, version: output === "" ? version : `${version}-${output}` };
  });
  assert.deepEqual(ours, said);
});

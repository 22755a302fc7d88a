import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/root.mjs";

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

for (const lockfile of ["package-lock.json", "test/e2e/package-lock.json"]) {
  const { packages } = JSON.parse(readFileSync(join(root, lockfile), "utf8")) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };

  test(`${lockfile} pins every package and names no registry`, () => {
    const { "": _project, ...locked } = packages;
    const unfit = Object.entries(locked).filter(([, { version, integrity, resolved }]) => {
      return version === undefined || integrity === undefined || resolved !== undefined;
    });
    assert.deepEqual(unfit, []);
  });

  // npm leaves an optional package out of the lockfile when the registry does not offer it, a build for another
  // platform say, and `npm ci` then refuses the lockfile everywhere.
  test(`${lockfile} holds every package that another one depends on`, () => {
    const missing = Object.entries(packages).flatMap(([path, locked]) => {
      const names = Object.keys({ ...locked.dependencies, ...locked.devDependencies, ...locked.optionalDependencies });
      return names.filter((name) => !candidates(path, name).some((candidate) => candidate in packages));
    });
    assert.deepEqual(missing, []);
  });
}

/** Where Node looks for `name` from the package at `path`, innermost first. */
function candidates(path: string, name: string): readonly string[] {
  const outer = path.lastIndexOf("node_modules/");
  const own = path === "" ? `node_modules/${name}` : `${path}/node_modules/${name}`;
  return outer < 0 ? [own] : [own, ...candidates(path.slice(0, Math.max(0, outer - 1)), name)];
}

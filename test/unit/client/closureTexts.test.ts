import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { failedPlace } from "../../../client/src/closure/failedPlace.ts";
import type { HostClosure } from "../../../client/src/closure/hostClosure.ts";
import { targetInSettings, targetSeen } from "../../../client/src/closure/knownTarget.ts";
import { lensText, lensTooltip } from "../../../client/src/closure/lensText.ts";
import { parseNotBuilt } from "../../../client/src/closure/notBuilt.ts";
import { noticesOf } from "../../../client/src/closure/notices.ts";
import { packageSizes } from "../../../client/src/closure/packageSizes.ts";
import { placeOfProblem } from "../../../client/src/closure/placeOfProblem.ts";
import { type SeenMachine, seenMachine } from "../../../core/src/bootstrap/seenMachine.ts";
import { unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";
import { analyseClosure } from "../../../core/src/closure/analyseClosure.ts";
import { NoBudget, parseBudgets, strayBudgets } from "../../../core/src/closure/budget.ts";
import { closureFit } from "../../../core/src/closure/fits.ts";
import { outlinedMeasurement } from "../closure/closures.ts";

const now = Date.parse("2026-01-02T12:00:00Z");
const entry = {
  flake: "/flake",
  host: "vps",
  measuredAt: "2026-01-02T11:58:00Z",
  root: "/nix/store/a",
  totalBytes: 2.6e9,
  pathCount: 972,
};
const bare: HostClosure = { entry, previous: undefined, budget: undefined, fit: undefined, target: undefined };

function withTarget(totalBytes: number, disk: string, ram: string): HostClosure {
  const target = targetInSettings({ vps: { disk, ram } }, "vps");
  assert.ok(target);
  return { ...bare, entry: { ...entry, totalBytes }, target, fit: closureFit(totalBytes, target.size) };
}

suite("the lens", () => {
  test("says what is known, and nothing that is not", () => {
    assert.equal(lensText(bare, now), "2.6 GB · 972 paths");
    assert.equal(lensText({ ...bare, entry: { ...entry, pathCount: 1 } }, now), "2.6 GB · 1 path");
  });

  test("says by how much it differs from the system before", () => {
    const previous = { ...entry, totalBytes: 2.48e9, measuredAt: "2026-01-01T11:00:00Z" };
    assert.equal(lensText({ ...bare, previous }, now), "2.6 GB · 972 paths · +120 MB since yesterday");
    const recent = { ...previous, measuredAt: "2026-01-02T11:59:40Z" };
    assert.equal(lensText({ ...bare, previous: recent }, now), "2.6 GB · 972 paths · +120 MB");
  });

  test("warns when it is over budget, and when the disk is too small", () => {
    const over: HostClosure["budget"] = { verdict: "over", violations: [{ kind: "maxClosure", message: "Too much." }] };
    assert.equal(lensText({ ...bare, budget: over }, now), "$(warning)\u00a02.6 GB · 972 paths · over budget");
    assert.match(lensTooltip({ ...bare, budget: over }, now), /^Measured 2 minutes ago: \/nix\/store\/a\nToo much\.$/);
    const near: HostClosure["budget"] = { verdict: "near", violations: [] };
    assert.equal(lensText({ ...bare, budget: near }, now), "2.6 GB · 972 paths · near its budget");
    assert.match(
      lensText(withTarget(7.6e9, "6 GB", ""), now),
      /^\$\(warning\)\u00a07\.6 GB · .* · does not fit 6 GB disk$/,
    );
  });

  test("says whether it fits, in the words of the forecast", () => {
    assert.equal(lensText(withTarget(2.6e9, "20 GB", "2 GB"), now), "2.6 GB · 972 paths · fits 20 GB disk");
    assert.match(lensText(withTarget(2.6e9, "5 GB", ""), now), / · tight on 5 GB disk$/);
    assert.match(
      lensText(withTarget(2.6e9, "20 GB", "512 MB"), now),
      / · fits 20 GB disk · 512 MB RAM cannot bootstrap it$/,
    );
    assert.match(lensTooltip(withTarget(7.6e9, "6 GB", ""), now), /of 6 GB, blocked\. Make the closure smaller by/);
  });
});

suite("the place that an evaluation failed at", () => {
  test("is a file of the flake", () => {
    const place = { file: "modules/web server.nix", line: 3, column: 12 };
    assert.deepEqual(
      failedPlace("Evaluation of my host failed at modules/web server.nix:3:12: attribute 'b' missing."),
      place,
    );
  });

  test("is not known when nothing says it, or it is elsewhere", () => {
    for (const where of ["", " at /nix/store/a-source/lib/modules.nix:3:12", " at «string»:1:1"])
      assert.equal(failedPlace(`Evaluation of vps failed${where}: In a.nix:1:2: it failed at b.`), undefined);
  });
});

suite("the machine of a host", () => {
  test("comes from the setting, as it is written there", () => {
    const target = targetInSettings({ vps: { disk: "20 GB", ram: "1 GiB" } }, "vps");
    assert.deepEqual(target?.size, { diskBytes: 20e9, ramBytes: 2 ** 30 });
    assert.deepEqual([target?.disk, target?.ram], ["20 GB disk", "1 GiB RAM"]);
  });

  test("is not known when the setting says nothing that can be read", () => {
    for (const setting of [undefined, null, [], { vps: {} }, { vps: { disk: "much" } }, { other: { disk: "1 GB" } }])
      assert.equal(targetInSettings(setting, "vps"), undefined, JSON.stringify(setting));
  });

  test("comes from what a bootstrap saw, memory in the words of its forecast", () => {
    const memory = { totalKiB: 962 * 1024, availableKiB: 800 * 1024 };
    const disks = ["vda", "vdb"].map((name) => ({
      ...{ name, sizeBytes: 20e9, mounts: [] },
      model: "unknown",
      serial: name,
    }));
    const facts = { ...unknownFacts, memory, disks };
    const one = targetSeen(seenMachine(facts, ["/dev/vdb"]));
    assert.deepEqual([one?.disk, one?.ram], ["20 GB disk", "962 MiB RAM"]);
    assert.match(one?.source ?? "", /^Disk and memory as the last bootstrap found them\. nixosVps\.targets/);
    const both = targetSeen(seenMachine(facts, ["/dev/vda", "/dev/vdb"]));
    assert.equal(both?.disk, "40 GB of disks");
    assert.match(both?.source ?? "", /^Memory and the 2 disks of the system as the last bootstrap found them\./);
    const unclear = targetSeen(seenMachine(facts));
    assert.deepEqual([unclear?.disk, unclear?.size.diskBytes], ["", undefined]);
    assert.match(unclear?.source ?? "", /which of its 2 disks the system is for is not known\./);
    assert.equal(targetSeen(seenMachine(unknownFacts)), undefined);
  });

  test("is judged by what it had free, and by the installer that was planned with", () => {
    const memory = { totalKiB: 700 * 1024, availableKiB: 300 * 1024 };
    const machine = seenMachine({ ...unknownFacts, memory });
    const textOf = (seen: SeenMachine): string => {
      const target = targetSeen(seen);
      return lensText({ ...bare, target, fit: target && closureFit(entry.totalBytes, target.size) }, now);
    };
    assert.match(textOf(machine), / · 700 MiB RAM cannot bootstrap it$/);
    assert.match(textOf({ ...machine, initrdMiB: 200 }), / · tight in 700 MiB RAM$/);
  });
});

suite("what the explorer says of the whole", () => {
  test("that it fits, or what does not", () => {
    assert.deepEqual(noticesOf(withTarget(2.6e9, "20 GB", "2 GB")), [
      { severity: "information", text: "Fits 20 GB disk and 2 GB RAM." },
    ]);
    const [first] = noticesOf(withTarget(7.6e9, "6 GB", ""));
    assert.equal(first?.severity, "warning");
    assert.match(first?.text ?? "", /^the system on the disk: /);
  });

  test("the first violations of a budget, and how many there are", () => {
    const violations = Array.from({ length: 9 }, (_, path) => ({ kind: "forbid", path, message: `${path}` }) as const);
    const texts = noticesOf({ ...bare, budget: { verdict: "over", violations } }).map(({ text }) => text);
    assert.deepEqual(texts, ["0", "1", "2", "3", "and 5 more over budget"]);
  });
});

suite("a system that is not built", () => {
  const estimate = { toBuild: 41, toFetch: 930, downloadBytes: 612e6, unpackedBytes: 2.6e9 };

  test("is told from what the command prints", () => {
    const printed = JSON.stringify({ version: 1, root: "/nix/store/x", estimate });
    assert.deepEqual(parseNotBuilt(printed), { root: "/nix/store/x", estimate });
  });

  test("is told from everything else that is printed", () => {
    for (const printed of ["", "no JSON", "{}", '{"root":"x","estimate":{}}', '{"version":1,"root":"x","paths":[]}'])
      assert.equal(parseNotBuilt(printed), undefined, printed);
  });
});

suite("sizes beside packages", () => {
  const outline = {
    system: [1, "path"],
    path: [1, "zbar", "zbar-man", "grim"],
    zbar: [40, "lib"],
    "zbar-man": [2],
    grim: [5],
    lib: [100],
  } as const;
  const measurement = outlinedMeasurement(outline);
  const zbar = { file: "modules/hey.nix", line: 3, option: "environment.systemPackages", package: "pkgs.zbar" };
  const paths = measurement.paths.map((path) => (path.path.includes("-zbar") ? { ...path, addedBy: [zbar] } : path));
  const sizes = packageSizes(analyseClosure({ ...measurement, paths }));

  test("are found by the file and what is written there, wherever the line is now", () => {
    assert.deepEqual(sizes.find("/flake/modules/hey.nix", "pkgs.zbar"), {
      ownBytes: 42,
      closureBytes: 140,
      retainedBytes: 142,
    });
  });

  test("are not there for other texts and other files", () => {
    assert.equal(sizes.find("/flake/modules/hey.nix", "zbar"), undefined);
    assert.equal(sizes.find("/flake/modules/other.nix", "pkgs.zbar"), undefined);
    assert.equal(sizes.find("/elsewhere/modules/hey.nix", "pkgs.zbar"), undefined);
  });
});

suite("the place of a budget's problem", () => {
  const text =
    '{\n  "hosts": {\n    "web": { "maxClosure": "3 GB" },\n    "vps": {\n      "maxPath": "much"\n    }\n  }\n}\n';
  const problemOf = (content: string): string => {
    try {
      parseBudgets(content);
    } catch (error) {
      if (error instanceof NoBudget) return error.message;
      throw error;
    }
    return "";
  };

  test("is what the message names", () => {
    assert.deepEqual(placeOfProblem(problemOf(text), text), { line: 4, start: 6, end: 15 });
    const stray = '{\n  "host": {}\n}\n';
    assert.deepEqual(placeOfProblem(problemOf(stray), stray), { line: 1, start: 2, end: 8 });
  });

  test("is the name of what is no host", () => {
    const [problem = ""] = strayBudgets(parseBudgets('{ "hosts": { "vsp": {} } }'), ["vps"]);
    assert.deepEqual(placeOfProblem(problem, '{\n  "hosts": {\n    "vsp": {}\n  }\n}'), { line: 2, start: 4, end: 9 });
  });

  test("is the first line when it names nothing", () => {
    assert.deepEqual(placeOfProblem(problemOf("no"), "no"), { line: 0, start: 0, end: 2 });
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultChoices } from "../../../core/src/bootstrap/defaultChoices.ts";
import { describeVerdict } from "../../../core/src/bootstrap/describeVerdict.ts";
import type { FlakeFacts } from "../../../core/src/bootstrap/flakeFacts.ts";
import { type BootstrapChoices, type BootstrapPlan, planBootstrap } from "../../../core/src/bootstrap/plan.ts";
import { type TargetFacts, unknownFacts } from "../../../core/src/bootstrap/targetFacts.ts";

const target: TargetFacts = {
  memory: { totalKiB: 932_864, availableKiB: 800_000 },
  swap: [],
  os: { id: "arch", name: "Arch Linux", variantId: "" },
  kernel: "6.12.0",
  arch: "x86_64",
  container: "none",
  user: { name: "root", uid: 0 },
  root: "is-root",
  tools: ["bash", "tar", "gzip", "cpio", "find", "grep", "setsid", "pacman"],
  packageManager: "pacman",
  firmware: "bios",
  secureBoot: false,
  lockdown: "none",
  kexecLoadDisabled: false,
  zram: true,
  hostKeys: [{ type: "ed25519", fingerprint: "SHA256:x" }],
  network: { addresses: ["203.0.113.5/24"], gateways: ["203.0.113.1"], dhcp: true },
  disks: [
    {
      name: "vda",
      sizeBytes: 20e9,
      model: "unknown",
      serial: "unknown",
      mounts: [{ path: "/", source: "/dev/vda1", fstype: "ext4" }],
    },
  ],
  rootFilesystem: { fstype: "ext4", freeBytes: 5e9 },
  homeFreeBytes: 5e9,
  sshPort: 22,
  bootId: "a",
};
const flake: FlakeFacts = { host: "web", disks: ["/dev/vda"], bootMode: "bios", closureBytes: 2.6e9, findings: [] };
const choices: BootstrapChoices = { ...defaultChoices, initrdMiB: 336 };

function planOf(changes: {
  target?: Partial<TargetFacts>;
  flake?: Partial<FlakeFacts>;
  choices?: Partial<BootstrapChoices>;
}) {
  return planBootstrap(
    "root@203.0.113.5",
    { ...target, ...changes.target },
    { ...flake, ...changes.flake },
    { ...choices, ...changes.choices },
  );
}

test("a machine that suits needs no preparation, no patch and no overlay", () => {
  const plan = planOf({});
  assert.equal(plan.verdict, "ok");
  assert.deepEqual(plan.preflight, []);
  assert.deepEqual(
    plan.steps.filter((step) => step.action === "skip").map((step) => step.id),
    ["prepare-target", "disko-patch", "store-overlay"],
  );
  assert.equal(plan.pointOfNoReturn, "disko");
});

const obstacles: readonly { id: string; severity: string; changes: Parameters<typeof planOf>[0] }[] = [
  { id: "container", severity: "error", changes: { target: { container: "lxc" } } },
  { id: "no-root", severity: "error", changes: { target: { root: "needs-password" } } },
  { id: "no-root", severity: "error", changes: { target: { root: "no-way" } } },
  { id: "no-installer-image", severity: "error", changes: { target: { arch: "riscv64" } } },
  { id: "kexec-disabled", severity: "error", changes: { target: { kexecLoadDisabled: true } } },
  { id: "kexec-lockdown", severity: "error", changes: { target: { lockdown: "integrity" } } },
  { id: "kexec-lockdown", severity: "warning", changes: { target: { secureBoot: true } } },
  {
    id: "tools-missing",
    severity: "info",
    changes: { target: { tools: ["bash", "tar", "gzip", "find", "grep", "setsid"], packageManager: "apk" } },
  },
  {
    id: "tools-missing",
    severity: "warning",
    changes: { target: { tools: ["bash", "tar", "gzip", "find", "grep", "setsid"], packageManager: "unknown" } },
  },
  {
    id: "tools-missing",
    severity: "error",
    changes: { target: { tools: ["bash", "tar", "gzip", "find", "grep", "setsid"], packageManager: "none" } },
  },
  {
    id: "tools-missing",
    severity: "error",
    changes: {
      target: { os: { id: "void", name: "Void", variantId: "" }, tools: ["bash", "tar"], packageManager: "unknown" },
    },
  },
  { id: "no-space-for-installer", severity: "error", changes: { target: { homeFreeBytes: 3e8 } } },
  {
    id: "host-keys-not-carried",
    severity: "error",
    changes: { target: { hostKeys: [{ type: "ecdsa", fingerprint: "SHA256:y" }] } },
  },
  { id: "disk-missing", severity: "error", changes: { flake: { disks: ["/dev/sda"] } } },
  { id: "no-disko", severity: "error", changes: { flake: { disks: [] } } },
  { id: "closure-too-large", severity: "error", changes: { flake: { closureBytes: 25e9 } } },
  { id: "boot-mode-mismatch", severity: "error", changes: { flake: { bootMode: "uefi" } } },
  {
    id: "swap-on-disk",
    severity: "info",
    changes: { target: { swap: [{ name: "/swapfile", kind: "file", sizeKiB: 4, usedKiB: 0 }] } },
  },
  {
    id: "ipv6-only",
    severity: "warning",
    changes: { target: { network: { addresses: ["2001:db8::1/64"], gateways: [], dhcp: true } } },
  },
  {
    id: "static-address",
    severity: "warning",
    changes: { target: { network: { addresses: ["203.0.113.5/24"], gateways: [], dhcp: false } } },
  },
  { id: "unknown-facts", severity: "warning", changes: { target: { lockdown: "unknown" } } },
  {
    id: "some-rule",
    severity: "error",
    changes: {
      flake: {
        findings: [{ rule: "some-rule", severity: "error", message: "sshd will not start.", file: "ssh.nix", line: 3 }],
      },
    },
  },
];

test("what only the start of the installer needs does not matter once it runs", () => {
  const os = { id: "nixos", name: "NixOS", variantId: "installer" };
  const plan = planOf({ target: { os, homeFreeBytes: 1e8, tools: ["bash"], kexecLoadDisabled: true } });
  assert.deepEqual(
    plan.preflight.map(({ id }) => id),
    ["installer-runs-already"],
  );
  assert.notEqual(plan.verdict, "blocked");
  assert.deepEqual(
    plan.steps.filter(({ action }) => action === "skip").map(({ id }) => id),
    ["prepare-target", "kexec", "disko-patch", "store-overlay"],
  );
});

for (const { id, severity, changes } of obstacles) {
  test(`preflight: ${id} is ${severity}`, () => {
    const plan = planOf(changes);
    assert.deepEqual(
      plan.preflight.map((finding) => [finding.id, finding.severity]),
      [[id, severity]],
    );
    assert.match(plan.preflight[0]?.message ?? "", /\.$/);
    assert.equal(plan.verdict, severity === "error" ? "blocked" : "ok");
    assert.equal(planOf({ ...changes, choices: { accept: [id] } }).verdict, "ok");
  });
}

test("an image that is given goes for any processor, and needs no third party's proxy", () => {
  const network = { addresses: ["2001:db8::1/64"], gateways: [], dhcp: true } as const;
  const plan = planOf({ target: { arch: "riscv64", network }, choices: { kexec: "/image.tar.gz" } });
  assert.deepEqual(plan.preflight, []);
});

test("several disks: each has to be there, and together they hold the closure", () => {
  const vdb = { name: "vdb", sizeBytes: 10e9, model: "unknown", serial: "DISK-7", mounts: [] };
  const two = { disks: [...(target.disks === "unknown" ? [] : target.disks), vdb] };
  const idsOf = (disks: readonly string[], closureBytes = 2.6e9): string[] =>
    planOf({ target: two, flake: { disks, closureBytes } }).preflight.map(({ id, message }) => `${id}: ${message}`);
  assert.deepEqual(idsOf(["/dev/vda", "/dev/vdb"]), []);
  assert.deepEqual(idsOf(["/dev/vda", "/dev/disk/by-id/virtio-DISK-7"], 25e9), []);
  assert.deepEqual(idsOf(["/dev/vda", "/dev/vdb"], 28e9), [
    "closure-too-large: The system takes 28.0 GB and the disk has 30.0 GB.",
  ]);
  assert.deepEqual(idsOf(["/dev/vda", "/dev/sdc", "/dev/sdd"]), [
    "disk-missing: web wants to partition /dev/sdc, which the target does not have.",
    "disk-missing: web wants to partition /dev/sdd, which the target does not have.",
  ]);
});

test("a disk is found by its other names, and missed by them only where the target shows such names", () => {
  const idsOf = (aliases: readonly string[] | undefined, device: string, serial = "unknown"): string[] => {
    const disk = {
      name: "vda",
      sizeBytes: 20e9,
      model: "unknown",
      serial,
      mounts: [],
      ...(aliases ? { aliases } : {}),
    };
    return planOf({ target: { disks: [disk] }, flake: { disks: [device] } }).preflight.map(({ id }) => id);
  };
  const byId = "/dev/disk/by-id/virtio-abc";
  assert.deepEqual(idsOf([byId], byId), []);
  assert.deepEqual(idsOf([byId], "/dev/disk/by-id/virtio-other"), ["disk-missing"]);
  assert.deepEqual(idsOf([byId], "/dev/disk/by-path/pci-0000:00:04.0"), []);
  assert.deepEqual(idsOf(undefined, "/dev/disk/by-id/virtio-other"), []);
  // A serial number is the end of the name, not any part of it.
  assert.deepEqual(idsOf(undefined, byId, "abc"), []);
  assert.deepEqual(idsOf([byId], "/dev/disk/by-id/scsi-abc-7", "abc"), ["disk-missing"]);
});

test("UEFI: a configuration for it, or for both, suits; one for BIOS does not", () => {
  for (const [bootMode, count] of [
    ["uefi", 0],
    ["both", 0],
    ["bios", 1],
  ] as const)
    assert.equal(planOf({ target: { firmware: "uefi" }, flake: { bootMode } }).preflight.length, count);
});

test("the plan says which machine builds, and what stands in its way stops it unless that is accepted", () => {
  const reasonOf = ({ steps }: BootstrapPlan): string | undefined => steps.find(({ id }) => id === "build")?.reason;
  const here = planBootstrap("x", unknownFacts, flake, choices);
  assert.ok(!("buildHost" in here));
  assert.equal(reasonOf(here), "on this computer or the builders of its Nix, never on the target");
  const elsewhere = { ...choices, buildHost: "builder" };
  const found = { id: "build-host-unreachable", severity: "error", message: "m", remedy: "r" } as const;
  const there = planBootstrap("x", unknownFacts, flake, elsewhere, [found]);
  assert.equal(there.buildHost, "builder");
  assert.equal(reasonOf(there), "on builder, and copied here from there; never on the target");
  assert.deepEqual([there.verdict, there.preflight.at(-1)], ["blocked", found]);
  const accepted = { ...elsewhere, accept: [found.id] };
  assert.equal(planBootstrap("x", unknownFacts, flake, accepted, [found]).verdict, "tight");
});

test("who is root already is not told to log in as root", () => {
  const remedyFor = (uid: number): string | undefined => {
    const facts = { ...target, lockdown: "unknown", user: { name: "somebody", uid } } as const;
    return planBootstrap("x", facts, flake, choices).preflight.find(({ id }) => id === "unknown-facts")?.remedy;
  };
  assert.match(remedyFor(1000) ?? "", /^Log in as root/);
  assert.match(remedyFor(0) ?? "", /^The machine does not say that to root either: make sure of it yourself/);
});

test("facts that are missing are named, and nothing is concluded from them", () => {
  const plan = planBootstrap("x", unknownFacts, { ...flake, disks: "unknown", bootMode: "unknown" }, choices);
  assert.deepEqual(
    plan.preflight.map(({ id, severity }) => [id, severity]),
    [
      ["unknown-facts", "warning"],
      ["unknown-configuration", "warning"],
    ],
  );
  const [ofTarget, ofHost] = plan.preflight;
  const { packageManager: _, ...named } = unknownFacts;
  assert.equal(ofTarget?.message.split(":")[1]?.split(",").length, Object.keys(named).length);
  for (const internal of ["kexecLoadDisabled", "homeFreeBytes", "bootId"])
    assert.ok(!ofTarget?.message.includes(internal), internal);
  assert.equal(
    ofHost?.message,
    "Not known of the configuration of web: which disks it partitions, whether it boots by BIOS or UEFI. What depends on that is not checked.",
  );
  assert.match(ofHost?.remedy ?? "", /evaluates the host/);
  assert.deepEqual([plan.forecast, plan.verdict], [[], "tight"]);
  assert.match(describeVerdict(plan), /^Whether it works is not known: .* what memory and disks the target has\.$/);
  assert.match(describeVerdict(planOf({ target: { memory: "unknown" } })), / what memory the target has\.$/);
  assert.equal(describeVerdict(planOf({})), "Nothing stands against it.");
  const accepted = planOf({});
  const error = { id: "container", severity: "error", message: "", remedy: "" } as const;
  assert.equal(
    describeVerdict({ ...accepted, preflight: [error] }),
    "Nothing else stands against it: an error was accepted.",
  );
  assert.equal(
    describeVerdict({ ...accepted, verdict: "tight", preflight: [error, error] }),
    "The memory is tight, and 2 errors were accepted.",
  );
  for (const changes of [{ target: { disks: "unknown" } }, { flake: { bootMode: "unknown" } }] as const)
    assert.equal(describeVerdict(planOf(changes)), "Nothing that is known stands against it.");
});

test("the distribution's own package manager is taken where no other was seen", () => {
  const remedyOf = (id: string, tools: readonly string[]): string | undefined =>
    planOf({ target: { os: { id, name: id, variantId: "" }, tools, packageManager: "unknown" } }).preflight[0]?.remedy;
  assert.match(
    remedyOf("debian", ["bash"]) ?? "",
    /installs them with apt-get, the package manager of its distribution/,
  );
  assert.equal(remedyOf("debian", ["bash", "dnf"]), "The run installs them with dnf.");
  assert.match(remedyOf("void", ["bash"]) ?? "", /^Install them by hand/);
});

test("memory: zram on the old system when loading would run out, blocked when the image is too large", () => {
  const tight = planOf({ target: { memory: { totalKiB: 932_864, availableKiB: 520_000 } } });
  assert.equal(tight.verdict, "tight");
  assert.match(tight.steps.find((step) => step.id === "prepare-target")?.reason ?? "", /zram/);
  assert.equal(planOf({ target: { memory: { totalKiB: 735_232, availableKiB: 650_000 } } }).verdict, "blocked");
});

test("an installer that runs already is used as it is", () => {
  const plan = planOf({
    target: {
      os: { id: "nixos", name: "NixOS", variantId: "installer" },
      memory: { totalKiB: 932_864, availableKiB: 400_000 },
    },
  });
  assert.deepEqual(
    plan.preflight.map((finding) => finding.id),
    ["installer-runs-already"],
  );
  assert.deepEqual(
    plan.steps.filter((step) => step.action === "skip").map((step) => step.id),
    ["prepare-target", "kexec", "disko-patch", "store-overlay"],
  );
});

test("patch and overlay run when they are asked for", () => {
  const plan = planOf({ choices: { patch: "always", overlay: "always" } });
  assert.deepEqual(
    plan.steps.filter((step) => step.action === "skip").map((step) => step.id),
    ["prepare-target"],
  );
});

test("a plan does not say that something suffices of which nothing is known", () => {
  const reasonFor = (changes: Partial<TargetFacts>): string | undefined =>
    planOf({ target: changes }).steps.find(({ id }) => id === "prepare-target")?.reason;
  assert.equal(reasonFor({}), "has the tools and the memory already");
  assert.equal(reasonFor({ memory: "unknown" }), "nothing is known of its memory");
  assert.equal(reasonFor({ memory: "unknown", tools: "unknown" }), "nothing is known of its tools and memory");
});

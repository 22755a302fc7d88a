import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { RunEvent } from "../../core/src/bootstrap/events.ts";
import { findProgram } from "../../core/src/bootstrap/sshShim.ts";
import { type Called, call as callProgram } from "./limits.ts";
import { startSshServer, withoutAccounts } from "./sshServer.ts";
import { bundle, createWorkplace, type Workplace } from "./workplace.ts";

const skip = (!existsSync("/usr/sbin/sshd") && "openssh-server is not installed") || withoutAccounts || false;
const owner = { name: "nv-owner", uid: 64_123, password: "correct-horse-battery" };
const passphrase = "open sesame, quietly";
const diskKey = "tr0ub4dor-and-three";

/** Programs that write down with which words and variables they are called, and then do what they are for. */
function recordingPrograms(directory: string, record: string): string {
  const bin = join(directory, "bin");
  mkdirSync(bin);
  for (const name of ["ssh", "ssh-keygen"]) {
    const text = `#!/bin/sh\n{ printf '%s\\n' "$0" "$@"; export -p; } >> '${record}'\nexec '${findProgram(name)}' "$@"\n`;
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

function call(workplace: Workplace, env: NodeJS.ProcessEnv, args: readonly string[]): Called {
  return callProgram(process.execPath, [bundle, ...args], {
    cwd: workplace.directory,
    env: { ...workplace.env, ...env },
  });
}

/** What opens the machine of a test, and how its server is told so. */
const openers = {
  password: { SSHPASS: owner.password, config: "PasswordAuthentication yes" },
  "key with a passphrase": { NIXOS_VPS_KEY_PASSPHRASE: passphrase, config: "PasswordAuthentication no" },
};

for (const [opener, { config, ...variable }] of Object.entries(openers))
  test(
    `a machine that only a ${opener} opens: the run puts its key there, and no secret is anywhere else`,
    {
      skip,
    },
    () => putsItsKeyThere(config, variable),
  );

async function putsItsKeyThere(line: string, variable: NodeJS.ProcessEnv): Promise<void> {
  const keys = mkdtempSync(join(tmpdir(), "nv-keys-"));
  const clientKeyFile = join(keys, "locked");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-f", clientKeyFile]);
  const server = await startSshServer({
    config: [line, "AuthorizedKeysFile .ssh/authorized_keys"],
    accounts: [owner],
    clientKeyFile,
  });
  const workplace = createWorkplace(server, { user: owner.name });
  try {
    const authorized = join(server.directory, "home", owner.name, ".ssh/authorized_keys");
    // Where the password opens it, the key with the passphrase does not.
    const before = variable["SSHPASS"] === undefined ? readFileSync(`${clientKeyFile}.pub`, "utf8") : "";
    mkdirSync(dirname(authorized));
    writeFileSync(authorized, before);
    for (const path of [dirname(authorized), authorized]) chownSync(path, owner.uid, owner.uid);
    const record = join(workplace.directory, "called");
    // Without Nix the run ends at the build, before it would change more than the key.
    const PATH = recordingPrograms(workplace.directory, record);
    const env = { PATH, ...variable };
    writeFileSync(join(workplace.directory, "disk.key"), `${diskKey}\n`);
    const key = `--disk-key=/tmp/disk.key=${join(workplace.directory, "disk.key")}`;

    const planned = call(workplace, env, workplace.bootstrap("--plan", "--format", "json"));
    assert.equal(planned.code, 2, planned.stderr);
    const plan = JSON.parse(planned.stdout);
    assert.deepEqual([plan.facts.user, plan.facts.root], [{ name: owner.name, uid: owner.uid }, "no-way"]);
    const errors: string[] = plan.preflight.flatMap((finding: { id: string; severity: string }) =>
      finding.severity === "error" ? [finding.id] : [],
    );
    assert.ok(errors.includes("no-root"), planned.stdout);

    const refused = call(workplace, env, workplace.bootstrap("--json"));
    assert.equal(refused.code, 2);
    assert.match(refused.stdout, /nv-owner cannot become root on the target\./);
    assert.equal(readFileSync(authorized, "utf8"), before);

    const accept = errors.flatMap((id) => ["--accept", id]);
    const ran = call(workplace, env, workplace.bootstrap("--json", key, ...accept));
    const events = ran.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as RunEvent);
    assert.ok(
      events.some((event) => event.type === "step-finished" && event.step === "connect"),
      ran.stdout,
    );
    assert.equal(ran.code, 1);
    const folderOf = (id: string): string => join(workplace.directory, "s/runs", id);
    const run = workplace.runs().find((id) => existsSync(join(folderOf(id), "key"))) ?? "";
    const folder = folderOf(run);
    const publicKey = readFileSync(join(folder, "key.pub"), "utf8").trim();
    assert.equal(readFileSync(authorized, "utf8"), `${before}${publicKey}\n`);

    // Later logins need neither.
    const again = call(workplace, { PATH }, ["bootstrap", "--json", "--resume", run]);
    assert.ok(again.stdout.includes('"step":"prepare-target"') && !again.stdout.includes("accepts none"), again.stdout);

    const privateKey = readFileSync(join(folder, "key"), "utf8").split("\n")[2] ?? "";
    assert.ok(privateKey.length > 20);
    const secrets = [owner.password, passphrase, diskKey, privateKey];
    const files = readdirSync(join(workplace.directory, "s"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    // A run that ends as early as this one may have no log yet.
    for (const name of ["journal.jsonl", "report.md", "request.json", "known_hosts"])
      assert.ok(files.includes(join(folder, name)), name);
    for (const file of files) {
      if (!file.endsWith(".pub")) assert.equal(statSync(file).mode & 0o077, 0, file);
      if (file === join(folder, "key")) continue;
      assertHolds(file, readFileSync(file, "utf8"), { not: secrets });
    }
    assert.match(readFileSync(record, "utf8"), /ssh-keygen\n[\s\S]*\bHOME=/);
    for (const [where, text] of [
      ["what was called", readFileSync(record, "utf8")],
      ...[planned, refused, ran, again].flatMap(({ stdout, stderr }) => [["output", stdout + stderr] as const]),
    ] as const)
      assertHolds(where, text, { not: secrets });
  } finally {
    server.stop();
    workplace.remove();
    rmSync(keys, { recursive: true });
  }
}

function assertHolds(where: string, text: string, { not }: { readonly not: readonly string[] }): void {
  for (const secret of not) assert.ok(!text.includes(secret), `${where} holds a secret`);
}

test("a sudo that wants a password is said before anything is changed", { skip }, async () => {
  // A stand-in: the real one would need rules for an account that is not there.
  const bin = mkdtempSync(join(tmpdir(), "nv-sudo-"));
  writeFileSync(join(bin, "sudo"), "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n");
  for (const path of [bin, join(bin, "sudo")]) chmodSync(path, 0o755);
  const server = await startSshServer({ accounts: [owner], config: [`SetEnv PATH=${bin}:/usr/bin:/bin`] });
  const workplace = createWorkplace(server, { user: owner.name });
  try {
    const { code, stdout, stderr } = call(
      workplace,
      { PATH: recordingPrograms(workplace.directory, "/dev/null") },
      workplace.bootstrap("--plan"),
    );
    assert.equal(code, 2);
    assert.match(
      stdout,
      /nv-owner needs a password for sudo, and there is no terminal to type it in\. +no-root/,
      stderr,
    );
  } finally {
    server.stop();
    workplace.remove();
    rmSync(bin, { recursive: true });
  }
});

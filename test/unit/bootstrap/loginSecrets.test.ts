import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { describeFailure } from "../../../core/src/bootstrap/describeFailure.ts";
import { isRunEvent } from "../../../core/src/bootstrap/isRunEvent.ts";
import { loginEnvironment, loginSecretsOf, secretVariables } from "../../../core/src/bootstrap/loginSecrets.ts";
import { parsePlanProblem } from "../../../core/src/bootstrap/planProblem.ts";
import { ConnectionFailed } from "../../../core/src/bootstrap/remote.ts";
import { type RunDirectory, runDirectory } from "../../../core/src/bootstrap/runDirectory.ts";
import { stageLogin } from "../../../core/src/bootstrap/stageLogin.ts";
import { StepFailed } from "../../../core/src/bootstrap/step.ts";
import { targetAt } from "../../ssh/sshServer.ts";

const secrets = { password: "correct horse", passphrase: "battery staple" };
const wants = { kind: "passphrase", file: "~/.ssh/id_ed25519", isWrong: false, takesPassword: true } as const;
let root: string;
let directory: RunDirectory;

before(() => {
  root = mkdtempSync(join(tmpdir(), "nixos-vps-secrets-"));
  directory = { ...runDirectory(root, "run"), privateKey: join(root, "key") };
  writeFileSync(directory.privateKey, "the run's key");
});
after(() => rmSync(root, { recursive: true }));

test("secrets go through the environment as they are, and an empty one is none", () => {
  assert.deepEqual(loginSecretsOf(loginEnvironment(secrets)), secrets);
  assert.deepEqual(Object.keys(loginEnvironment(secrets)), secretVariables);
  assert.deepEqual(loginEnvironment(loginSecretsOf({ SSHPASS: "", NIXOS_VPS_KEY_PASSPHRASE: "" })), {});
});

test("the old system gets what opens it until the run has a key, the installer nothing, the new system no password", () => {
  const login = (stage: "old" | "installer" | "installed", isKeyInstalled: boolean) => {
    const source = { directory, request: { installedPort: undefined }, secrets };
    const given = stageLogin(stage, targetAt(22), source, { isKeyInstalled });
    return [given.privateKey, given.secrets];
  };
  assert.deepEqual(login("old", false), [undefined, secrets]);
  assert.deepEqual(login("old", true), ["the run's key", undefined]);
  assert.deepEqual(login("installer", true), ["the run's key", undefined]);
  assert.deepEqual(login("installed", true), [undefined, { passphrase: secrets.passphrase }]);
});

test("what a login wants stands in the event of a step that failed, and in the problem of a plan", () => {
  const message = "203.0.113.5 wants the key ~/.ssh/id_ed25519, which has a passphrase.";
  const failed = describeFailure("inspect", new ConnectionFailed("authentication", message, wants), []);
  assert.deepEqual([failed.failure, failed.wants], ["key-passphrase", wants]);
  const { failure, resumeFrom } = describeFailure(
    "proof-after-boot",
    new StepFailed(message, { failure: "key-passphrase", isProof: true, wants }),
    [],
  );
  assert.deepEqual([failure, resumeFrom], ["key-passphrase", "proof-after-boot"]);
  const event = (wanted: object) => ({ seq: 1, time: "", type: "step-failed", ...failed, wants: wanted });
  assert.ok(isRunEvent(event(wants)) && isRunEvent(event({ kind: "password", isWrong: true })));
  for (const odd of [{ kind: "passphrase" }, { kind: "pin", isWrong: false }, "passphrase"])
    assert.ok(!isRunEvent(event(odd as object)), JSON.stringify(odd));

  const { file, isWrong, takesPassword } = wants;
  const problem = { id: "key-passphrase", message, file, isWrong, takesPassword };
  assert.deepEqual(parsePlanProblem({ problem }), problem);
  assert.equal(parsePlanProblem({ problem: { ...problem, file: 7 } }), undefined);
});

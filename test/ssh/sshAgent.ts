import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { call, within } from "./limits.ts";

/** An agent of a test's own. */
export interface SshAgent {
  readonly socket: string;
  end(): void;
}

/** Starts an agent that holds some keys, which have no passphrase or this one. */
export async function startAgent(socket: string, files: readonly string[], passphrase = ""): Promise<SshAgent> {
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
  // A test that fails does not end it, and would never end for it.
  agent.unref();
  (agent.stdout as Socket).unref();
  const end = (): void => {
    process.removeListener("exit", end);
    agent.kill();
  };
  process.once("exit", end);
  await within("word of the agent", once(createInterface({ input: agent.stdout }), "line"));
  const askpass = `${socket}-askpass`;
  writeFileSync(askpass, '#!/bin/sh\nprintf "%s\\n" "$PASSPHRASE"\n');
  chmodSync(askpass, 0o700);
  const env = { SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force", PASSPHRASE: passphrase };
  for (const file of files) {
    const { code, stderr } = call("ssh-add", ["-q", file], { env: { ...process.env, ...env } });
    assert.equal(code, 0, stderr);
  }
  return { socket, end };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTarget, portProblem, targetProblem } from "../../../core/src/bootstrap/targetText.ts";

const good: readonly (readonly [typed: string, target: string, port: number | undefined])[] = [
  ["web", "web", undefined],
  [" root@203.0.113.5 ", "root@203.0.113.5", undefined],
  ["root@203.0.113.5:2222", "root@203.0.113.5", 2222],
  ["me@vps.example.org", "me@vps.example.org", undefined],
  ["root@2001:db8::1", "root@2001:db8::1", undefined],
  ["root@[2001:db8::1]:2222", "root@2001:db8::1", 2222],
  ["ssh://root@203.0.113.5:2222", "root@203.0.113.5", 2222],
  ["ssh://web/", "web", undefined],
  ["a@b@web", "a@b@web", undefined],
];
for (const [typed, target, port] of good) {
  test(`"${typed}" is a target`, () => {
    assert.equal(targetProblem(typed), undefined);
    assert.deepEqual(parseTarget(typed), { target, port });
  });
}

const bad: readonly (readonly [typed: string, problem: RegExp])[] = [
  ["", /Type a host/],
  ["root@", /host is missing after the @/],
  ["@web", /user is missing before the @/],
  ["-oProxyCommand=x", /does not begin with a dash/],
  ["root@we b", /no spaces/],
  ["root@256.1.1.1", /256\.1\.1\.1 is no address/],
  ["root@1.2.3", /1\.2\.3 is no address/],
  ["ssh://", /Type a host/],
  ["root@:2222", /host is missing before the port/],
  ["root@[]", /host is missing/],
  ["root@web:", /port is missing after the colon/],
  ["root@web:0", /0 is no port: it is a number from 1/],
  ["root@web:99999", /99999 is no port/],
  ["http://web:80", /has no slashes/],
  ["root@we;b", /"we;b" is no name/],
];
for (const [typed, problem] of bad) {
  test(`"${typed}" is none, and it is said why`, () => {
    assert.match(targetProblem(typed) ?? "", problem);
  });
}

test("ports", () => {
  for (const port of ["1", " 22 ", "65535"]) assert.equal(portProblem(port), undefined);
  for (const port of ["", "0", "65536", "ssh", "-1"]) assert.notEqual(portProblem(port), undefined);
});

/** Passwords that guides, images and other people's configurations use; whoever scans for SSH servers tries these first. */
const wellKnown: ReadonlySet<string> = new Set([
  "1234",
  "12345",
  "123456",
  "12345678",
  "123456789",
  "admin",
  "administrator",
  "bootstrap",
  "changeme",
  "changethis",
  "default",
  "demo",
  "guest",
  "install",
  "installer",
  "letmein",
  "linux",
  "nix",
  "nixos",
  "passw0rd",
  "password",
  "password1",
  "password123",
  "pass",
  "qwerty",
  "root",
  "secret",
  "temp",
  "temporary",
  "test",
  "toor",
  "user",
  "vagrant",
]);

/** Whether a password is one that everybody tries: a usual one, or the name of the user. Punctuation and case do not help. */
export function isWellKnownPassword(password: string, user: string): boolean {
  const plain = simplify(password);
  return wellKnown.has(plain) || (plain !== "" && plain === simplify(user));
}

function simplify(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Characters that mean nothing to a POSIX shell, so that common words stay readable. */
const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * Quotes one word for a POSIX shell (POSIX.1-2017, XCU 2.2.2): what comes out is read back as exactly the text that went in.
 * Throws on a NUL character, which no shell word can hold.
 */
export function shellQuote(word: string): string {
  if (word.includes("\0")) throw new Error("A word for a shell cannot hold a NUL character.");
  return plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line of quoted words. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map(shellQuote).join(" ");
}

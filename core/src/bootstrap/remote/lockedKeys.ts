import { BaseAgent, type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from "ssh2";
import type { LockedKey } from "../identities.ts";
import { parsePrivateKey, parsePublicKey } from "./parseKey.ts";

/**
 * Keys with a passphrase in the form of an agent: a target is shown their public halves, and only for one that it accepts is a
 * signature asked for, which takes the passphrase (RFC 4252, section 7). So it is known which key it is that wants one.
 */
export class LockedKeys extends BaseAgent<ParsedKey> {
  readonly #keys: readonly LockedKey[];
  readonly #passphrase: string | undefined;
  readonly #isHeld: (publicKey: Buffer) => boolean;
  #accepted: LockedKey | undefined;
  /** One that cannot be shown because it does not say what its public half is. */
  #unshown: LockedKey | undefined;

  constructor(
    keys: readonly LockedKey[],
    passphrase: string | undefined,
    /** Whether somebody else shows the key, who needs no passphrase. */
    isHeld: (publicKey: Buffer) => boolean,
  ) {
    super();
    this.#keys = keys;
    this.#passphrase = passphrase;
    this.#isHeld = isHeld;
  }

  /** The key that the target accepts, or may accept, and that was not opened. */
  wanted(): LockedKey | undefined {
    return this.#accepted ?? this.#unshown;
  }

  override getIdentities(answer: IdentityCallback<ParsedKey>): void {
    const shown = this.#keys.flatMap((key) => {
      if (key.publicKey === undefined) {
        const opened = this.#open(key);
        if (opened === undefined) this.#unshown ??= key;
        return opened ?? [];
      }
      if (this.#isHeld(key.publicKey)) return [];
      // Keys on tokens are an agent's business.
      return parsePublicKey(key.publicKey) ?? [];
    });
    answer(undefined, shown);
  }

  override sign(
    shown: ParsedKey,
    data: Buffer,
    given: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const [options, answer] = typeof given === "function" ? [{}, given] : [given, callback];
    const key = this.#keys.find(({ publicKey }) => publicKey?.equals(shown.getPublicSSH()));
    const opened = key === undefined ? shown : this.#open(key);
    if (opened === undefined) {
      this.#accepted ??= key;
      answer?.(new Error("The key has a passphrase."));
    } else {
      answer?.(undefined, opened.sign(data, options.hash));
    }
  }

  #open({ text }: LockedKey): ParsedKey | undefined {
    return this.#passphrase === undefined ? undefined : parsePrivateKey(text, this.#passphrase);
  }
}

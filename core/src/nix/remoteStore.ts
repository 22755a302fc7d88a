/** The store of another machine, which Nix reaches over ssh. */
export interface RemoteStore {
  /** As the user calls the machine. */
  readonly name: string;
  /** Such as `ssh-ng://builder`. */
  readonly url: string;
  /** What the environment of `nix` has to say of the way there. */
  readonly env: Readonly<Record<string, string>>;
}

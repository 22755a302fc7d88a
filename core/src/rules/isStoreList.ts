import type { Definition } from "../model/module.ts";
import type { PersistedEntry } from "./persistence.ts";

/** Whether a list is one of a store of impermanence or preservation itself, and not an option of the flake's own. */
export function isStoreList({ path }: Definition): boolean {
  const [first, second] = path;
  return (first === "environment" && second === "persistence") || (first === "preservation" && second === "preserveAt");
}

/** Whether an entry is seen to end up in a store as it is written; of a wrapper that is not followed nobody knows what it adds. */
export function endsInStore({ store, via, definition }: PersistedEntry): boolean {
  return isStoreList(definition) || (store !== undefined && (via === "impermanence" || via === "preservation"));
}

/** Whether attributes can be given to an entry: in an option of the flake's own a path may have to stay a string. */
export function takesAttributes({ definition, attributes }: PersistedEntry): boolean {
  return isStoreList(definition) || attributes !== undefined;
}

import type { Definition } from "../model/module.ts";

/**
 * Whether a list belongs to a store of impermanence or preservation itself, and not to an option of the flake's own of which only the
 * entries end up in one: what an entry's attributes do there is not known.
 */
export function isStoreList({ path }: Definition): boolean {
  const [first, second] = path;
  return (first === "environment" && second === "persistence") || (first === "preservation" && second === "preserveAt");
}

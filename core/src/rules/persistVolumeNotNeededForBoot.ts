// The initrd mounts a few fixed mount points and every file system with `neededForBoot` (nixpkgs nixos/lib/utils.nix); activation
// runs before anything else is mounted. disko sets device, type and options of a file system, not `neededForBoot` (disko lib/types).
// Impermanence asserts it for stores that are mount points (nixos.nix), not for stores below one, and since 7b1d382 also for mount
// points above persisted paths. Preservation needs it for what it mounts in the initrd (lib.nix, /sysroot).
import type { Configuration } from "../flake/configuration.ts";
import { earlyMountPoints } from "./earlyMountPoints.ts";
import type { Fix, TextEdit } from "./finding.ts";
import { endsInStore } from "./isStoreList.ts";
import { type Mount, mountHolding, mountsOf } from "./mounts.ts";
import { neededForBootEdits } from "./neededForBootEdits.ts";
import { ancestorsOf } from "./paths.ts";
import { type PersistenceStore, persistedEntries, persistenceStores } from "./persistence.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

/** Time of impermanence 7b1d382, which asserts `neededForBoot` for the mount points above persisted paths. */
const assertsParentsSince = 1769548169;

export const persistVolumeNotNeededForBoot: Rule = {
  id: "persist-volume-not-needed-for-boot",
  title: "Persistent volume is mounted too late",
  summary:
    "The file system that keeps everything is mounted after activation, which finds no password files, secrets or user ids.",
  severity: "error",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    for (const store of persistenceStores(configuration)) {
      const mount = mountHolding(configuration, store.path);
      if (!mount || !isLate(mount) || !isUsedEarly(store, configuration, context)) continue;
      yield lateStore(store, mount, configuration, context);
    }
    yield* lateParents(configuration, context);
  },
};

function isLate(mount: Mount): boolean {
  return mount.neededForBoot === "no" && !earlyMountPoints.has(mount.path);
}

/**
 * Whether the initrd or activation certainly reads a store: with impermanence always, with preservation for what is mounted in the
 * initrd.
 */
function isUsedEarly({ path, via }: PersistenceStore, configuration: Configuration, context: RuleContext): boolean {
  return persistedEntries(configuration, context.settings).some(
    (entry) =>
      entry.store === path &&
      (via === "impermanence" || entry.early) &&
      configuration.holds([...entry.definition.guards, ...entry.item.guards]) === "yes",
  );
}

function lateStore(
  store: PersistenceStore,
  mount: Mount,
  configuration: Configuration,
  context: RuleContext,
): RuleFinding {
  const { path } = mount;
  const isDisko = mount.via === "disko";
  const [at, other] = isDisko ? [store.at, mount.at] : [mount.at, store.at];
  const related = isDisko
    ? `disko mounts ${path} here, without neededForBoot`
    : `${store.path} is the store of ${store.via} here`;
  return {
    at,
    message:
      `${path} is mounted after activation, which finds ${store.path} empty: password files, secrets and user ids kept there are missing, ` +
      `so nobody may be able to log in. Set fileSystems."${path}".neededForBoot = true${isDisko ? "; disko does not" : ""}.`,
    related: [{ ...other, message: related }],
    fixes: fixes(neededForBootEdits(mount, configuration, context, store.definition), mount),
  };
}

/** Mount points above persisted paths, for an impermanence that refuses them. */
function* lateParents(configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  const locked = context.flake.lock.lastModified("nix-community/impermanence");
  if (locked === undefined || locked < assertsParentsSince) return;
  const late = mountsOf(configuration).filter(isLate);
  if (late.length === 0) return;
  const stores = new Set(persistenceStores(configuration).map(({ path }) => path));
  const entries = persistedEntries(configuration, context.settings).filter(
    (entry) => entry.via === "impermanence" && endsInStore(entry),
  );
  for (const mount of late) {
    const entry = entries.find(
      ({ path, definition, item }) =>
        ancestorsOf(path).includes(mount.path) && configuration.holds([...definition.guards, ...item.guards]) === "yes",
    );
    if (!entry || stores.has(mount.path)) continue;
    yield {
      at: mount.at,
      message:
        `The configuration does not evaluate: impermanence mounts ${entry.path} and therefore wants ${mount.path} to be mounted by the initrd. ` +
        `Set fileSystems."${mount.path}".neededForBoot = true.`,
      related: [{ ...entry.item.at, message: `${entry.path} is persisted here` }],
      fixes: fixes(neededForBootEdits(mount, configuration, context), mount),
    };
  }
}

function fixes(edits: readonly TextEdit[] | undefined, { path }: Mount): readonly Fix[] {
  return edits ? [{ title: `Mount ${path} in the initrd`, safe: true, edits }] : [];
}

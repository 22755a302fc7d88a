import type { AddedBy, MeasuredPath, Measurement } from "../core/src/closure/measurement.ts";

interface HeavyPath {
  readonly name: string;
  readonly megabytes: number;
  readonly addedBy?: AddedBy;
  /** The heavy path that alone needs it; the package list of the system when left out. */
  readonly under?: string;
}

const systemPath = "system-path";
const option = "environment.systemPackages";

/** What stands out, as it did in a closure of 7.6 GB that should have been one of 2.6 GB. */
const heavy: readonly HeavyPath[] = [
  { name: systemPath, megabytes: 1, under: "nixos-system" },
  { name: "clang-19.1.7", megabytes: 96, addedBy: { file: "modules/dev/cc.nix", line: 12, option, package: "clang" } },
  { name: "clang-19.1.7-lib", megabytes: 1100, under: "clang-19.1.7" },
  { name: "llvm-19.1.7-lib", megabytes: 704, under: "clang-19.1.7-lib" },
  {
    name: "rustc-1.86.0",
    megabytes: 560,
    addedBy: { file: "modules/dev/rust.nix", line: 9, option, package: "rustc" },
  },
  { name: "rustc-1.86.0-doc", megabytes: 840, under: "rustc-1.86.0" },
  {
    name: "linux-firmware-20250808-zstd",
    megabytes: 787,
    under: "nixos-system",
    addedBy: { file: "modules/profiles/hardware/qemu.nix", line: 7, option: "hardware.firmware" },
  },
  { name: "zbar-0.23.93", megabytes: 4, addedBy: { file: "modules/hey.nix", line: 21, option, package: "zbar" } },
  { name: "opencv-4.11.0", megabytes: 430, under: "zbar-0.23.93" },
  { name: "ffmpeg-7.1.1-lib", megabytes: 186, under: "opencv-4.11.0" },
  {
    name: "grimblast-0.1",
    megabytes: 0.1,
    addedBy: { file: "modules/hey.nix", line: 19, option, package: "grimblast" },
  },
  { name: "hyprland-0.49.0", megabytes: 160, under: "grimblast-0.1" },
  { name: "qtdeclarative-6.9.1", megabytes: 320, under: "hyprland-0.49.0" },
  { name: "linux-6.12.41-modules", megabytes: 140, under: "nixos-system" },
  { name: "systemd-257.6", megabytes: 110 },
  { name: "python3-3.12.11", megabytes: 105 },
  { name: "openssl-3.4.2", megabytes: 8 },
  { name: "openssl-3.0.17", megabytes: 7.5 },
  { name: "glibc-2.40-66", megabytes: 31 },
];

const words =
  "lib core util net sys data ssl crypt zip pam udev dbus kmod ncurses perl acl attr audit bash boost brotli bzip curl expat file gawk gettext gmp grep groff gzip iana icu json keyutils krb less lz4 lzo man mpfr nettle nghttp nspr nss openldap p11 patch pcre popt readline sed shadow sqlite tar tzdata unbound which xz yaml zlib zstd".split(
    " ",
  );

/** A closure of any size that is the same each time: few heavy paths, many small ones, shared the way systems share libraries. */
export function syntheticClosure(pathCount: number, more: Partial<Measurement> = {}): Measurement {
  const random = seededRandom(pathCount);
  const names = Array.from({ length: pathCount }, (_, index) => nameOf(index, random));
  const paths = names.map((name, index): MeasuredPath => {
    const own = heavy[index - 1];
    const small = referencesOf(index, pathCount, random);
    const below = heavy.flatMap(({ under = systemPath }, place) => (own?.name === under ? [place + 1] : []));
    return {
      path: `/nix/store/${digits(index)}-${name}`,
      ownBytes: Math.round(own ? own.megabytes * 1e6 : 10 ** (3 + random() * 4)),
      references: index === 0 ? top(pathCount) : [...below, ...small],
      addedBy: own?.addedBy ? [own.addedBy] : [],
    };
  });
  const root = paths[0]?.path ?? "";
  return {
    version: 1,
    flake: "/flake",
    host: "vps-ultraman",
    measuredAt: "2026-01-02T03:04:05.000Z",
    root,
    paths,
    ...more,
  };
}

function nameOf(index: number, random: () => number): string {
  if (index === 0) return "nixos-system-vps-ultraman-26.05";
  const own = heavy[index - 1];
  if (own) return own.name;
  const word = (): string => words[Math.floor(random() * words.length)] ?? "";
  return `${word()}${word()}-${Math.floor(random() * 9)}.${Math.floor(random() * 30)}`;
}

/** The system refers to what belongs to it, and to one path in twenty of the small ones. */
function top(pathCount: number): number[] {
  const own = heavy.flatMap(({ under }, place) => (under === "nixos-system" ? [place + 1] : []));
  const small = Array.from({ length: pathCount }, (_, index) => index).filter(
    (index) => index > heavy.length && index % 20 === 0,
  );
  return [...own, ...small];
}

/** Later and small paths only, so that there is no cycle; mostly near ones, and the last ones, which many share. */
function referencesOf(index: number, pathCount: number, random: () => number): number[] {
  const first = Math.max(index, heavy.length) + 1;
  const left = pathCount - first;
  if (left <= 0) return [];
  const references = new Set<number>(index > heavy.length ? [first] : []);
  const count = 1 + Math.floor(random() * 14);
  for (let each = 0; each < count; each++) {
    const isShared = random() < 0.35;
    const distance = isShared
      ? left - 1 - Math.floor(random() * Math.min(left, 40))
      : Math.floor(random() * Math.min(left, 30));
    references.add(first + distance);
  }
  return [...references];
}

function digits(index: number): string {
  return index.toString(32).replaceAll("e", "x").replaceAll("u", "y").padStart(32, "0");
}

/** A linear congruential generator (Numerical Recipes): the same numbers on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

import type { StorePathName } from "./storePathName.ts";

/** Something that small servers carry without using it. */
export interface Offender {
  readonly id: string;
  /** `firmware for hardware`, as it stands in a list. */
  readonly title: string;
  /** Why a server can do without. */
  readonly reason: string;
  /** What to set or to remove. */
  readonly remedy: string;
  /** The options that say it, as they can be put into a module; empty when something has to be removed. */
  readonly options: readonly string[];
  /** The rule of the language server that finds it in modules. */
  readonly rule?: string;
  matches(name: StorePathName, ownBytes: number): boolean;
}

/** Names of packages, as `builtins.parseDrvName` gives them. */
function named(pattern: RegExp): Offender["matches"] {
  return ({ name, output }) => pattern.test(name) && !["lib", "libgcc", "man", "doc", "info"].includes(output);
}

/** In the order in which a path is asked: it belongs to the first that matches. */
export const offenders: readonly Offender[] = [
  {
    id: "firmware",
    title: "firmware for hardware",
    reason: "The devices of a virtual machine load none.",
    remedy: "Do not import hardware profiles such as installer/scan/not-detected.nix on it.",
    options: ["hardware.enableRedistributableFirmware = lib.mkForce false;", "hardware.enableAllFirmware = false;"],
    rule: "firmware-on-vm",
    // linux-firmware's parts and what nixpkgs installs beside it (nixos/modules/hardware/all-firmware.nix).
    matches: named(
      /^(?:linux-firmware|.*[-_](?:firmware|fw)(?:-.*)?|wireless-regdb|sof-firmware|alsa-firmware|intel2200BGFirmware|rtl8\w+-firmware|zd1211-firmware|libreelec-dvb-firmware)$/,
    ),
  },
  {
    id: "toolchains",
    title: "compilers and their tools",
    reason: "A server runs what was built elsewhere; nix develop fetches them where they are used.",
    remedy: "Take them out of environment.systemPackages and put them into a development shell.",
    options: [],
    rule: "dev-toolchain-on-server",
    matches: named(
      /^(?:(?:clang|llvm|gcc|binutils)(?:-wrapper|-tools|-unwrapped)?|clang-tools|lldb|lld|gdb|cmake|meson|ninja|gnumake|rustc?|rustc-wrapper|rust-(?:docs|src|analyzer|default|std|mixed)|cargo|clippy|rustfmt|go|ghc|openjdk|zulu.*|nodejs|zig|ocaml|stack|gradle|maven|dotnet-sdk|linux-headers|glibc-dev)$/,
    ),
  },
  {
    id: "desktop",
    title: "desktop programs and toolkits",
    reason: "Nobody sits in front of a server.",
    remedy: "Put them under a condition that only holds on desktops.",
    // As profiles/minimal.nix of nixpkgs has it; by default they are on.
    options: [
      "xdg.autostart.enable = false;",
      "xdg.icons.enable = false;",
      "xdg.mime.enable = false;",
      "xdg.sounds.enable = false;",
    ],
    rule: "desktop-package-unconditional",
    matches: named(
      /^(?:hyprland|sway|niri|river|i3|grim|grimblast|slurp|swappy|wl-clipboard|waybar|rofi|wofi|dunst|mako|zbar|kitty|alacritty|foot|firefox|chromium|thunderbird|gimp|inkscape|mpv|vlc|obs-studio|qt(?:base|declarative|wayland|webengine|multimedia|svg|tools|\d.*)?|gtk\+?\d?|gtk[234]|gnome-.*|kde-.*|plasma-.*|xdg-desktop-portal.*|pipewire|wireplumber|pulseaudio|adwaita-icon-theme|hicolor-icon-theme|papirus-icon-theme|imagemagick|ffmpeg|libreoffice|vscode|discord|steam)$/,
    ),
  },
  {
    id: "virtualization",
    title: "virtual machines",
    reason: "A rented machine is one itself and seldom may start others.",
    remedy: "Import modules such as microvm or libvirtd on the hosts that run machines only.",
    options: [],
    matches: named(
      /^(?:qemu(?:-.*)?|qemu_kvm|microvm(?:-.*)?|cloud-hypervisor|crosvm|firecracker|libvirt|virtualbox|OVMF|edk2)$/,
    ),
  },
  {
    id: "graphics",
    title: "X11, Wayland and graphics libraries",
    reason: "A machine without a screen draws nothing.",
    remedy:
      "Look why they are there: a variant without graphics may exist, such as pkgs.vim in place of gvim, or ffmpeg-headless.",
    options: [],
    matches: ({ name }) =>
      /^(?:lib(?:X[A-Za-z0-9]+|xcb.*|xkbcommon|drm|glvnd|va|SM|ICE|epoxy|vdpau)|xcb-.*|x(?:org-.*|orgproto|auth|set|keyboard-config|kbcomp|rdb|init)|mesa(?:-.*)?|wayland(?:-.*)?|vulkan-.*|cairo|pango|gdk-pixbuf|at-spi2-.*|libllvm|spirv-.*)$/.test(
        name,
      ),
  },
  {
    id: "documentation",
    title: "documentation",
    reason: "Manuals can be read where one types.",
    remedy: "Switch it off; documentation.man.enable keeps the man pages.",
    options: ["documentation.enable = false;"],
    matches: ({ name, output }) =>
      ["man", "doc", "info", "devdoc"].includes(output) ||
      /^(?:nixos-manual.*|nixos-help|options-?json|nixos-configuration-reference-manpage|man-db|man-pages|groff|texinfo(?:-.*)?|rust-docs|.*-docs?)$/.test(
        name,
      ),
  },
  {
    id: "fonts",
    title: "fonts",
    reason: "Nothing on a server renders text.",
    remedy: "Switch fontconfig off; programs that draw pictures are the exception.",
    options: ["fonts.fontconfig.enable = false;"],
    rule: "desktop-package-unconditional",
    matches: named(
      /^(?:fontconfig|.*-fonts?(?:-.*)?|font-.*|noto-.*|dejavu.*|liberation-fonts|nerd-?fonts.*|freefont-ttf|gyre-fonts|unifont)$/,
    ),
  },
  {
    id: "locales",
    title: "locales of all languages",
    reason: "One or two are in use.",
    remedy: "Name those that are.",
    options: ['i18n.supportedLocales = [ "en_US.UTF-8/UTF-8" ];'],
    // All of them have 220 MB, one has 3.
    matches: ({ name }, ownBytes) => name === "glibc-locales" && ownBytes > 30e6,
  },
  {
    id: "nixpkgs-source",
    title: "the source of nixpkgs",
    reason: "It is there for `nix run nixpkgs#...` on the machine, and for nix-shell.",
    remedy: "Keep it out of the system when nothing is built there.",
    options: ["nixpkgs.flake.setFlakeRegistry = false;", "nixpkgs.flake.setNixPath = false;"],
    // A flake's source is called "source"; that of nixpkgs has some 400 MB.
    matches: ({ name, version }, ownBytes) => name === "source" && version === "" && ownBytes > 100e6,
  },
  {
    id: "scripting",
    title: "Perl and Python",
    reason: "Often only a script or two want them.",
    remedy: "Look why they are there; profiles/perlless.nix of nixpkgs is a system without Perl.",
    options: [
      "environment.defaultPackages = lib.mkForce [ ];",
      "programs.command-not-found.enable = false;",
      "system.etc.overlay.enable = true;",
      "services.userborn.enable = true;",
    ],
    matches: named(/^(?:perl|python3?)$/),
  },
  {
    id: "debug",
    title: "debugging symbols",
    reason: "They are fetched where something is debugged.",
    remedy: "Switch them off.",
    options: ["environment.enableDebugInfo = false;"],
    matches: ({ output }) => output === "debug",
  },
];

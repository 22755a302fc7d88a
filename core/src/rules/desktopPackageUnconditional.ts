// A package in `environment.systemPackages` is part of the system with everything it needs: grimblast alone brings Hyprland and Qt.
// Fonts in `fonts.packages` come in through the fontconfig cache unless `fonts.fontconfig.enable` is off (nixpkgs
// config/fonts/fontconfig.nix). `services.graphical-desktop.enable` is what desktops and compositors of nixpkgs set.
import type { Configuration } from "../flake/configuration.ts";
import { upstreamImports } from "./headless.ts";
import { leakedPackages } from "./leakedPackages.ts";
import type { Rule, RuleContext, RuleFinding } from "./rule.ts";

export const desktopPackageUnconditional: Rule = {
  id: "desktop-package-unconditional",
  title: "Desktop package on a machine without a screen",
  summary:
    "A shared module gives desktop programs to every host, so a headless host carries toolkits and compositors of several GB.",
  severity: "warning",
  check: function* (configuration, context: RuleContext): Iterable<RuleFinding> {
    for (const { text, item, fixes } of leakedPackages(configuration, context, isDesktopPackage)) {
      yield {
        at: item.at,
        message: `${text} becomes part of the system of ${configuration.host}, which has no screen, with all the graphical libraries it needs. Put it under a condition that only holds on desktops.`,
        fixes,
      };
    }
    yield* fonts(configuration, context);
  },
};

/** One finding a list: fonts come in dozens. */
function* fonts(configuration: Configuration, context: RuleContext): Iterable<RuleFinding> {
  if (hasNoFontconfig(configuration)) return;
  const seen = new Set<string>();
  for (const { definition, fixes } of leakedPackages(configuration, context, () => true, [
    "fonts.packages",
    "fonts.fonts",
  ])) {
    const { name } = definition;
    const key = `${name.file}:${name.start}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield {
      at: name,
      message: `These fonts become part of the system of ${configuration.host}, which has no screen to show them on. Put them under a condition that only holds on desktops.`,
      fixes,
    };
  }
}

/** profiles/minimal.nix and the server module of srvos switch fontconfig off. */
function hasNoFontconfig(configuration: Configuration): boolean {
  const { state } = configuration.flag("fonts.fontconfig.enable");
  return (
    state === "no" ||
    upstreamImports(configuration, /^profiles\/minimal|srvos.*\.server$/).some(({ truth }) => truth === "yes")
  );
}

const programs = new Set(
  `grim grimblast slurp wl-clipboard wl-clipboard-rs wl-clip-persist cliphist wf-recorder wl-screenrec hyprland hyprpicker hyprlock hypridle hyprpaper
  hyprshot swaybg swaylock swaylock-effects swayidle swww swaynotificationcenter waybar eww ags quickshell rofi rofi-wayland wofi fuzzel tofi anyrun walker
  dmenu bemenu dunst mako libnotify zbar flameshot scrot maim ksnip satty swappy wlr-randr kanshi wdisplays nwg-look nwg-displays
  xclip xsel xdotool xterm arandr autorandr feh sxiv nsxiv imv picom polybar i3lock i3status xss-lock xwayland xwayland-satellite
  kitty alacritty foot wezterm ghostty rio konsole gnome-terminal
  firefox firefox-bin firefox-esr firefox-devedition librewolf floorp zen-browser chromium ungoogled-chromium google-chrome brave vivaldi opera qutebrowser
  microsoft-edge tor-browser tor-browser-bundle-bin mullvad-browser thunderbird thunderbird-bin betterbird evolution geary
  vscode vscodium vscode-fhs vscodium-fhs code-cursor zed-editor sublime4 obsidian logseq zotero typora
  discord vesktop webcord armcord legcord slack telegram-desktop signal-desktop element-desktop zoom-us teams-for-linux whatsapp-for-linux fractal
  spotify spotify-player-gui steam lutris heroic bottles gamescope mangohud prismlauncher retroarch
  gimp gimp-with-plugins inkscape inkscape-with-extensions krita blender darktable rawtherapee kdenlive shotcut audacity ardour reaper
  libreoffice libreoffice-fresh libreoffice-still libreoffice-qt libreoffice-qt6 onlyoffice-bin onlyoffice-desktopeditors evince zathura okular calibre
  vlc mpv celluloid obs-studio pavucontrol pwvucontrol pulsemixer-gui helvum qpwgraph easyeffects blueman networkmanagerapplet nm-tray
  virt-manager virt-viewer remmina gparted gnome-disk-utility nautilus nemo pcmanfm dolphin ranger-gui
  keepassxc bitwarden bitwarden-desktop 1password 1password-gui seahorse dconf-editor pinentry-gtk2 pinentry-gnome3 pinentry-qt
  gtk3 gtk4 gtk2 qt5ct qt6ct papirus-icon-theme adwaita-icon-theme wayland-utils wev wtype ydotool brightnessctl
  android-studio freecad kicad openscad prusa-slicer orca-slicer cura`.split(/\s+/),
);

/** Sets of packages that all have a window. */
const sets = new Set(
  "xorg kdePackages plasma5Packages libsForQt5 qt5 qt6 qt6Packages gnome gnomeExtensions xfce mate cinnamon pantheon deepin lxqt lxde jetbrains wineWowPackages hyprlandPlugins".split(
    " ",
  ),
);

/** What programs on a server may need: terminal descriptions, and X11 forwarding. */
const exceptions = new Set(["terminfo", "xauth"]);

function isDesktopPackage(names: readonly string[]): boolean {
  const [first = ""] = names;
  if (names.some((name) => exceptions.has(name))) return false;
  return programs.has(first) || sets.has(first) || /^(?:wine|winetricks|protonup|steam-)/.test(first);
}

import type { PanelChoices } from "./panelMessages.ts";

/** What a bootstrap does when nothing is chosen. */
export const defaultChoices: PanelChoices = {
  patch: "auto",
  overlay: "auto",
  swapFile: "auto",
  diskoDependencies: false,
  buildHost: null,
  accept: [],
};

import { fileURLToPath } from "node:url";

/** Files for the machines' own disks. */
export const guestFolder = fileURLToPath(new URL("guest", import.meta.url));

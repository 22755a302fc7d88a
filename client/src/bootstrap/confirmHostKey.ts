import { window } from "vscode";

/** Shows the key of a machine that nobody knows yet; resolves to whether it is the right one. */
export async function confirmHostKey(target: string, key: string): Promise<boolean> {
  const yes = "It Is the Right One";
  const choice = await window.showWarningMessage(
    `Is this the host key of ${target}?`,
    {
      modal: true,
      detail: `${key}\n\nNo known_hosts file has a key of it. Compare the fingerprint with the one your provider shows, on its web page or the machine's console. From now on only this key is accepted for this installation.`,
    },
    yes,
  );
  return choice === yes;
}

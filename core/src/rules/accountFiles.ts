/** The databases of users and groups, with the backups that the shadow tools leave beside them (man passwd, group, subuid). */
const accountFile = /^\/etc\/(?:passwd|shadow|group|gshadow|subuid|subgid)-?$/;

export function isAccountFile(path: string): boolean {
  return accountFile.test(path);
}

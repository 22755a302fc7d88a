/** Whether a name has what is searched for in it, however it is capitalized. */
export function matches(name: string, search: string): boolean {
  return name.toLowerCase().includes(search.trim().toLowerCase());
}

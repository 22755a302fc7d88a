/** Address of the documentation page of a rule, for editors and reports that cannot open the page that is installed. */
export function ruleDocumentationUrl(rule: string): string {
  return `https://github.com/nixos-vps/nixos-vps/blob/main/docs/rules/${encodeURIComponent(rule)}.md`;
}

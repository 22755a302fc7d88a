/** A document filter, as `vscode` and LSP both accept it. */
export interface NixDocumentFilter {
  readonly language: "nix";
  readonly scheme: string;
}

/**
 * Nix documents that belong to the workspace: on disk, not yet saved, or in a virtual folder.
 * Other schemes are left out, such as `git:` for the old side of a diff, which nobody can repair.
 */
export function documentSelector(folderSchemes: readonly string[]): NixDocumentFilter[] {
  return [...new Set(["file", "untitled", ...folderSchemes])].map((scheme) => ({ language: "nix", scheme }));
}

/** A rule as the manifest describes it, for people to choose from. */
export interface RuleDescription {
  readonly id: string;
  readonly description: string;
}

interface Manifest {
  readonly contributes: {
    readonly configuration: {
      readonly properties: {
        readonly "nixosVps.rules": {
          readonly properties: Readonly<Record<string, { readonly markdownDescription: string }>>;
        };
      };
    };
  };
}

/** Every rule of the setting `nixosVps.rules`, in the manifest's order; `manifest` is our own package.json. */
export function ruleCatalogue(manifest: Manifest): RuleDescription[] {
  const rules = manifest.contributes.configuration.properties["nixosVps.rules"].properties;
  return Object.entries(rules).map(([id, { markdownDescription }]) => ({ id, description: markdownDescription }));
}

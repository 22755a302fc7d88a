/** Says whether a value that came from outside is what its type says; never throws. */
export type Shape<Type> = (value: unknown) => value is Type;

type TypeOf<Given> = Given extends Shape<infer Type> ? Type : never;

export const text: Shape<string> = (value): value is string => typeof value === "string";
export const number: Shape<number> = (value): value is number => typeof value === "number" && Number.isFinite(value);
export const flag: Shape<boolean> = (value): value is boolean => typeof value === "boolean";
export const anything: Shape<unknown> = (_value): _value is unknown => true;

export function oneOf<const Values extends readonly (string | number)[]>(values: Values): Shape<Values[number]> {
  return (value): value is Values[number] => values.some((each) => each === value);
}

export function either<const Shapes extends readonly Shape<unknown>[]>(
  ...shapes: Shapes
): Shape<TypeOf<Shapes[number]>> {
  return (value): value is TypeOf<Shapes[number]> => shapes.some((shape) => shape(value));
}

/** A property that may be left out; JSON leaves out what is undefined. */
export function optional<Type>(shape: Shape<Type>): Shape<Type | undefined> {
  return (value): value is Type | undefined => value === undefined || shape(value);
}

/** What may be none: null stays in JSON. */
export function orNull<Type>(shape: Shape<Type>): Shape<Type | null> {
  return (value): value is Type | null => value === null || shape(value);
}

export function listOf<Type>(shape: Shape<Type>): Shape<readonly Type[]> {
  return (value): value is readonly Type[] => Array.isArray(value) && value.every(shape);
}

/** An object with these properties; others are not looked at. */
export function object<Shapes extends Readonly<Record<string, Shape<unknown>>>>(
  shapes: Shapes,
): Shape<{ readonly [Name in keyof Shapes]: TypeOf<Shapes[Name]> }> {
  const entries = Object.entries(shapes);
  return (value): value is { readonly [Name in keyof Shapes]: TypeOf<Shapes[Name]> } =>
    typeof value === "object" &&
    value !== null &&
    entries.every(([name, shape]) => shape((value as Readonly<Record<string, unknown>>)[name]));
}

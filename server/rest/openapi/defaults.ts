type Schema = Record<string, unknown>;

/**
 * Moves the defaults of a request's schema into the descriptions. Generators take a property with a default for one that
 * is always there, which is true of responses only, and would make callers send it.
 */
export function describeDefaults(schema: unknown): void {
  if (Array.isArray(schema)) return schema.forEach(describeDefaults);
  if (typeof schema !== 'object' || schema === null) return;
  const { properties, items, oneOf, anyOf, allOf } = schema as Record<string, unknown>;
  for (const part of [items, oneOf, anyOf, allOf]) describeDefaults(part);
  for (const property of Object.values((properties ?? {}) as Record<string, Schema>)) {
    if ('default' in property) {
      const { default: value, description = '' } = property;
      const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
      property.description = `${description as string} Default: \`${text}\`.`.trimStart();
      delete property.default;
    }
    describeDefaults(property);
  }
}

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Manifest } from './kubectl.ts';

/** A field of a model, as the client of Kubernetes describes it. */
interface Field {
  name: string;
  required: boolean;
  /** `string`, `V1PodSpec`, `Array<V1Container>`, `{ [key: string]: string; }`, `IntOrString`, … */
  type: string;
}

const CLIENT = createRequire(import.meta.url).resolve('@kubernetes/client-node');
const MODELS = new URL('gen/models/', pathToFileURL(CLIENT));

/** `apps/v1` and `autoscaling/v2` → `V1`, `V2`: what the names of the models begin with. */
const modelOf = ({ apiVersion, kind }: Manifest) =>
  `${(apiVersion.split('/').at(-1) ?? '').replace(/^v/, 'V')}${kind}`;

/**
 * Checks an object against the models that @kubernetes/client-node generates from Kubernetes' own specification, more
 * strictly than a server does: unknown fields, wrong types and missing fields are all problems.
 *
 * @returns one line each, such as `spec.replica: there is no such field in V1DeploymentSpec`
 */
export function problemsOf(manifest: Manifest): Promise<string[]> {
  return check(manifest, modelOf(manifest), '');
}

async function check(value: unknown, type: string, path: string): Promise<string[]> {
  const list = /^Array<(.*)>$/.exec(type);
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (list) {
    if (!Array.isArray(value)) return [`${path}: wants a list`];
    return all(value.map((item, index) => check(item, list[1] ?? '', `${path}[${index}]`)));
  }
  if (map) {
    if (!isObject(value)) return [`${path}: wants names with values`];
    return all(Object.entries(value).map(([key, item]) => check(item, map[1] ?? '', `${path}.${key}`)));
  }
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type ? [] : [`${path}: wants a ${type}, and is ${JSON.stringify(value)}`];
    case 'number':
      return Number.isInteger(value)
        ? []
        : [`${path}: wants a whole number, and is ${JSON.stringify(value)}`];
    case 'IntOrString':
      return ['string', 'number'].includes(typeof value) ? [] : [`${path}: wants a number or a text`];
  }
  return checkFields(value, type, path);
}

async function checkFields(value: unknown, type: string, path: string): Promise<string[]> {
  if (!isObject(value)) return [`${path}: wants a ${type}`];
  const fields = await fieldsOf(type);
  const missing = fields.filter(({ name, required }) => required && value[name] === undefined);
  return all([
    Promise.resolve(missing.map(({ name }) => `${path}.${name}: is missing`)),
    ...Object.entries(value).map(async ([name, item]) => {
      const field = fields.find((candidate) => candidate.name === name);
      const at = path ? `${path}.${name}` : name;
      return field ? check(item, field.type, at) : [`${at}: there is no such field in ${type}`];
    }),
  ]);
}

/** The code of a model has the names and types, its declaration which of them are optional. */
async function fieldsOf(type: string): Promise<Field[]> {
  const module = (await import(new URL(`${type}.js`, MODELS).href)) as Record<
    string,
    { getAttributeTypeMap(): { name: string; baseName: string; type: string }[] }
  >;
  const declaration = await readFile(new URL(`${type}.d.ts`, MODELS), 'utf8');
  const optional = new Set(Array.from(declaration.matchAll(/^ +'(\w+)'\?:/gm), (match) => match[1]));
  return (module[type]?.getAttributeTypeMap() ?? []).map((attribute) => ({
    name: attribute.baseName,
    type: attribute.type,
    required: !optional.has(attribute.name),
  }));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const all = async (parts: Promise<string[]>[]) => (await Promise.all(parts)).flat();

/** Parameters, fields and items between a content and the fields of its form. */
import { equalJson } from '@anvil/core/json';
import type { Parameter, ValueShape } from '@anvil/core/prompt';
import type { FieldErrors, Kept, ParameterForm, ShapeForm } from '../content-form.ts';
import { isEnum, readDefault, readEnum, toFieldText, writeDefault, writeEnum } from './fields.ts';
import { keptFields, readKept, readOptionalText, withKept, writeText } from './kept.ts';
import { listAt, nameOf, textAt, type NameTree } from './names.ts';

function toShapeForm(shape: ValueShape, kept: Kept): ShapeForm {
  const { type, fields } = shape;
  const text = writeEnum(type, shape.enum);
  if (!equalJson(readEnum(type, text), shape.enum)) kept.enum = shape.enum;
  if (fields?.length === 0) kept.fields = [];
  const form: ShapeForm = {
    type,
    description: writeText(shape.description, 'description', kept),
    enum: text,
    fields: (fields ?? []).map(toParameterForm),
  };
  if (!shape.items) return form;
  const keptOfItems: Kept = {};
  return { ...form, items: withKept(toShapeForm(shape.items, keptOfItems), keptOfItems) };
}

/** A parameter as a form shows it. */
export function toParameterForm(parameter: Parameter): ParameterForm {
  const kept: Kept = {};
  const text = writeDefault(parameter.type, parameter.default);
  const read = readDefault(parameter.type, text);
  if (!read.ok || !equalJson(read.value, parameter.default)) kept.default = parameter.default;
  return withKept(
    {
      name: parameter.name,
      presence: parameter.required ? 'required' : 'optional',
      ...toShapeForm(parameter, kept),
      default: text,
      deprecated: writeText(parameter.deprecated, 'deprecated', kept),
    },
    kept,
  );
}

function toShape(form: ShapeForm, path: readonly (string | number)[], errors: FieldErrors): ValueShape {
  const { kept } = form;
  // As with roles.
  const shape: ValueShape = { type: form.type as 'string' };
  const description = readOptionalText(form.description, kept?.description);
  if (description !== undefined) shape.description = description;
  const keptEnum =
    isEnum(kept?.enum) && writeEnum(form.type, kept.enum) === form.enum ? kept.enum : undefined;
  const values = keptEnum ?? readEnum(form.type, form.enum);
  if (values) shape.enum = values;
  if (form.fields.length > 0)
    shape.fields = form.fields.map((one, index) => toParameter(one, [...path, 'fields', index], errors));
  else if (kept?.fields) shape.fields = [];
  if (form.items) shape.items = toShape(form.items, [...path, 'items'], errors);
  return shape;
}

/** The parameter that a form means; what can’t be read is noted in `errors` by the name of its field. */
export function toParameter(
  form: ParameterForm,
  path: readonly (string | number)[],
  errors: FieldErrors,
): Parameter {
  const parameter: Parameter = {
    name: form.name,
    required: form.presence !== 'optional',
    ...toShape(form, path, errors),
  };
  const kept = form.kept?.default as Parameter['default'];
  const read = readDefault(form.type, form.default);
  if (kept !== undefined && writeDefault(form.type, kept) === form.default) parameter.default = kept;
  else if (!read.ok) errors[nameOf([...path, 'default'])] = [read.message];
  else if (read.value !== undefined) parameter.default = read.value;
  const deprecated = readOptionalText(form.deprecated, form.kept?.deprecated);
  if (deprecated !== undefined) parameter.deprecated = deprecated;
  return parameter;
}

/** The fields of parameters at a path, as a browser sends them. */
export function parameterFields(
  path: readonly (string | number)[],
  parameters: ParameterForm[],
): [string, string][] {
  return parameters.flatMap((one, index) => {
    const at = [...path, index];
    return [
      [nameOf([...at, 'name']), one.name],
      [nameOf([...at, 'presence']), one.presence],
      [nameOf([...at, 'default']), one.default],
      [nameOf([...at, 'deprecated']), one.deprecated],
      ...shapeFields(at, one),
    ];
  });
}

function shapeFields(path: readonly (string | number)[], shape: ShapeForm): [string, string][] {
  return [
    [nameOf([...path, 'type']), shape.type],
    [nameOf([...path, 'description']), shape.description],
    [nameOf([...path, 'enum']), shape.enum],
    ...keptFields(path, shape.kept),
    ...parameterFields([...path, 'fields'], shape.fields),
    ...(shape.items ? shapeFields([...path, 'items'], shape.items) : []),
  ];
}

function readShapeForm(node: NameTree): ShapeForm {
  const items = node.children.get('items');
  const form: ShapeForm = {
    type: textAt(node, 'type'),
    description: toFieldText(textAt(node, 'description')),
    enum: toFieldText(textAt(node, 'enum')),
    fields: listAt(node, 'fields').map(readParameterForm),
  };
  return withKept(items ? { ...form, items: readShapeForm(items) } : form, readKept(node));
}

/** A parameter of a form that was sent, as it was typed. */
export function readParameterForm(node: NameTree): ParameterForm {
  return {
    name: textAt(node, 'name'),
    presence: textAt(node, 'presence'),
    default: toFieldText(textAt(node, 'default')),
    deprecated: toFieldText(textAt(node, 'deprecated')),
    ...readShapeForm(node),
  };
}

/** Whether two say the same; their keys are React's alone. */
export function equalParameterForms(one: ParameterForm, other: ParameterForm | undefined): boolean {
  const said = (form: ParameterForm): unknown =>
    JSON.parse(JSON.stringify(form, (key, value: unknown) => (key === 'key' ? undefined : value)));
  return other !== undefined && equalJson(said(one), said(other));
}

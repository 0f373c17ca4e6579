import type { Place, Problem } from '@anvil/core/prompt';
import type { ContentForm, FieldErrors, ParameterForm, ShapeForm } from './content-form.ts';
import { nameOf } from './content-form/names.ts';

/** Where a problem is, in words: `user, line 5, column 25:`. Empty when its sentence says it alone. */
export function placeWords(place: Place, roles: readonly string[] = []): string {
  const parts: string[] = [];
  if (place.part === 'message')
    parts.push(roles[place.message ?? 0] ?? `message ${(place.message ?? 0) + 1}`);
  if (place.part === 'config') parts.push('config');
  if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.column !== undefined) parts.push(`column ${place.column}`);
  return parts.length > 0 ? `${parts.join(', ')}:` : '';
}

/**
 * Problems of parameters at the fields they are about, so that each is said where it is mended. Templates and config
 * show theirs at their lines.
 */
export function parameterErrors(form: ContentForm, problems: readonly Problem[]): FieldErrors {
  const errors: FieldErrors = {};
  for (const { place, rule, message, severity } of problems) {
    if (place.part !== 'parameter' || severity === 'warning') continue;
    const path = fieldOfPath(form, place.path ?? '');
    if (path) (errors[nameOf([...path, fieldOfRule(rule)])] ??= []).push(message);
  }
  return errors;
}

/** Which field of a parameter a rule is about. */
function fieldOfRule(rule: string): string {
  if (/enum/.test(rule)) return 'enum';
  if (/default/.test(rule)) return 'default';
  if (/type|messages|fields|items|deep|many/.test(rule)) return 'type';
  return 'name';
}

/** `order.items[].price` → the steps of that parameter's fields: parameters, 0, fields, 2, items, fields, 1. */
function fieldOfPath(form: ContentForm, path: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  let list: ParameterForm[] | undefined = form.parameters;
  let shape: ShapeForm | undefined;
  for (const [at, part] of path.split('.').entries()) {
    const [, name = '', brackets = ''] = /^(.*?)((?:\[\])*)$/.exec(part) ?? [];
    const index: number = list?.findLastIndex((one) => one.name === name) ?? -1;
    if (index < 0) return undefined;
    steps.push(at === 0 ? 'parameters' : 'fields', index);
    shape = list?.[index];
    for (let depth = 0; depth < brackets.length / 2; depth++) {
      steps.push('items');
      shape = shape?.items;
    }
    list = shape?.fields;
  }
  return steps;
}

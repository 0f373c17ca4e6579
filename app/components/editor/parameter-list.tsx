import { PARAMETER_TYPES } from '@anvil/core/prompt';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { FieldErrors, ParameterForm, ShapeForm } from '../../lib/content-form.ts';
import { keptName } from '../../lib/content-form/kept.ts';
import { nameOf } from '../../lib/content-form/names.ts';
import { equalParameterForms } from '../../lib/content-form/parameters.ts';
import { SelectField, TextareaField, TextField } from '../ui/field.tsx';
import {
  FieldsButtons,
  Inside,
  ItemsButton,
  More,
  ParameterButtons,
  ParameterSummary,
} from './parameter-parts.tsx';

type Path = (string | number)[];

export interface ParameterListProps {
  /** Of the form: `['parameters']`, or the fields of one. */
  path: Path;
  parameters: ParameterForm[];
  /** As typed by now. */
  live: ParameterForm[];
  errors: FieldErrors;
  /** Names that the newest version doesn't have. */
  fresh?: readonly string[];
  /** What is saved, when the form came back from the server: what differs from it was being edited and stays open. */
  saved?: ParameterForm[];
}

/** Parameters or fields, each a row that opens. */
export function ParameterList({ path, parameters, live, errors, fresh, saved }: ParameterListProps) {
  return (
    <ul className="grid">
      {parameters.map((parameter, index) => (
        <li key={parameter.key}>
          <Parameter
            path={[...path, index]}
            parameter={parameter}
            live={live[index] ?? parameter}
            errors={errors}
            isFresh={fresh?.includes(parameter.name) ?? false}
            isLast={index === parameters.length - 1}
            saved={saved}
          />
        </li>
      ))}
    </ul>
  );
}

interface ParameterProps {
  path: Path;
  parameter: ParameterForm;
  live: ParameterForm;
  errors: FieldErrors;
  isFresh: boolean;
  isLast: boolean;
  saved: ParameterForm[] | undefined;
}

function Parameter({ path, parameter, live, errors, isFresh, isLast, saved }: ParameterProps) {
  const name = nameOf(path);
  const what = path.length > 2 ? 'field' : 'parameter';
  const title = live.name || `new ${what}`;
  const isWrong = Object.keys(errors).some((field) => field.startsWith(name));
  const ref = useRef<HTMLDetailsElement>(null);
  const before = saved?.find((one) => one.name === parameter.name);
  const [opened] = useState(
    parameter.name === '' || (saved !== undefined && !equalParameterForms(parameter, before)),
  );
  useEffect(() => {
    if (isWrong && ref.current) ref.current.open = true;
  }, [isWrong]);
  return (
    <details ref={ref} open={opened || isWrong} className="group/parameter border-b border-line">
      <ParameterSummary title={title} live={live} isWrong={isWrong} isFresh={isFresh} />
      <div className="grid gap-3 pt-2 pb-4 pl-6">
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label="Name"
            name={`${name}[name]`}
            mono
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={parameter.name}
            error={errors[`${name}[name]`]}
          />
          <SelectField label="Required?" name={`${name}[presence]`} defaultValue={parameter.presence}>
            <option value="required">required</option>
            <option value="optional">optional</option>
          </SelectField>
        </div>
        <ShapeFields
          path={path}
          shape={parameter}
          live={live}
          errors={errors}
          saved={saved && (before ?? { fields: [] })}
          rare={
            <TextField
              label="Deprecated"
              name={`${name}[deprecated]`}
              defaultValue={parameter.deprecated}
              error={errors[`${name}[deprecated]`]}
              hint="What callers should do instead. Leave empty if it isn’t deprecated."
            />
          }
          hasRare={parameter.deprecated !== '' || `${name}[deprecated]` in errors}
        >
          <TextareaField
            label="Default"
            name={`${name}[default]`}
            mono
            rows={1}
            className="min-h-control-large"
            spellCheck={false}
            defaultValue={parameter.default}
            error={errors[`${name}[default]`]}
            hint={
              live.type === 'string'
                ? 'Used when no value is given. Leave empty for null.'
                : 'Used when no value is given, as JSON. Leave empty for null.'
            }
          />
        </ShapeFields>
        <ParameterButtons name={name} title={title} isFirst={path.at(-1) === 0} isLast={isLast} />
      </div>
    </details>
  );
}

interface ShapeFieldsProps {
  path: Path;
  shape: ShapeForm;
  live: ShapeForm;
  errors: FieldErrors;
  saved: Pick<ShapeForm, 'fields' | 'items'> | undefined;
  /** Fields that are seldom needed, behind “More”. */
  rare?: ReactNode;
  /** Whether one of them holds something, or an error. */
  hasRare?: boolean;
  /** Fields after the description. */
  children?: ReactNode;
}

/** What parameters, fields and items have in common: type, description, allowed values, and what is inside. */
function ShapeFields({
  path,
  shape,
  live,
  errors,
  saved,
  rare,
  hasRare = false,
  children,
}: ShapeFieldsProps) {
  const name = nameOf(path);
  const { type } = live;
  const takesEnum = type === 'string' || type === 'number' || shape.enum !== '';
  const enumName = `${name}[enum]`;
  return (
    <>
      <SelectField
        label="Type"
        name={`${name}[type]`}
        mono
        defaultValue={shape.type}
        error={errors[`${name}[type]`]}
      >
        {PARAMETER_TYPES.filter((one) => one !== 'messages' || path.length === 2 || shape.type === one).map(
          (one) => (
            <option key={one}>{one}</option>
          ),
        )}
      </SelectField>
      <TextareaField
        label="Description"
        name={`${name}[description]`}
        rows={1}
        className="min-h-control-large"
        defaultValue={shape.description}
        error={errors[`${name}[description]`]}
      />
      {children}
      {(type === 'object' || shape.fields.length > 0) && (
        <Inside title="Fields" note={shape.fields.length === 0 ? 'Any field is allowed.' : undefined}>
          <ParameterList
            path={[...path, 'fields']}
            parameters={shape.fields}
            live={live.fields}
            errors={errors}
            saved={saved?.fields}
          />
          <FieldsButtons name={name} hasFields={shape.fields.length > 0} />
        </Inside>
      )}
      {(type === 'list' || shape.items) && (
        <Inside title="Items" note={shape.items ? undefined : 'Items of any type are allowed.'}>
          {shape.items && (
            <ShapeFields
              path={[...path, 'items']}
              shape={shape.items}
              live={live.items ?? shape.items}
              errors={errors}
              saved={saved && (saved.items ?? { fields: [] })}
            />
          )}
          <ItemsButton name={name} hasItems={shape.items !== undefined} />
        </Inside>
      )}
      {(takesEnum || rare) && (
        <More isNeeded={hasRare || shape.enum !== '' || enumName in errors}>
          {takesEnum && (
            <TextareaField
              label="Allowed values"
              name={enumName}
              mono
              rows={1}
              className="min-h-control-large"
              spellCheck={false}
              defaultValue={shape.enum}
              error={errors[enumName]}
              hint="One per line. Leave empty to allow any value."
            />
          )}
          {rare}
        </More>
      )}
      {shape.kept && <input type="hidden" name={keptName(path)} value={JSON.stringify(shape.kept)} />}
    </>
  );
}
